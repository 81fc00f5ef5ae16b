// The words: a text box in which a dollar sign becomes a small view of the picture.

import { byId, h, settled } from './dom.js';
import { known, lookOf } from './gallery.js';
import { change, current, pause } from './store.js';
import { show } from './api.js';

const box = byId('words'), joint = byId('joint');
const withPicture = ['at night', 'as a pencil sketch', 'two of them', 'in red', 'seen from above', 'on a beach'];
const wordsAlone = ['Describe a picture, or drop one here', 'two dogs on a beach', 'a red house at night', 'a pencil sketch of a tree'];
const demo = { withPicture: ['is orange', 'at night', 'as pixel art', 'on brick', 'is dotted'], wordsAlone: ['Describe a picture, or drop one here', 'a red heart on brick', 'a striped fish at night', 'a sketch of a tree'] };
if (matchMedia('(pointer: coarse)').matches) wordsAlone[0] = demo.wordsAlone[0] = 'Describe a picture, or add one';
let ghost = 0;

/** What the box says, chips as dollar signs. */
function read() {
  let text = '';
  for (const node of box.childNodes) text += node.nodeType === Node.TEXT_NODE ? node.data : node.dataset?.chip ? '$' : node.textContent;
  return text.replaceAll('\u00a0', ' ').replaceAll('\n', ' ');
}

function chip() {
  const here = h('span', { class: 'here', contenteditable: 'false', 'data-chip': '1', role: 'img', 'aria-label': 'the picture' });
  const [picture] = current().pictures;
  if (picture) {
    const img = h('img', { alt: '' });
    here.append(img);
    lookOf(picture).then((url) => url && show(img, url));
  } else here.append('$');
  return here;
}

function write(text) {
  const nodes = [];
  text.split('$').forEach((part, i) => {
    if (i > 0) nodes.push(chip());
    if (part || i > 0) nodes.push(document.createTextNode(part));
  });
  box.replaceChildren(...nodes);
}

/** Makes chips of typed dollar signs and leaves the caret behind the last. */
function mint() {
  for (const node of [...box.childNodes]) {
    if (node.nodeType !== Node.TEXT_NODE || !node.data.includes('$')) continue;
    const [before, ...after] = node.data.split('$');
    const rest = document.createTextNode(after.join('$') || '\u200b');
    const made = chip();
    node.replaceWith(document.createTextNode(before), made, rest);
    const range = document.createRange();
    range.setStart(rest, rest.data === '\u200b' ? 1 : 0);
    range.collapse(true);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
}

const clean = (text) => text.replaceAll('\u200b', '').replace(/\s+/g, ' ').trimStart();

const commit = settled(() => change({ words: clean(read()) }, 'type'), 350);

export function startWords() {
  box.addEventListener('input', () => {
    if (box.textContent === '' && !box.querySelector('[data-chip]')) box.replaceChildren();
    mint();
    commit();
  });
  box.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.isComposing) return;
    e.preventDefault();
    commit.cancel();
    change({ words: clean(read()) }, 'type');
    pause();
    byId('grid').querySelector('.frame[tabindex="0"]')?.scrollIntoView({ block: 'nearest' });
  });
  box.addEventListener('paste', (e) => {
    if (e.clipboardData.files.length) return;
    e.preventDefault();
    document.execCommand('insertText', false, e.clipboardData.getData('text/plain').replace(/\s+/g, ' '));
  });
  box.addEventListener('drop', (e) => e.preventDefault());
  box.addEventListener('blur', pause);
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) setInterval(() => {
    ghost++;
    ghosts(current());
  }, 4000);
}

const isDemo = () => /demo|playground/i.test(`${known.gallery?.name} ${known.gallery?.model?.name}`);

function ghosts(q) {
  const from = isDemo() ? demo : { withPicture, wordsAlone };
  const list = q.pictures.length ? from.withPicture : from.wordsAlone;
  box.dataset.ghost = `${list[ghost % list.length]}${q.pictures.length ? ' …' : ''}`;
}

let look = '', told = null;   // told: the query's words when they were last shown

export function showWords(q) {
  joint.textContent = q.pictures.length && !q.words.includes('$') ? 'but' : '';
  const now = JSON.stringify([known.gallery?.name, q.pictures[0]]);
  const changed = told !== q.words;   // else the box is ahead of the query: somebody is typing
  told = q.words;
  if ((changed && clean(read()).trim() !== q.words.trim()) || (look !== now && q.words.includes('$'))) write(q.words);
  look = now;
  ghosts(q);
}

export function focusWords() {
  box.focus();
  getSelection().selectAllChildren(box);
  getSelection().collapseToEnd();
}
