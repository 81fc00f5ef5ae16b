// The one query of the page. Whoever changes it calls change(); whoever shows it listens. The URL follows, and leads on back and forward.

import { settled } from './dom.js';
import { fromUrl, nothing, toUrl } from './query.js';

let query = fromUrl(location.search);
let lastKind = null;
const listeners = [];

// Browsers refuse an address that changes with every step of a slider: while something goes on, the address follows its pauses.
const follow = settled(() => history.replaceState(null, '', location.pathname + toUrl(query)), 150);

function settle() {
  if (follow.cancel()) history.replaceState(null, '', location.pathname + toUrl(query));
}

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
    if ((kind === 'type' || kind === 'slide' || kind === 'look') && kind === lastKind) follow();
    else {
      if (follow.cancel()) history.replaceState(null, '', location.pathname + toUrl(previous));
      history.pushState(null, '', location.pathname + url);
    }
    lastKind = kind;
  }
  tell(previous, kind);
}

/** The next change is a step of the history of its own. */
export function pause() {
  settle();
  lastKind = null;
}

export const reset = () => change({ ...nothing, gallery: query.gallery }, 'clear');

export function tell(previous = query, kind = 'start') {
  for (const listener of listeners) listener(query, previous, kind);
}

addEventListener('pagehide', settle);
addEventListener('popstate', () => {
  follow.cancel();
  const previous = query;
  query = fromUrl(location.search);
  lastKind = null;
  tell(previous, 'history');
});
