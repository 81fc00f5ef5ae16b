// The first visit: four queries to try, and pictures of the gallery to begin from.

import { search } from './api.js';
import { known } from './gallery.js';
import { sayEmpty, sayWelcome } from './states.js';
import { asks } from './query.js';
import { current } from './store.js';

const isDemo = () => /demo|playground/i.test(`${known.gallery.name} ${known.gallery.model?.name}`);
let made = null;

const find = (text, top) => search({ gallery: known.gallery.name, text, method: 'text', top, include: ['path', 'size'], foldDuplicates: true }).then((a) => a.hits).catch(() => []);

async function ofDemo() {
  const [hearts, fish, houses, shelf] = await Promise.all([find('a red heart', 1), find('a striped fish', 1), find('a blue house', 1), find('a picture', 8)]);
  return {
    examples: [
      hearts[0] && { picture: hearts[0], words: 'is at night' }, fish[0] && { picture: fish[0], words: 'is pixel art' },
      { words: 'a yellow star on grass' }, houses[0] && { picture: houses[0], words: 'is on brick', without: 'tree' },
    ].filter(Boolean),
    shelf,
  };
}

async function ofGallery() {
  const shelf = await find('a photo', 12), [a, b] = shelf;
  return { examples: [a && { picture: a, words: 'at night' }, b && { picture: b, words: 'as a pencil sketch' }, { words: 'people outdoors' }, a && { picture: a }].filter(Boolean), shelf };
}

export async function welcome() {
  if (known.gallery.items === 0) {
    sayEmpty();
    return;
  }
  made ??= isDemo() ? ofDemo() : ofGallery();
  sayWelcome({ examples: [], shelf: [] });
  const ready = await made;
  if (!asks(current())) sayWelcome(ready);
}

export const forgetWelcome = () => { made = null; };
