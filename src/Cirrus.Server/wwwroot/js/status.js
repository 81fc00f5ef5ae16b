// The bottom line, and the job of indexing.

import { announce, byId, h, icon } from './dom.js';
import { count, methodTitle, milliseconds, plural } from './format.js';
import { known, methodOf, reload } from './gallery.js';
import { current } from './store.js';
import * as api from './api.js';

const bar = byId('status');
const line = h('div', { class: 'line' }), work = h('div', { class: 'work', role: 'status', 'aria-live': 'off' });
let following = null, onIndexed = () => {}, waitingFor = null, unread = [];

const order = ['decode', 'encode', 'compose', 'search'];

function times(answer) {
  const t = answer?.timings;
  if (!answer) return null;
  const parts = order.filter((name) => t?.[name] !== undefined);
  const sum = t?.total ?? parts.reduce((all, name) => all + t[name], 0);
  return parts.length === 0 ? `${milliseconds(answer.took ?? 0)} ms` : `${milliseconds(sum)} ms (${parts.map((name) => `${name} ${milliseconds(t[name])}`).join(', ')})`;
}

export function showStatus(q, answer) {
  const { gallery, info } = known;
  const device = info?.device, cores = device?.cores ?? info?.cores;
  const narrowed = answer?.matched !== undefined && Object.keys(q.filters).length > 0;
  line.replaceChildren(...[
    gallery && h('span', {}, plural(gallery.items ?? 0, 'picture')),
    narrowed && h('span', { class: 'matched' }, `${count(answer.matched)} pass the filters`),
    gallery?.unreadable > 0 && h('span', {}, `${count(gallery.unreadable)} unreadable`),
    gallery?.model && h('span', { class: 'model' }, gallery.model.name ?? gallery.model), gallery && h('span', {}, methodTitle(answer?.composed?.method ?? methodOf(q), known.methods)),
    waitingFor && h('span', {}, `waiting for ${waitingFor}`),
    answer && h('span', { class: 'times' }, times(answer)), answer?.partial && h('span', {}, `${plural(answer.silentShards?.length ?? 1, 'part')} did not answer`),
    device && h('span', { class: 'times' }, `${device.name ?? device}${cores ? `, ${plural(cores, 'core')}` : ''}`),
  ].filter(Boolean));
}

export function startStatus(indexed) {
  onIndexed = indexed;
  bar.append(line, work);
  idle();
}

/** Folders that the last indexing could not read: said until the next one. */
function folders() {
  return h('details', { class: 'unread' }, h('summary', {}, `up to date, but ${plural(unread.length, 'folder')} could not be read`),
    h('ul', {}, ...unread.map(({ path, kept }) => h('li', {}, `${path}/`, kept > 0 && ` (${plural(kept, 'picture')} of it stay as they are known)`))));
}

function idle() {
  work.replaceChildren(...(unread.length > 0 ? [folders()] : []), ...(known.gallery && !known.gallery.readOnly ? [h('button', { type: 'button', class: 'refresh', title: 'Look for new and changed pictures', onclick: refresh }, icon('refresh'), h('span', {}, 'Refresh'))] : []));
}

export function showIdle() {
  if (!following) idle();
  if (known.gallery?.job) follow(known.gallery.job);
}

async function refresh() {
  try {
    const job = await api.refresh(known.gallery.name);
    follow(job.id ?? job.job);
  } catch (problem) {
    work.replaceChildren(h('span', { role: 'alert' }, `${problem.message} ${problem.hint ?? ''}`));
    setTimeout(showIdle, 8000);
  }
}

const ended = (state) => state === 'done' || state === 'failed' || state === 'cancelled';

async function follow(id) {
  if (following) return;
  following = new AbortController();
  let job = {}, lost = null;
  try {
    await api.follow(id, (now) => {
      job = now;
      progress(job);
      if (ended(job.state)) following.abort();
    }, following.signal);
  } catch (problem) {
    if (problem.name !== 'AbortError') lost = problem;
  }
  following = null;
  unread = job.summary?.unreadFolders ?? [];
  await reload().catch(() => {});
  onIndexed();
  const wrong = trouble(job, lost);
  if (unread.length > 0 && !wrong) {
    idle();
    announce(work.querySelector('summary').textContent);
    return;
  }
  work.replaceChildren(h('span', { role: wrong ? 'alert' : 'status' }, wrong ?? 'up to date'));
  setTimeout(showIdle, wrong ? 8000 : 3000);
}

/** Why what was indexed is not all there was; null when it is. */
function trouble({ state, error, hint }, lost) {
  if (state === 'done') return null;
  if (state === 'failed') return `indexing failed: ${error} ${hint ?? ''}`;
  if (state === 'cancelled') return 'indexing was stopped; what it had done is kept';
  return `indexing is not seen any more${lost ? `: ${lost.message} ${lost.hint ?? ''}` : ''}`;
}

function progress({ done = 0, total = 0, filesPerSecond }) {
  const rate = filesPerSecond > 0 ? `${filesPerSecond < 10 ? filesPerSecond.toFixed(1) : Math.round(filesPerSecond)} files/s` : '';
  work.replaceChildren(h('span', {}, 'indexing'), h('progress', { max: String(Math.max(total, 1)), value: String(done), 'aria-label': 'Indexing' }),
    h('span', {}, `${count(done)} of ${count(total)}${rate ? `, ${rate}` : ''} · search covers what is done`));
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Asks until the model is there; then reads the gallery anew, whose methods are known now.
 * @param failed is told why it is not, as long as the server, which tries again, says so
 * @returns whether it had to wait
 */
export async function awaitReady(load, failed) {
  let waited = known.gallery.state === 'failed', told = '';
  for (;;) {
    const state = await api.ready().catch(() => ({ waitingFor: null, failed: null }));
    waitingFor = state.waitingFor;
    if (state.failed && state.failed.message !== told) failed(state.failed);
    told = state.failed?.message ?? '';
    if (waitingFor || waited) showStatus(current(), null);
    if (!waitingFor && !state.failed) {
      if (waited) await load(known.gallery.name);
      return waited;
    }
    waited = true;
    await pause(state.failed ? 3000 : 1000);
  }
}

export const waitsFor = () => waitingFor;
