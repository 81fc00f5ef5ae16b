// The lens: a dialog with the query's picture in large. A rectangle says which part is asked about; paint says what is to change.

import { h, icon } from './dom.js';
import { imageUrl, show } from './api.js';
import { known, lookOf, methodInfo, methodOf } from './gallery.js';
import { boxOver } from './crop.js';
import { paintOver } from './mask.js';
import { current } from './store.js';

/** Opens it for a picture. @returns the picture changed, or null when nothing is */
export async function openLens(picture) {
  const img = h('img', { alt: 'The picture of the query', draggable: false });
  const table = h('div', { class: 'table' }, img);
  const tip = h('p', { class: 'tip', role: 'status' });
  const crop = boxOver(table, picture.crop ?? null);
  const mask = methodInfo(methodOf(current())).readsMask ? await paintOver(table, img, picture.mask ?? null) : null;
  const patch = mask && boxOver(table, null, (box) => {
    mask.fill(box);
    tip.textContent = 'The rectangle is painted. R begins another one.';
  });
  const modes = mask && h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'What to mark' },
    ...['part', 'mask'].map((mode) => h('label', {}, h('input', { type: 'radio', name: 'lens-mode', value: mode, checked: mode === 'part', onchange: () => take(mode) }),
      h('span', {}, mode === 'part' ? 'Ask about a part' : 'Paint what changes'))));
  const whole = h('button', { type: 'button', class: 'plain', onclick: () => { crop.clear(); mask?.clear(); patch?.clear(); } }, icon('undo'), 'The whole picture');
  const title = h('h2', { id: 'lens-title' });
  const brush = h('label', { class: 'brush', hidden: true }, 'Brush', mask && h('input', { type: 'range', class: 'range', min: '4', max: '60', value: '18', oninput: (e) => mask.brush(Number(e.target.value)) }));
  const done = h('button', { class: 'plain done', value: 'done' }, 'Done');
  const dialog = h('dialog', { class: 'lens', 'aria-labelledby': 'lens-title' },
    h('form', { method: 'dialog', class: 'in' },
      h('div', { class: 'head' }, title, modes), table,
      h('div', { class: 'foot' }, tip, brush, whole, done)));

  function take(mode) {
    crop.active(mode === 'part');
    mask?.active(mode === 'mask');
    patch?.active(mode === 'mask');
    title.textContent = mode === 'part' ? 'Which part of it?' : 'What may change?';
    brush.hidden = mode === 'part';
    tip.textContent = mode === 'part'
      ? 'Drag a rectangle: only that part is asked about. Arrow keys move it, with Shift they change its size.'
      : 'Paint over what may become something else; the rest is kept. Without a pointer: R for a rectangle, arrow keys to place it, Enter to paint it.';
  }

  take('part');
  document.body.append(dialog);
  const url = picture.hash ? await lookOf(picture) : imageUrl(known.gallery.name, picture.id);
  if (url) show(img, url);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', async () => {
    dialog.remove();
    if (dialog.returnValue !== 'done') {
      resolve(null);
      return;
    }
    const changed = { ...picture, crop: crop.value(), mask: mask ? await mask.value() : picture.mask };
    for (const name of ['crop', 'mask']) if (!changed[name]) delete changed[name];
    resolve(changed);
  }, { once: true }));
}
