// The one query of the page. Whoever changes it calls change(); whoever shows it listens. The URL follows, and leads on back and forward.

import { fromUrl, nothing, toUrl } from './query.js';

let query = fromUrl(location.search);
let lastKind = null;
const listeners = [];

export const current = () => query;

export function listen(listener) {
  listeners.push(listener);
}

/**
 * Changes the query.
 * @param patch the parts that change
 * @param kind what the user did; 'type' and 'slide' are continuous, and several in a row are one step of the history
 */
export function change(patch, kind = 'set') {
  const previous = query;
  query = { ...query, ...patch };
  const url = toUrl(query);
  if (url !== toUrl(previous)) {
    const goesOn = (kind === 'type' || kind === 'slide' || kind === 'look') && kind === lastKind;
    history[goesOn ? 'replaceState' : 'pushState'](null, '', location.pathname + url);
    lastKind = kind;
  }
  tell(previous, kind);
}

/** The next change is a step of the history of its own. */
export function pause() {
  lastKind = null;
}

export const reset = () => change({ ...nothing, gallery: query.gallery }, 'clear');

export function tell(previous = query, kind = 'start') {
  for (const listener of listeners) listener(query, previous, kind);
}

addEventListener('popstate', () => {
  const previous = query;
  query = fromUrl(location.search);
  lastKind = null;
  tell(previous, 'history');
});
