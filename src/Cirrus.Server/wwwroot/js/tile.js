// One picture of the grid: the view, its score bar, and what can be done with it.

import { announce, h, icon } from './dom.js';
import { score, spoken } from './format.js';
import { known } from './gallery.js';
import { carry, use } from './pictures.js';
import { pushAway } from './terms.js';
import { change } from './store.js';
import { openFile, show, thumbnailUrl } from './api.js';

const widths = [160, 320, 640, 1280];

/** The smallest stored view that fills a box on this screen. */
export const viewWidth = (wide) => widths.find((w) => w >= wide * Math.min(devicePixelRatio, 2)) ?? widths.at(-1);

/** More like this: the picture alone becomes the query. */
export const moreLike = (id) => change({ pictures: [{ id }], words: '', and: [], without: [], weight: null, hit: null }, 'picture');

export async function copyPath(path) {
  try {
    await navigator.clipboard.writeText(path);
    announce('Path copied');
  } catch {
    prompt('The path', path);   // no clipboard without a secure context
  }
}

/** Opens the file; what is wrong with it is said. */
export const openPicture = (id) => openFile(known.gallery.name, id).catch((problem) => announce(`${problem.message} ${problem.hint}`));

export function actions(hit) {
  const act = (name, title, onclick, kind = '') => h('button', { type: 'button', class: `act ${kind}`, tabindex: '-1', title, 'aria-label': `${title}: ${spoken(hit.path ?? '')}`, onclick }, icon(name));
  return [
    act('picture', 'Use as picture', () => use([{ id: hit.id }]), 'picture'),
    act('similar', 'More like this', () => moreLike(hit.id)),
    act('minus', 'Less like this', () => pushAway(hit.id), 'minus'),
    act('copy', 'Copy path', () => copyPath(hit.path)),
    act('open', 'Open in a new tab', () => openPicture(hit.id)),
  ];
}

export class Tile {
  constructor(hit, onOpen) {
    this.img = h('img', { alt: spoken(hit.path ?? `picture ${hit.id}`), class: 'waiting', draggable: true, decoding: 'async' });
    this.img.addEventListener('load', () => this.img.classList.remove('waiting'), { once: true });
    this.bar = h('i');
    this.track = h('span', { class: 'score', 'aria-hidden': 'true' }, this.bar);
    this.number = h('span', { class: 'number', 'aria-hidden': 'true' });
    this.frame = h('button', { type: 'button', class: 'frame', tabindex: '-1', onclick: () => onOpen(this.hit.id) }, this.img);
    this.frame.addEventListener('dragstart', (e) => carry(e, this.hit.id));
    this.stack = h('span', { class: 'stack-count', hidden: true });
    this.acts = h('div', { class: 'acts' }, ...actions(hit));
    this.element = h('li', { class: 'tile', 'data-id': hit.id }, this.frame, this.track, this.number, this.stack, this.acts);
    this.box = null;
  }

  /** @param scale worst and best score, for the bar */
  say(hit, { worst, best, beneath, scores }) {
    this.hit = hit;
    const copies = hit.duplicates?.length ?? 0;
    this.element.classList.toggle('beneath', beneath);
    this.element.classList.toggle('stacked', copies > 0);
    this.stack.hidden = copies === 0;
    this.stack.textContent = `${copies + 1} alike`;
    this.track.hidden = this.number.hidden = !scores;
    this.bar.style.transform = `scaleX(${Math.min(Math.max((hit.score - worst) / Math.max(best - worst, 1e-6), 0.03), 1).toFixed(3)})`;
    this.number.textContent = score(hit.score);
    this.frame.setAttribute('aria-label', `${hit.rank}: ${spoken(hit.path ?? `picture ${hit.id}`)}, score ${score(hit.score)}${beneath ? ', below the line of chance' : ''}${copies ? `, ${copies + 1} alike` : ''}`);
  }

  /** Moves to a box; glides there from its last one. */
  place(box, glide) {
    const { element, box: old } = this;
    this.box = box;
    Object.assign(element.style, { transform: `translate(${box.x}px, ${box.y}px)`, width: `${box.width}px`, height: `${box.height}px` });
    if (glide && old && (old.x !== box.x || old.y !== box.y)) {
      element.animate([{ transform: `translate(${old.x}px, ${old.y}px)` }, { transform: `translate(${box.x}px, ${box.y}px)` }], { duration: 220, easing: 'cubic-bezier(.2,.7,.3,1)' });
    }
  }

  /** Asks for the picture once; a larger view when the tile has grown. */
  load() {
    const wide = viewWidth(this.box.width);
    if (this.wide >= wide) return;
    this.wide = wide;
    show(this.img, thumbnailUrl(known.gallery.name, this.hit.id, wide)).catch(() => { this.wide = 0; });
  }

  reach(on) {
    this.frame.tabIndex = on ? 0 : -1;
    for (const act of this.acts.children) act.tabIndex = on ? 0 : -1;
  }
}
