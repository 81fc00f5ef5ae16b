// Why a hit is here: how well each part of the query fits it, beside the best hit.

import { h } from './dom.js';
import { score } from './format.js';

const kinds = { picture: ['the picture', 'picture'], words: ['the words', 'words-row'], without: ['pushed away', 'minus'], and: ['added terms', 'plus'] };

/** terms → rows; a term may be a number, a list of numbers, or named numbers. */
function rowsOf(terms) {
  const rows = [];
  for (const [name, value] of Object.entries(terms ?? {})) {
    if (value === null || value === undefined) continue;
    const [title, kind] = kinds[name] ?? [name, name.startsWith('+') ? 'plus' : 'words-row'];
    if (typeof value === 'number') rows.push({ name, title, kind, value });
    else if (Array.isArray(value)) value.forEach((v, i) => rows.push({ name: `${name} ${i}`, title: v?.text ?? `${title}${value.length > 1 ? ` ${i + 1}` : ''}`, kind, value: typeof v === 'number' ? v : v.score }));
    else for (const [inner, v] of Object.entries(value)) rows.push({ name: `${name} ${inner}`, title: inner, kind, value: v });
  }
  return rows.filter((r) => Number.isFinite(r.value));
}

export function whyOf(hit, best) {
  const rows = rowsOf(hit.terms), bests = new Map(rowsOf(best?.terms).map((r) => [r.name, r.value]));
  if (rows.length === 0) return null;
  const longest = Math.max(0.05, ...rows.map((r) => Math.abs(r.value)), ...[...bests.values()].map(Math.abs));
  const wide = (v) => `${Math.round(100 * Math.max(v, 0) / longest)}%`;
  return h('section', { class: 'why', 'aria-label': 'Why it is here' }, h('h3', {}, 'Why it is here'),
    ...rows.map((r) => h('div', { class: `row ${r.kind}` },
      h('span', { class: 'name', title: r.title }, r.title),
      h('span', { class: 'track', 'aria-hidden': 'true' }, h('i', { style: { width: wide(r.value) } }), bests.has(r.name) && hit.id !== best.id && h('u', { style: { left: wide(bests.get(r.name)) } })),
      h('span', { class: 'value' }, score(r.value), bests.has(r.name) && hit.id !== best.id && h('span', { class: 'unseen' }, `, the best hit ${score(bests.get(r.name))}`)))),
    h('p', { class: 'tip' }, hit.id === best?.id ? `This is the best hit, with a score of ${score(hit.score)}.` : `Number ${hit.rank}, score ${score(hit.score)}. The upright strokes are the best hit’s (${score(best.score)}).`));
}
