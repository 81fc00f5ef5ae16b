// The picture slot: up to three pictures; drop, paste, choose, take a photo. A click on one opens the lens.

import { announce, byId, h, icon } from './dom.js';
import { spoken } from './format.js';
import { known, lookOf } from './gallery.js';
import { openLens } from './lens.js';
import { mostPictures } from './query.js';
import { change, current } from './store.js';
import { keep, nameOf } from './uploads.js';
import { show } from './api.js';

const slot = byId('slot'), drop = byId('drop');
const idType = 'application/x-cirrus-id';

export const same = (a, b) => (a.hash ? a.hash === b.hash : a.id === b.id && !b.hash);

/** Adds pictures to the query; the oldest makes room. */
export function use(pictures) {
  const kept = current().pictures.filter((p) => !pictures.some((n) => same(p, n)));
  const all = [...kept, ...pictures].slice(-mostPictures);
  change({ pictures: all, hit: null }, 'picture');
  announce(all.length === 1 ? 'Picture of the query set' : `${all.length} pictures in the query`);
}

export async function useFiles(files) {
  const images = [...files].filter((f) => f.type.startsWith('image/') || /\.(jpe?g|png|webp|gif|tiff?|bmp|heic|avif|jxl)$/i.test(f.name));
  if (images.length === 0) {
    announce('That is not a picture');
    return;
  }
  use(await Promise.all(images.slice(0, mostPictures).map((f) => keep(f))));
}

function remove(index) {
  change({ pictures: current().pictures.filter((_, i) => i !== index) }, 'picture');
  slot.querySelector('button')?.focus();
}

function piece(picture, index) {
  const name = picture.name ?? (picture.hash ? nameOf(picture.hash) : `picture ${picture.id}`);
  const img = h('img', { alt: '' });
  lookOf(picture).then((url) => url && show(img, url));
  const part = picture.crop && h('span', { class: 'part' }, h('i', { style: {
    left: `${picture.crop.x * 100}%`, top: `${picture.crop.y * 100}%`, width: `${picture.crop.width * 100}%`, height: `${picture.crop.height * 100}%`,
  } }));
  return h('div', { class: 'piece' },
    h('button', {
      type: 'button', class: 'look', title: 'Ask about a part of it',
      'aria-label': `${spoken(name)}${picture.crop ? ', a part of it' : ''}${picture.mask ? ', masked' : ''}: choose a part`, onclick: () => edit(index),
    }, img, part, picture.mask && h('span', { class: 'masked' })),
    h('button', { type: 'button', class: 'off', 'aria-label': `Take ${spoken(name)} away`, title: 'Take away', onclick: () => remove(index) }, icon('cross')));
}

async function edit(index) {
  const changed = await openLens(current().pictures[index]);
  if (changed) change({ pictures: current().pictures.map((p, i) => (i === index ? changed : p)) }, 'picture');
  slot.querySelectorAll('.look')[index]?.focus();
}

function chooser() {
  const input = h('input', { type: 'file', accept: 'image/*', multiple: true, hidden: true, id: 'choose', onchange: () => useFiles(input.files) });
  const button = h('button', {
    type: 'button', class: 'add-picture', title: 'Choose a picture, or drop or paste one', 'aria-label': 'Add a picture: choose a file, or drop or paste one anywhere', onclick: () => input.click(),
  }, icon(current().pictures.length ? 'plus' : 'picture'));
  // a phone's picture chooser need not offer the camera; a button of its own does
  const photo = h('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: true, id: 'photo', onchange: () => useFiles(photo.files) });
  const shoot = h('button', { type: 'button', class: 'add-picture shoot', title: 'Take a photo', 'aria-label': 'Take a photo', onclick: () => photo.click() }, icon('camera'));
  return [button, input, shoot, photo];
}

let shown = null;

export function showPictures(q) {
  const state = JSON.stringify([known.gallery?.name, q.pictures]);
  if (state === shown) return;
  shown = state;
  const focused = slot.contains(document.activeElement);
  slot.replaceChildren(...q.pictures.map(piece), ...(q.pictures.length < mostPictures ? chooser() : []));
  if (focused) slot.querySelector('button')?.focus();
}

/** Drop anywhere, paste anywhere. */
export function startPictures() {
  let depth = 0;
  const carries = (e) => [...e.dataTransfer.types].some((t) => t === 'Files' || t === idType);
  const leave = () => { depth = 0; drop.hidden = true; };
  addEventListener('dragenter', (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    depth++;
    drop.hidden = false;
  });
  addEventListener('dragover', (e) => carries(e) && e.preventDefault());
  addEventListener('dragleave', () => --depth <= 0 && leave());
  addEventListener('dragend', leave);
  addEventListener('drop', (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    leave();
    const id = e.dataTransfer.getData(idType);
    if (id) use([{ id: Number(id) }]);
    else useFiles(e.dataTransfer.files);
  });
  addEventListener('paste', (e) => {
    if (e.clipboardData?.files.length) {
      e.preventDefault();
      useFiles(e.clipboardData.files);
    }
  });
}

export const carry = (e, id) => e.dataTransfer.setData(idType, String(id));
