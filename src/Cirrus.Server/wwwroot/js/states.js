// What is said when there is nothing to show, or something went wrong.

import { announce, byId, h, icon } from './dom.js';
import { plural, spoken } from './format.js';
import * as tree from './filter.js';
import { activeFilters, drop } from './filters.js';
import { known } from './gallery.js';
import { change, current, reset } from './store.js';
import { copyPath } from './tile.js';
import { again, hasKey, show, thumbnailUrl, useKey } from './api.js';

const box = byId('message');

export const quiet = () => box.replaceChildren();

const command = (text) => h('div', { class: 'command' }, h('code', {}, text),
  h('button', { type: 'button', class: 'plain', onclick: () => copyPath(text) }, icon('copy'), 'Copy'));

const keys = () => h('p', { class: 'keys' }, ...[['/', 'words'], ['← ↑ → ↓', 'move'], ['Enter', 'open'], ['s', 'use as picture'], ['Esc', 'clear']]
  .map(([key, what]) => h('span', {}, h('kbd', {}, key), ` ${what}`)));

export function sayNoGallery() {
  box.replaceChildren(h('section', { class: 'say' }, h('h2', {}, 'There is no gallery yet.'),
    h('p', {}, 'A gallery is a folder of pictures that Cirrus has looked at once. It reads them and changes none. Type this, with a folder of yours:'),
    command('cirrus index ~/Pictures && cirrus serve ~/Pictures'),
    h('p', {}, 'Or see it work on drawn pictures, without downloading anything:'), command('cirrus demo --serve')));
}

/** The address names a gallery that is not served. */
export function sayOtherGalleries(name) {
  box.replaceChildren(h('section', { class: 'say wrong', role: 'alert' }, h('h2', {}, `No gallery is called “${name}” here.`), h('p', {}, 'Served here:'),
    h('div', { class: 'ways' }, ...known.galleries.map((g) => h('a', { class: 'plain', href: `?g=${encodeURIComponent(g.name)}` }, g.name)))));
}

const noPictures = () => (known.gallery.readOnly ? 'It is in a database, which this server only reads.' : 'Put some into its folder, then press Refresh at the bottom.');

export function sayEmpty() {
  box.replaceChildren(h('section', { class: 'say' }, h('h2', {}, 'This gallery has no pictures yet.'), h('p', {}, noPictures())));
}

/** A field of the request as the sentence above shows it: [what to say, which picture it is about or null]. */
function inWords(message) {
  const [field, kind, at] = /^(images|without)\[(\d+)\][.\w]*: /.exec(message) ?? [''];
  const rest = message.slice(field.length), say = rest[0]?.toUpperCase() + rest.slice(1);
  if (kind === 'without') return [`Of what is pushed away: ${rest}`, null];
  if (kind === 'images') return [current().pictures.length > 1 ? `Picture ${Number(at) + 1}: ${rest}` : say, Number(at)];
  return [message, null];
}

export function sayProblem(problem, retry) {
  const askKey = problem.status === 401;
  const input = askKey && h('input', { type: 'password', 'aria-label': 'Key', placeholder: 'the key' });
  const [message, hint] = askKey ? [hasKey() ? 'That is not this server’s key.' : 'This server asks for a key.', 'give the one that it was started with (--api-key-file); this tab remembers it until it is closed']
    : [problem.message, problem.hint];
  const [title, picture] = inWords(message);
  box.replaceChildren(h('section', { class: 'say wrong', role: 'alert' }, h('h2', {}, title),
    hint && h('p', {}, h('strong', {}, 'What to do: '), hint),
    problem.fields?.length > 1 && h('ul', {}, ...problem.fields.map((f) => h('li', { class: 'tip' }, `${f.field}: ${f.message}`))),
    askKey ? h('form', { onsubmit: (e) => { e.preventDefault(); useKey(input.value); location.reload(); } }, input, h('button', { class: 'plain' }, 'Use it'))
      : h('div', { class: 'ways' }, h('button', { type: 'button', class: 'plain', onclick: retry }, icon('refresh'), 'Try again'),
        picture !== null && h('button', { type: 'button', class: 'plain', onclick: () => change({ pictures: current().pictures.filter((_, i) => i !== picture) }, 'picture') }, icon('minus'), 'Leave that picture out'),
        h('button', { type: 'button', class: 'plain', onclick: reset }, icon('cross'), 'Clear the query')),
    problem.trace && h('p', { class: 'trace' }, `trace ${problem.trace}`)));
}

/** The first hits are on their way: places for them, when it takes longer than a blink. */
export function sayLooking() {
  box.replaceChildren(h('div', { class: 'skeleton', 'aria-hidden': 'true' }, ...Array.from({ length: 12 }, () => h('i'))));
}

/** A search waits because the model is not there yet. */
export function sayWaiting(what) {
  box.replaceChildren(h('p', { class: 'warnings', role: 'status' }, `Waiting for ${what}: the answer comes as soon as it is loaded. The page works meanwhile.`));
}

/** Warnings of an answer, and the filters that are set. */
export function sayAround(answer, q) {
  const warnings = answer.composed?.warnings ?? [];
  box.replaceChildren(...[activeFilters(q), warnings.length > 0 && h('div', { class: 'warnings', role: 'note' }, ...warnings.map((w) => h('p', {}, w[0].toUpperCase() + w.slice(1), '.')))].filter(Boolean));
}

/** No hits: which filter did it, and what to relax. */
export async function sayNothingFound(answer, q) {
  const ways = h('div', { class: 'ways' });
  const names = Object.keys(q.filters);
  announce(names.length ? 'No picture passes the filters' : 'Nothing was found');
  box.replaceChildren(h('section', { class: 'say' },
    h('h2', {}, names.length ? 'No picture passes the filters.' : 'Nothing was found.'),
    h('p', {}, names.length ? `Of ${plural(answer.total ?? 0, 'picture')}, none is all of this: ${names.map((n) => tree.words(n, q.filters[n])).join(', ')}.`
      : known.gallery?.items === 0 ? `The gallery has no pictures yet. ${noPictures()}` : 'The query leaves out every picture of the gallery.'), ways));
  for (const name of names) {
    const button = h('button', { type: 'button', class: 'plain', onclick: () => drop(name) }, icon('cross'), `Drop “${tree.words(name, q.filters[name])}”`);
    ways.append(button);
    if (answer.queryId) again(answer.queryId, { filter: tree.tree(tree.without(q.filters, name)) ?? { all: [] } })
      .then((other) => (other.matched === 0 ? button.remove() : button.append(` (${plural(other.matched ?? other.hits.length, 'picture')})`))).catch(() => {});
  }
  if (names.length > 1) ways.append(h('button', { type: 'button', class: 'plain', onclick: () => change({ filters: {} }, 'filter') }, 'Drop all of them'));
  if (names.length === 0) for (const [part, title] of [['without', 'what is pushed away'], ['and', 'what is added'], ['pictures', 'the pictures']])
    if (q[part].length > 0) ways.append(h('button', { type: 'button', class: 'plain', onclick: () => change({ [part]: [] }, 'term') }, `Leave out ${title}`));
}

function example({ picture, words, without }) {
  const img = picture && h('img', { alt: '' });
  if (img) show(img, thumbnailUrl(known.gallery.name, picture.id, 160));
  const patch = { pictures: picture ? [{ id: picture.id }] : [], words: words ?? '', without: without ? [{ text: without }] : [] };
  return h('li', {}, h('button', { type: 'button', class: 'try', onclick: () => change(patch, 'example') }, img,
    h('span', {}, picture && words && h('em', {}, 'but '), words ?? h('em', {}, 'more like this'), without && h('span', { class: 'neg' }, ` − ${without}`))));
}

/** The first visit. @param examples queries to click; shelf: pictures to begin from */
export function sayWelcome({ examples, shelf }) {
  const looks = shelf.map((hit) => {
    const img = h('img', { alt: spoken(hit.path ?? `picture ${hit.id}`), loading: 'lazy' });
    show(img, thumbnailUrl(known.gallery.name, hit.id, 320));
    return h('li', {}, h('button', { type: 'button', 'aria-label': `Use as picture: ${img.alt}`, onclick: () => change({ pictures: [{ id: hit.id }] }, 'picture') }, img));
  });
  box.replaceChildren(h('section', { class: 'welcome' },
    h('div', {}, h('h1', {}, 'Show a picture. Say what should be different.')),
    h('p', { class: 'lead' }, 'Drop, paste or choose a picture, then describe the change. Or use words alone, or a picture alone. Nothing leaves this machine.'),
    examples.length > 0 && h('ul', { class: 'tries', 'aria-label': 'Queries to try' }, ...examples.map(example)),
    looks.length > 0 && h('div', { class: 'shelf' }, h('h2', {}, 'Or begin with one of these'), h('ul', {}, ...looks)), keys()));
}

export const stillEmpty = () => box.querySelector('.welcome') === null && current().pictures.length === 0;
