// The grid: tiles by id, kept while they stay among the hits; one of them is in the order of focus.

import { byId, h, settled } from './dom.js';
import { justify, ratioOf, rowHeight } from './layout.js';
import { current } from './store.js';
import { Tile } from './tile.js';

const grid = byId('grid');
const calm = matchMedia('(prefers-reduced-motion: reduce)');
/** The line of chance. */
const rule = h('li', { class: 'cutline' }, h('span', {}, 'Below this line, matches are weak or no better than chance'));
let tiles = new Map(), hits = [], cut = null, below = -1, laid = null, width = 0, active = null, onOpen = () => {};   // below: the first hit below the line, or -1

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    tiles.get(Number(entry.target.dataset.id))?.load();
    seen.unobserve(entry.target);
  }
}, { rootMargin: '600px 0px' });

export function startGrid(open) {
  onOpen = open;
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.floor(contentRect.width) === width) return;
    width = Math.floor(contentRect.width);
    lay(false);
  }).observe(grid);
  grid.addEventListener('focusin', (e) => {
    const tile = e.target.closest('.tile');
    if (tile) reach(Number(tile.dataset.id));
  });
}

/**
 * @param cutScore below it a line is drawn and hits are dimmed; null: no line
 * @param live more will follow at once: the order of the elements, which costs the most, is mended after the last
 */
export function showHits(newHits, cutScore, live = false) {
  const had = grid.contains(document.activeElement) ? active : null;
  hits = newHits;
  cut = current().cut ? cutScore : null;
  below = cut === null ? -1 : hits.findIndex((hit) => hit.score < cut);
  const kept = new Map();
  const best = hits[0]?.score ?? 1, last = hits.at(-1)?.score ?? 0;
  const worst = Math.min(last, cut ?? last) - 0.12 * (best - Math.min(last, cut ?? last));
  for (const hit of hits) {
    const tile = tiles.get(hit.id) ?? new Tile(hit, (id) => onOpen(id));
    tile.say(hit, { worst, best, beneath: cut !== null && hit.score < cut, scores: current().scores });
    kept.set(hit.id, tile);
  }
  for (const [id, tile] of tiles) if (!kept.has(id)) {
    seen.unobserve(tile.element);
    tile.element.remove();
  }
  tiles = kept;
  if (live) orderLater();
  order(live);
  lay(!calm.matches);
  choose(current().hit);
  if (!tiles.has(active)) active = null;
  reach(active ?? hits[0]?.id);
  if (had !== null && !grid.contains(document.activeElement)) (tiles.get(had) ?? tiles.get(hits[0]?.id))?.frame.focus({ preventScroll: true });
}

/** Brings the elements into the order of the hits, touching those alone that stand wrong; or only brings in those that are not there. */
function order(newAlone = false) {
  const elements = hits.map((hit) => tiles.get(hit.id).element);
  if (below >= 0) elements.splice(below, 0, rule);
  else rule.remove();
  let next = grid.firstElementChild;
  for (const element of elements) {
    if (newAlone) element.parentNode ?? grid.append(element);
    else if (element === next) next = next.nextElementSibling;
    else grid.insertBefore(element, next);
  }
}

const orderLater = settled(() => order(), 250);

function lay(glide) {
  width ||= Math.floor(grid.clientWidth);
  if (hits.length === 0 || width === 0) {
    grid.style.height = '0';
    laid = null;
    return;
  }
  laid = justify(hits.map(ratioOf), width, { row: rowHeight(width), breakAt: below });
  grid.style.height = `${laid.height}px`;
  const near = [scrollY - innerHeight, scrollY + 2 * innerHeight];   // what is out of sight need not glide
  hits.forEach((hit, i) => {
    const tile = tiles.get(hit.id), { y } = laid.boxes[i];
    tile.place(laid.boxes[i], glide && y > near[0] && y < near[1]);
    if (!(tile.wide > 0)) seen.observe(tile.element);
  });
  if (laid.line !== null) rule.style.transform = `translateY(${laid.line}px)`;
}

export function choose(id) {
  for (const [key, tile] of tiles) {
    const is = key === id;
    tile.element.classList.toggle('chosen', is);
    if (is) tile.frame.setAttribute('aria-current', 'true');
    else tile.frame.removeAttribute('aria-current');
  }
}

function reach(id) {
  if (id === undefined) return;
  tiles.get(active)?.reach(false);
  active = id;
  tiles.get(id)?.reach(true);
}

export function focusTile(id) {
  const tile = tiles.get(id) ?? tiles.get(active);
  if (!tile) return false;
  reach(tile.hit.id);
  tile.frame.focus({ preventScroll: true });
  tile.element.scrollIntoView({ block: 'nearest' });
  return true;
}

/** The id that has the focus, or the one last focused. */
export const activeId = () => active;
export const hitOf = (id) => hits.find((hit) => hit.id === id) ?? null;
export const allHits = () => hits;

/** The neighbour of a hit: left and right in order, up and down to the nearest in the next row. */
export function neighbour(id, key) {
  const i = hits.findIndex((hit) => hit.id === id);
  if (i < 0 || !laid) return hits[0]?.id ?? null;
  if (key === 'ArrowLeft') return hits[Math.max(i - 1, 0)].id;
  if (key === 'ArrowRight') return hits[Math.min(i + 1, hits.length - 1)].id;
  if (key === 'Home') return hits[0].id;
  if (key === 'End') return hits.at(-1).id;
  const middle = laid.boxes[i].x + laid.boxes[i].width / 2, row = laid.boxes[i].row + (key === 'ArrowUp' ? -1 : 1);
  let nearest = -1, distance = Infinity;
  laid.boxes.forEach((box, j) => {
    const d = Math.abs(box.x + box.width / 2 - middle);
    if (box.row === row && d < distance) [nearest, distance] = [j, d];
  });
  return hits[nearest < 0 ? i : nearest].id;
}

export function slow(on) {
  grid.classList.toggle('slow', on);
  byId('results').setAttribute('aria-busy', String(on));
}

export const gridHidden = (on) => { grid.hidden = on; };
