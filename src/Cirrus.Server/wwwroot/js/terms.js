// Chips: terms that are added and terms that are pushed away.

import { byId, h, icon } from './dom.js';
import { known, lookOf } from './gallery.js';
import { change, current } from './store.js';
import { show } from './api.js';

const box = byId('terms');
const lists = { plus: 'and', minus: 'without' };
const says = { plus: 'Add a term', minus: 'Push a term away' };
let entry = null;     // the open text box: plus or minus
let drawing = false;  // a box that is redrawn loses the focus, but is not left

/** Pushes a picture of the gallery away. */
export function pushAway(id) {
  if (!current().without.some((t) => t.id === id)) change({ without: [...current().without, { id }] }, 'term');
}

const add = (kind, text) => change({ [lists[kind]]: [...current()[lists[kind]], kind === 'plus' ? text : { text }] }, 'term');

function remove(kind, index) {
  change({ [lists[kind]]: current()[lists[kind]].filter((_, i) => i !== index) }, 'term');
  byId('words').focus();
}

function chip(kind, term, index) {
  const isPicture = kind === 'minus' && term.text === undefined;
  const text = kind === 'plus' ? term : (term.text ?? `picture ${term.id ?? ''}`);
  const look = isPicture && h('img', { alt: '' });
  if (look) lookOf(term).then((url) => url && show(look, url));
  return h('span', { class: `term ${kind}`, role: 'group', 'aria-label': `${kind === 'plus' ? 'added' : 'without'}: ${text}` },
    h('b', { 'aria-hidden': 'true' }, kind === 'plus' ? '+' : '−'), look || h('span', {}, text),
    h('button', { type: 'button', class: 'off', 'aria-label': `Take ${kind === 'plus' ? 'plus' : 'minus'} ${text} away`, onclick: () => remove(kind, index) }, icon('cross')));
}

function textBox(kind) {
  const input = h('input', { class: `term-entry ${kind}`, type: 'text', 'aria-label': `${says[kind]}; Enter adds it`, placeholder: kind === 'plus' ? 'and also …' : 'without …', maxlength: '200' });
  const close = () => { entry = null; showTerms(current()); };
  input.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && !e.isComposing) {
      e.preventDefault();
      const text = input.value.trim();
      if (text) add(kind, text);
      else close();
      box.querySelector('input')?.focus();
    } else if (e.key === 'Backspace' && input.value === '') {
      const list = current()[lists[kind]];
      if (list.length === 0) return;
      e.preventDefault();
      change({ [lists[kind]]: list.slice(0, -1) }, 'term');
      box.querySelector('input')?.focus();
    } else if (e.key === 'Escape') {
      e.stopPropagation();
      close();
      box.querySelector(`.add-term.${kind}`)?.focus();
    }
  });
  input.addEventListener('blur', () => {
    if (drawing || entry !== kind) return;
    finish();
    setTimeout(() => showTerms(current()));
  });
  return input;
}

/** Takes what the open text box says. */
function finish() {
  const input = box.querySelector('input'), text = input?.value.trim(), kind = entry;
  entry = null;
  if (text) add(kind, text);
}

// a press on a button must not take the focus from the text box, whose leaving redraws the button away
box.addEventListener('pointerdown', (e) => e.target.closest('button') && e.preventDefault());
box.addEventListener('mousedown', (e) => e.target.closest('button') && e.preventDefault());

function opener(kind) {
  return h('button', { type: 'button', class: `add-term ${kind}`, 'aria-label': says[kind], title: says[kind], onclick: () => {
    finish();
    entry = kind;
    showTerms(current());
    box.querySelector('input').focus();
  } }, icon(kind));
}

let shown = null;

export function showTerms(q) {
  const state = JSON.stringify([known.gallery?.name, q.and, q.without, entry]);
  if (state === shown) return;
  shown = state;
  drawing = true;
  box.replaceChildren(
    ...q.and.map((t, i) => chip('plus', t, i)), ...q.without.map((t, i) => chip('minus', t, i)),
    entry === 'plus' ? textBox('plus') : opener('plus'), entry === 'minus' ? textBox('minus') : opener('minus'));
  drawing = false;
}
