// The grid: tiles by id, kept while they stay among the hits; one of them is in the order of focus.

import { byId, h } from './dom.js';
import { justify, ratioOf, rowHeight } from './layout.js';
import { current } from './store.js';
import { Tile } from './tile.js';

const grid = byId('grid');
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let tiles = new Map(), hits = [], cut = null, laid = null, active = null, onOpen = () => {};

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    tiles.get(Number(entry.target.dataset.id))?.load();
    seen.unobserve(entry.target);
  }
}, { rootMargin: '600px 0px' });

export function startGrid(open) {
  onOpen = open;
  let width = grid.clientWidth;
  new ResizeObserver(() => {
    if (grid.clientWidth !== width) {
      width = grid.clientWidth;
      lay(false);
    }
  }).observe(grid);
  grid.addEventListener('focusin', (e) => {
    const tile = e.target.closest('.tile');
    if (tile) reach(Number(tile.dataset.id));
  });
}

/** @param cutScore below it a line is drawn and hits are dimmed; where none is above it, nothing is. null: no line */
export function showHits(newHits, cutScore) {
  const had = grid.contains(document.activeElement) ? active : null;
  hits = newHits;
  cut = current().cut ? cutScore : null;
  const kept = new Map(), line = lineAt();
  const best = hits[0]?.score ?? 1, last = hits.at(-1)?.score ?? 0;
  const worst = Math.min(last, cut ?? last) - 0.12 * (best - Math.min(last, cut ?? last));
  for (const hit of hits) {
    const tile = tiles.get(hit.id) ?? new Tile(hit, (id) => onOpen(id));
    tile.say(hit, { worst, best, beneath: line > 0 && hit.score < cut, scores: current().scores });
    kept.set(hit.id, tile);
  }
  for (const [id, tile] of tiles) if (!kept.has(id)) {
    seen.unobserve(tile.element);
    tile.element.remove();
  }
  tiles = kept;
  order();
  lay(!calm.matches);
  choose(current().hit);
  if (!tiles.has(active)) active = null;
  reach(active ?? hits[0]?.id);
  if (had !== null) (tiles.get(had) ?? tiles.get(hits[0]?.id))?.frame.focus({ preventScroll: true });
}

/** Brings the elements into the order of the hits, touching those alone that stand wrong. */
function order() {
  grid.querySelector('.cutline')?.remove();
  let next = grid.firstElementChild;
  for (const { element } of tiles.values()) {
    if (element === next) next = next.nextElementSibling;
    else grid.insertBefore(element, next);
  }
}

/** The first hit below the line of chance, or -1. */
const lineAt = () => (cut === null ? -1 : hits.findIndex((hit) => hit.score < cut));

function lay(glide) {
  const width = grid.clientWidth;
  if (hits.length === 0 || width === 0) {
    grid.style.height = '0';
    laid = null;
    return;
  }
  const first = lineAt();
  laid = justify(hits.map(ratioOf), width, { row: rowHeight(width), breakAt: first });
  grid.style.height = `${laid.height}px`;
  hits.forEach((hit, i) => {
    const tile = tiles.get(hit.id);
    tile.place(laid.boxes[i], glide);
    if (!(tile.wide > 0)) seen.observe(tile.element);
  });
  grid.querySelector('.cutline')?.remove();
  if (laid.line !== null) {
    const line = h('li', { class: 'cutline', style: { transform: `translateY(${laid.line}px)` } },
      h('span', {}, first === 0 ? 'Nothing stands out from chance: these are the nearest' : 'Below this line, matches are no better than chance'));
    grid.insertBefore(line, tiles.get(hits[first].id).element);
  }
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

export const slow = (on) => grid.classList.toggle('slow', on);
export const gridHidden = (on) => { grid.hidden = on; };
