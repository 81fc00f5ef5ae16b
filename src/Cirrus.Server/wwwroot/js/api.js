// The routes of the server. Failures are Problems, with what to do.

const base = new URL('v1/', document.baseURI);
const keyName = 'cirrus-key';

export class Problem extends Error {
  constructor(message, { status = 0, hint = '', code = '', trace = '', fields = null } = {}) {
    super(message);
    Object.assign(this, { status, hint, code, trace, fields });
  }
}

export const useKey = (key) => sessionStorage.setItem(keyName, key);
const key = () => sessionStorage.getItem(keyName);
export const hasKey = () => key() !== null;
const headers = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

async function answer(url, options) {
  let response;
  try {
    response = await fetch(url, { ...options, headers: { ...headers(), ...options?.headers } });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new Problem('The server does not answer.', { hint: 'is “cirrus serve” still running? Start it again; this page goes on where it was', code: 'unreachable' });
  }
  if (response.ok) return response;
  throw problemOf(response, await response.json().catch(() => ({})));
}

function problemOf(response, said) {
  return new Problem(said.detail ?? said.title ?? `The server answered ${response.status}.`, {
    status: response.status, hint: said.hint ?? hintFor(response), code: said.code ?? '', trace: said.traceId ?? '', fields: said.errors ?? null,
  });
}

function hintFor(response) {
  if (response.status === 429) return `the server is busy; try again in ${response.headers.get('Retry-After') ?? 'a few'} seconds`;
  return { 401: 'give the key that the server was started with', 413: 'send a smaller picture', 415: 'send a JPEG, PNG, WebP or another picture' }[response.status] ?? '';
}

async function json(path, options) {
  const response = await answer(new URL(path, base), options);
  return response.status === 204 ? null : response.json();
}

const post = (path, body, signal) => json(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, signal });

export const galleries = async () => {
  const all = await json('galleries');
  return Array.isArray(all) ? all : all.galleries;
};
export const gallery = (name) => json(`galleries/${encodeURIComponent(name)}`);
export const methods = async () => {
  const all = await json('methods');
  return Array.isArray(all) ? all : all.methods;
};
export const info = () => json('info');
export const item = (name, id) => json(`galleries/${encodeURIComponent(name)}/items/${id}`);
export const refresh = (name) => post(`galleries/${encodeURIComponent(name)}/refresh`, {});

/** What searches wait for, and why they cannot work now; null and null when they work at once. */
export async function ready() {
  const response = await fetch(new URL('../healthz/ready', base), { headers: headers() });
  const said = await response.json().catch(() => ({}));
  return { waitingFor: said.waitingFor ?? null, failed: response.ok ? null : problemOf(response, said) };
}

/** Composes and searches. Pictures to send along are parts of the form: name → blob. */
export function search(request, parts = new Map(), signal = undefined) {
  if (parts.size === 0) return post('search', request, signal);
  const form = new FormData();
  form.append('query', JSON.stringify(request));
  for (const [name, blob] of parts) form.append(name, blob, name);
  return json('search', { method: 'POST', body: form, signal });
}

/** The next page of a query, or the same under another filter; nothing is encoded. */
export function again(queryId, { cursor, filter, cut } = {}, signal = undefined) {
  const url = new URL(`search/${encodeURIComponent(queryId)}`, base);
  if (cursor) url.searchParams.set('cursor', cursor);
  if (filter) url.searchParams.set('filter', JSON.stringify(filter));
  if (cut) url.searchParams.set('cut', cut);
  return json(url, { signal });
}

const pictureUrl = (name, id, what) => new URL(`galleries/${encodeURIComponent(name)}/items/${id}/${what}`, base).href;
export const thumbnailUrl = (name, id, width) => pictureUrl(name, id, `thumbnail?w=${width}`);
export const imageUrl = (name, id) => pictureUrl(name, id, 'image');

/** Shows a picture of the server; with a key, which an img cannot send, through a fetch. */
export async function show(img, url) {
  img.addEventListener('error', () => img.classList.add('broken'), { once: true });
  if (!key()) {
    img.src = url;
    return;
  }
  try {
    img.src = URL.createObjectURL(await (await answer(url)).blob());
    img.addEventListener('load', () => URL.revokeObjectURL(img.src), { once: true });
  } catch {
    img.classList.add('broken');
  }
}

/** Opens a picture's file in a tab of its own; with a key, which an address must not carry, its bytes. */
export async function openFile(name, id) {
  const url = imageUrl(name, id);
  if (!key()) {
    open(url, '_blank', 'noopener');
    return;
  }
  const tab = open('', '_blank');   // now, while the click allows it
  try {
    const bytes = URL.createObjectURL(await (await answer(url)).blob());
    tab.location = bytes;
    setTimeout(() => URL.revokeObjectURL(bytes), 60_000);
  } catch (problem) {
    tab?.close();
    throw problem;
  }
}

/** Follows a job's events until it ends or the signal aborts. */
export async function follow(job, onProgress, signal) {
  const response = await answer(new URL(`jobs/${encodeURIComponent(job)}/events`, base), { headers: { Accept: 'text/event-stream' }, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value.replaceAll('\r', '');
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((l) => l.startsWith('data:')).map((l) => l.slice(5).trim()).join('\n');
      if (data) onProgress(JSON.parse(data));
    }
  }
}
