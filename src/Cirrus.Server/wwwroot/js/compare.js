// Compare: the same query by two methods or weights, in two columns; lines join the hits that both have.

import { announce, byId, h, svg } from './dom.js';
import { fileName, methodTitle, score, spoken } from './format.js';
import { hasBalance, known, methodInfo, methodOf, methodsHere, ownWeight } from './gallery.js';
import { slider } from './balance.js';
import { send } from './search.js';
import { asks, toUrl } from './query.js';
import { change, current } from './store.js';
import { show, thumbnailUrl } from './api.js';
import { open } from './panel.js';

const box = byId('compare'), toggle = byId('compare-toggle');
const shownHits = 12, deep = 60;
let columns = [null, null], under = null, waiting = null, key = '', onProblem = () => {};

export function startCompare(problem) {
  onProblem = problem;
  toggle.addEventListener('click', () => change({ compare: current().compare ? null : sides(current()), hit: null }, 'compare'));
}

/** The query's method, and the plainest other. */
function sides(q) {
  const a = methodOf(q), names = methodsHere().filter((m) => m.works).map((m) => m.name);
  const b = ['sum', 'slerp', 'image'].find((m) => m !== a && names.includes(m)) ?? names.find((m) => m !== a) ?? a;
  return [{ method: a, weight: q.weight }, { method: b, weight: null }];
}

const withSide = (i, patch) => current().compare.map((s, j) => (i === j ? { ...s, ...patch } : s));

function head(side, i, q) {
  const method = side.method ?? methodOf(q);
  const select = h('select', { 'aria-label': `Method of the ${i === 0 ? 'left' : 'right'} column`, onchange: (e) => change({ compare: withSide(i, { method: e.target.value, weight: null }) }, 'compare') },
    ...methodsHere().filter((m) => m.works).map((m) => h('option', { value: m.name, selected: m.name === method }, methodTitle(m.name, known.methods))));
  const both = q.pictures.length > 0 && q.words.trim() !== '';
  const weight = both && hasBalance(method) && slider(side.weight, ownWeight(method, q), (w) => change({ compare: withSide(i, { weight: w }) }, 'slide'), `Balance of the ${i === 0 ? 'left' : 'right'} column`);
  return h('div', { class: `side-head ${i === 0 ? 'a' : 'b'}` }, select, h('p', { class: 'about-method' }, methodInfo(method).summary),
    weight && h('div', { class: 'own-weight' }, h('span', { class: 'end' }, 'picture'), weight, h('span', { class: 'end' }, 'words')));
}

/** Where a hit of one column is in the other: its place there, and on the right how far it moved. */
function moved(hit, other, isRight) {
  const there = other?.hits.find((x) => x.id === hit.id);
  if (!there) return { kind: 'only', short: other ? '—' : '', long: other ? ` not in the first ${deep} ${isRight ? 'on the left' : 'on the right'}` : '' };
  if (!isRight) return { kind: 'only', short: `→ ${there.rank}`, long: ' on the right' };
  const by = there.rank - hit.rank;
  return by === 0 ? { kind: '', short: '=', long: ' the same place' } : { kind: by > 0 ? 'up' : 'down', short: `${by > 0 ? '▲' : '▼'} ${Math.abs(by)}`, long: ` from ${there.rank}` };
}

function place(hit, other, isRight) {
  const img = h('img', { alt: '', loading: 'lazy', width: 88, height: 88 });
  show(img, thumbnailUrl(known.gallery.name, hit.id, 160));
  const m = moved(hit, other, isRight);
  const light = (on) => () => lit(on ? hit.id : null);
  return h('li', {}, h('button', {
    type: 'button', class: 'place', 'data-id': hit.id, onclick: () => open(hit.id), onmouseenter: light(true), onmouseleave: light(false), onfocus: light(true), onblur: light(false),
    'aria-label': `${hit.rank}: ${spoken(hit.path ?? '')}, score ${score(hit.score)}, ${m.short}${m.long}`,
  }, img, h('span', { class: 'says', 'aria-hidden': 'true' }, h('span', { class: 'rank' }, hit.rank), h('span', { class: 'file' }, fileName(hit.path ?? '')), h('span', { class: `moved ${m.kind}` }, m.short, h('span', { class: 'long' }, m.long)))));
}

function lit(id) {
  const lines = box.querySelector('.pairing');
  lines?.classList.toggle('choosing', id !== null && !!lines.querySelector(`[data-id="${id}"]`));
  for (const e of box.querySelectorAll('[data-id]')) e.classList.toggle('lit', Number(e.dataset.id) === id);
}

/** Curves between the two places of each hit; a dotted end points down where the other column has it below what is shown. */
function join() {
  const lines = box.querySelector('.pairing');
  if (!lines || !columns[0] || !columns[1]) return;
  const frame = lines.getBoundingClientRect();
  const middle = (side, id) => {
    const r = box.querySelector(`.side.${side} [data-id="${id}"]`)?.getBoundingClientRect();
    return r && r.top + r.height / 2 - frame.top;
  };
  const shown = new Set(columns.flatMap((c) => c.hits.slice(0, shownHits)).map((hit) => hit.id));
  const has = (i, id) => columns[i].hits.some((hit) => hit.id === id);
  lines.replaceChildren(...[...shown].filter((id) => has(0, id) && has(1, id)).map((id) => {
    const from = middle('a', id), to = middle('b', id), w = frame.width;
    if (from === undefined || to === undefined) {
      const y = from ?? to, x = from === undefined ? w : 0, step = Math.sign(w / 2 - x) * Math.min(w * 0.3, 36);
      return svg('path', { class: 'beyond', 'data-id': id, d: `M${x + step / 9} ${y}q${step} 0 ${step} 44` });
    }
    const kind = Math.abs(from - to) < 2 ? 'level' : from > to ? 'up' : 'down';
    return svg('path', { class: kind, 'data-id': id, d: `M4 ${from}C${w * 0.5} ${from} ${w * 0.5} ${to} ${w - 4} ${to}` });
  }));
}

new ResizeObserver(join).observe(box);

function draw(q) {
  const focused = document.activeElement?.closest('.compare') ? [...box.querySelectorAll('select, input')].indexOf(document.activeElement) : -1;
  const sliding = focused >= 0 && document.activeElement.type === 'range';
  const heads = sliding ? [...box.querySelectorAll('.side-head')] : q.compare.map((s, i) => head(s, i, q));
  const lists = ['a', 'b'].map((side, i) => h('ol', { class: `side ${side}`, 'aria-label': `By ${methodTitle(q.compare[i].method ?? methodOf(q), known.methods)}` },
    ...(columns[i]?.hits.slice(0, shownHits) ?? []).map((hit) => place(hit, columns[1 - i], i === 1))));
  if (sliding) {
    for (const e of box.querySelectorAll('.side, .pairing')) e.remove();
    box.append(lists[0], svg('svg', { class: 'pairing', 'aria-hidden': 'true' }), lists[1]);
  } else {
    box.replaceChildren(...heads, lists[0], svg('svg', { class: 'pairing', 'aria-hidden': 'true' }), lists[1]);
    if (focused >= 0) box.querySelectorAll('select, input')[focused]?.focus();
  }
  join();
}

/** Shows the two columns of the query; both are sought one after the other, and the latest wish waits. */
export async function showCompare(q) {
  toggle.setAttribute('aria-pressed', String(q.compare !== null));
  box.hidden = !q.compare || !asks(q);
  if (box.hidden) {
    key = '';
    return;
  }
  const now = toUrl({ ...q, hit: null, weight: null, method: null });
  if (now === key) return;
  key = now;
  waiting = q;
  if (under) return;
  draw(q);
  under = true;
  box.classList.add('slow');
  try {
    while (waiting) {
      const wish = waiting;
      waiting = null;
      const found = [];
      for (const side of wish.compare) found.push(await send(wish, { top: deep, side, include: ['score', 'size', 'path'] }));
      columns = found;
      if (!current().compare) continue;
      draw(current());
      const both = columns[0].hits.slice(0, shownHits).filter((hit) => columns[1].hits.slice(0, shownHits).some((other) => other.id === hit.id)).length;
      announce(`Two columns of ${shownHits}; ${both} pictures are in both`);
    }
  } catch (problem) {
    key = '';
    waiting = null;
    onProblem(problem);
  } finally {
    under = null;
    box.classList.remove('slow');
  }
}
