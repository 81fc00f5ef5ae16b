// What each word does for a hit: it is left out, the rest encoded and sought anew.

import { h } from './dom.js';
import { score } from './format.js';
import { again } from './api.js';
import { only } from './filter.js';
import { send } from './search.js';
import { asks } from './query.js';

const mostWords = 12, deepest = 200;

async function leaveOut(q, hit, words, i) {
  const less = { ...q, words: words.filter((_, j) => j !== i).join(' '), fold: false };
  if (!asks(less)) return null;
  const answer = await send(less, { top: deepest, include: ['score'] });
  const found = answer.hits.find((x) => x.id === hit.id) ?? (await again(answer.queryId, { filter: only(hit.id) })).hits[0];
  const rank = answer.hits.find((x) => x.id === hit.id)?.rank ?? null;
  return { score: found?.score ?? 0, rank };
}

/** A section that measures when it is opened. */
export function weightsOf(q, hit, isOpen) {
  const words = q.words.trim().split(/\s+/).filter(Boolean);
  if (words.filter((w) => w !== '$').length === 0) return null;
  const rows = h('div', { class: 'why' });
  const section = h('details', { class: 'weights' }, h('summary', {}, h('h3', {}, 'What each word does')), rows);
  let measured = false;
  section.addEventListener('toggle', async () => {
    if (!section.open || measured) return;
    measured = true;
    rows.replaceChildren(h('p', { class: 'tip', role: 'status' }, 'Leaving out each word in turn …'));
    try {
      await measure(q, hit, words, rows);
      if (!isOpen) section.scrollIntoView({ block: 'nearest' });
    } catch (problem) {
      measured = false;
      rows.replaceChildren(h('p', { class: 'tip', role: 'alert' }, `${problem.message} ${problem.hint ?? ''}`));
    }
  });
  section.open = isOpen;
  return section;
}

async function measure(q, hit, words, rows) {
  const results = [];
  for (let i = 0; i < Math.min(words.length, mostWords); i++)
    if (words[i] !== '$') results.push({ word: words[i], less: await leaveOut(q, hit, words, i) });
  const changes = results.map((r) => (r.less ? hit.score - r.less.score : hit.score));
  const longest = Math.max(0.01, ...changes.map(Math.abs));
  rows.replaceChildren(...results.map((r, i) => h('div', { class: 'row' },
    h('span', { class: 'name' }, r.word),
    h('span', { class: 'track', 'aria-hidden': 'true' }, h('i', { class: changes[i] < 0 ? 'against' : '', style: { width: `${Math.round(100 * Math.abs(changes[i]) / longest)}%` } })),
    h('span', { class: 'value' }, r.less ? `${changes[i] >= 0 ? '+' : '−'}${score(Math.abs(changes[i]))} · ${r.less.rank ? `${hit.rank} ← ${r.less.rank}` : `${hit.rank} ← past ${deepest}`}` : 'all of it'))),
  h('p', { class: 'tip' }, 'What the word adds to the score, and the rank with it ← without it. Striped: the word speaks against this picture.',
    words.length > mostWords ? ` The first ${mostWords} words.` : ''));
}
