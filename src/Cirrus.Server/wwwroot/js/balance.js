// The one slider: picture on the left, words on the right. It is live.

import { byId, h } from './dom.js';
import { percent } from './format.js';
import { hasBalance, methodInfo, methodOf, ownWeight } from './gallery.js';
import { change, current, pause } from './store.js';

const box = byId('balance');
let range = null, own = null;

const speak = (input) => input.setAttribute('aria-valuetext', input.value === '0' ? 'only the picture' : input.value === '1' ? 'only the words'
  : `picture ${percent(1 - input.value)}, words ${percent(Number(input.value))}`);

/** Picture to the left: the slider's value is the words' share. */
export function slider(weight, weightWhenNone, onWeight, label) {
  const value = 1 - (weight ?? weightWhenNone);
  const input = h('input', { type: 'range', class: `range${weight === null ? ' own' : ''}`, min: '0', max: '1', step: '0.02', 'aria-label': label });
  input.value = value;
  speak(input);
  input.addEventListener('input', () => {
    input.classList.remove('own');
    speak(input);
    onWeight(Math.round((1 - input.value) * 100) / 100);
  });
  input.addEventListener('pointerup', pause);
  input.addEventListener('blur', pause);
  return input;
}

function build(q) {
  range = slider(q.weight, ownWeight(methodOf(q), q), (weight) => change({ weight }, 'slide'), 'Balance of picture and words');
  range.id = 'weight';
  range.addEventListener('dblclick', () => change({ weight: null }));
  own = h('span', { class: 'whose' });
  box.replaceChildren(h('span', { class: 'end picture' }, 'only the picture'), range, h('span', { class: 'end words-end' }, 'only the words'), own);
}

export function showBalance(q) {
  const method = methodOf(q);
  const both = q.compare === null && q.pictures.length > 0 && q.words.trim() !== '' && hasBalance(method);
  box.hidden = !both;
  if (!both) return;
  if (!range) build(q);
  const value = String(1 - (q.weight ?? ownWeight(method, q)));
  if (document.activeElement !== range || q.weight === null) {
    range.value = value;
    speak(range);
  }
  range.classList.toggle('own', q.weight === null);
  range.title = methodInfo(method).imageWeight?.meaning ?? '';
  own.replaceChildren(q.weight === null
    ? 'the method’s own balance'
    : h('button', { type: 'button', class: 'link', onclick: () => change({ weight: null }) }, `picture ${percent(current().weight)} · back to the method’s own`));
}
