// The side panel: the selected picture in large, why it is here, and what is known of it.

import { announce, byId, h, icon } from './dom.js';
import { bytes, date, fileName, spoken } from './format.js';
import { known } from './gallery.js';
import { allHits, choose, focusTile, hitOf } from './grid.js';
import { use } from './pictures.js';
import { change, current } from './store.js';
import { pushAway } from './terms.js';
import { copyPath, moreLike, openPicture } from './tile.js';
import { item, imageUrl, show, thumbnailUrl } from './api.js';
import { whyOf } from './why.js';
import { weightsOf } from './weights.js';

const panel = byId('panel');
let shown = null;

export const isOpen = () => !panel.hidden;

export function open(id) {
  change({ hit: id }, isOpen() ? 'look' : 'open');
}

export function close() {
  if (current().hit === null) return false;
  const id = current().hit;
  change({ hit: null }, 'close');
  if (document.activeElement === document.body || panel.contains(document.activeElement)) focusTile(id);
  return true;
}

function facts(known, hit) {
  const size = known.width ?? hit?.width, tall = known.height ?? hit?.height;
  const rows = [['Path', known.path ?? hit?.path], ['Size', size && `${size} × ${tall}`], ['File', known.bytes && `${bytes(known.bytes)}${known.format ? `, ${known.format.toUpperCase()}` : ''}`],
    ['Date', known.date && date(known.date)], ['Shape', known.orientation], ['Id', known.id ?? hit?.id]];
  return h('dl', {}, ...rows.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== 0).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, String(value))]));
}

function stack(hit) {
  return hit?.duplicates?.length ? h('section', {}, h('h3', {}, `${hit.duplicates.length} more, nearly equal`),
    h('div', { class: 'stack-row' }, ...hit.duplicates.map((d) => {
      const img = h('img', { alt: spoken(d.path ?? `picture ${d.id}`), width: 64, height: 64 });
      show(img, thumbnailUrl(known.gallery.name, d.id, 160));
      return h('button', { type: 'button', onclick: () => open(d.id), title: d.path ?? '' }, img);
    }))) : null;
}

/** Shows the panel for the query's selected picture, or hides it. */
export async function showPanel(q, answer) {
  choose(q.hit);
  if (q.hit === null || !known.gallery) {
    panel.hidden = true;
    shown = null;
    return;
  }
  const hit = hitOf(q.hit), key = `${q.hit} ${answer?.queryId ?? ''} ${hit?.score ?? ''}`;
  if (shown === key) return;
  const same = shown?.startsWith(`${q.hit} `), weightsOpen = panel.querySelector('.weights')?.open ?? false;
  shown = key;
  panel.hidden = false;
  let about = {};
  try {
    about = await item(known.gallery.name, q.hit);
  } catch (problem) {
    if (problem.status === 404) about = { path: 'This picture is no longer in the gallery.' };
  }
  if (shown !== key) return;
  const path = about.path ?? hit?.path ?? `picture ${q.hit}`;
  const img = h('img', { alt: spoken(path) });
  const width = about.width ?? hit?.width, height = about.height ?? hit?.height;
  if (width && height) img.style.aspectRatio = `${width} / ${height}`;
  show(img, imageUrl(known.gallery.name, q.hit));
  const all = allHits(), at = all.findIndex((x) => x.id === q.hit);
  const turn = (name, title, to) => h('button', { type: 'button', class: 'act', title, 'aria-label': title, disabled: !to, onclick: () => to && open(to.id) }, icon(name));
  panel.replaceChildren(
    h('div', { class: 'turn' },
      turn('left', 'Previous picture', all[at - 1]), turn('right', 'Next picture', at >= 0 ? all[at + 1] : null),
      h('button', { type: 'button', class: 'act', title: 'Close (Esc)', 'aria-label': 'Close', onclick: close }, icon('cross'))),
    h('div', { class: 'view' }, img),
    h('div', { class: 'body' },
      h('h2', {}, fileName(path)),
      h('div', { class: 'acts-row' },
        h('button', { type: 'button', class: 'plain', onclick: () => use([{ id: q.hit }]) }, icon('picture'), 'Use as picture'),
        h('button', { type: 'button', class: 'plain', onclick: () => moreLike(q.hit) }, icon('similar'), 'More like this'),
        h('button', { type: 'button', class: 'plain', onclick: () => pushAway(q.hit) }, icon('minus'), 'Less like this'),
        h('button', { type: 'button', class: 'plain', onclick: () => copyPath(path) }, icon('copy'), 'Copy path'),
        h('button', { type: 'button', class: 'plain', title: 'Open in a new tab', onclick: () => openPicture(q.hit) }, icon('open'), 'Open')),
      hit && whyOf(hit, all[0]), hit && weightsOf(q, hit, weightsOpen), stack(hit),
      h('section', {}, h('h3', {}, 'What is known of it'), facts({ ...about, path }, hit))));
  if (same) return;
  panel.scrollTop = 0;
  announce(`${spoken(path)}${hit ? `, number ${hit.rank}` : ''}: details beside the pictures, Escape closes them`);
}
