// Filters, made from what the gallery has, with counts. A drawer on a narrow screen.

import { byId, h, icon } from './dom.js';
import { count } from './format.js';
import * as tree from './filter.js';
import { known } from './gallery.js';
import { change, current } from './store.js';

const panel = byId('filters'), toggle = byId('filters-toggle');
const widths = [['320', 'at least 320 wide'], ['1000', 'at least 1,000'], ['2000', 'at least 2,000'], ['4000', 'at least 4,000']];

export const isOpen = () => !panel.hidden;

export function setOpen(on) {
  toggle.setAttribute('aria-expanded', String(on));
  panel.hidden = !on;
  if (on) showFilters(current());
  else if (panel.contains(document.activeElement)) toggle.focus();
}

export function startFilters() {
  toggle.addEventListener('click', () => {
    setOpen(!isOpen());
    if (isOpen()) panel.querySelector('input, button')?.focus({ preventScroll: true });
  });
}

export function drop(name) {
  change({ filters: tree.without(current().filters, name) }, 'filter');
}

const set = (name, value) => change({ filters: value ? { ...current().filters, [name]: value } : tree.without(current().filters, name) }, 'filter');

function choices(name, title, values) {
  const chosen = current().filters[name] ?? '';
  if (!chosen && values.every((v) => v.count === known.gallery.items)) return null;   // nothing to choose
  return h('fieldset', {}, h('legend', { class: 'label' }, title),
    ...[{ value: '', name: name === 'path' ? 'all folders' : 'any' }, ...values].map((v) => h('label', { class: 'choice', 'data-depth': v.depth ?? 0 },
      h('input', { type: 'radio', name: `filter-${name}`, value: v.value, checked: v.value === chosen, onchange: () => set(name, v.value) }),
      h('span', { class: 'name', title: v.value }, v.name ?? v.value), v.count !== undefined && h('span', { class: 'count' }, count(v.count)))));
}

function folders(facet) {
  return facet.filter((f) => f.value).sort((a, b) => a.value.localeCompare(b.value, undefined, { numeric: true })).slice(0, 200).map((f) => {
    const parts = f.value.split('/');
    return { value: f.value, name: parts.at(-1), depth: Math.min(parts.length - 1, 3), count: f.count };
  });
}

/** False for a year of which the first digits are typed. */
const isDay = (text) => text === '' || text >= '1000';

function dates(facet) {
  if (!facet?.length) return null;
  const { from = '', to = '' } = current().filters;
  const months = facet.map((f) => f.value).sort();
  const field = (name, title, value) => h('label', {}, title, h('input', { type: 'date', value, onblur: () => setTimeout(() => showFilters(current())), min: `${months[0].slice(0, 7)}${months[0].length > 4 ? '-01' : '-01-01'}`, onchange: (e) => isDay(e.target.value) && set(name, e.target.value) }));
  const years = new Map();
  for (const f of facet) years.set(f.value.slice(0, 4), (years.get(f.value.slice(0, 4)) ?? 0) + f.count);
  return h('fieldset', {}, h('legend', { class: 'label' }, 'Date'),
    ...(years.size > 1 ? [h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'filter-year', checked: !from && !to, onchange: () => change({ filters: tree.without(tree.without(current().filters, 'from'), 'to') }, 'filter') }), h('span', { class: 'name' }, 'any time'))] : []),
    ...(years.size > 1 ? [...years].sort().reverse().slice(0, 12).map(([year, n]) => h('label', { class: 'choice' },
      h('input', { type: 'radio', name: 'filter-year', checked: from === `${year}-01-01` && to === `${year}-12-31`, onchange: () => change({ filters: { ...current().filters, from: `${year}-01-01`, to: `${year}-12-31` } }, 'filter') }),
      h('span', { class: 'name' }, year), h('span', { class: 'count' }, count(n)))) : []),
    h('div', { class: 'pair' }, field('from', 'from', from), field('to', 'until', to)));
}

export function showFilters(q) {
  const on = Object.keys(q.filters).length;
  toggle.querySelector('.count')?.remove();
  if (on > 0) toggle.append(h('span', { class: 'count', 'aria-label': `${on} set` }, on));
  if (!isOpen() || (document.activeElement.type === 'date' && panel.contains(document.activeElement))) return;   // not under the fingers of who types a date
  const facets = known.gallery?.facets ?? {};
  const controls = () => [...panel.querySelectorAll('input, button')], focused = document.activeElement?.name, at = controls().indexOf(document.activeElement);
  panel.replaceChildren(...[
    h('div', { class: 'head' }, h('h2', {}, 'Filters'), on > 0
      ? h('button', { type: 'button', class: 'link', onclick: () => change({ filters: {} }, 'filter') }, 'drop all')
      : h('button', { type: 'button', class: 'link', onclick: () => setOpen(false) }, 'close')),
    choices('path', 'Folder', folders(facets.path ?? [])),
    dates(facets.date),
    choices('orientation', 'Shape', facets.orientation ?? []),
    choices('least', 'Width', widths.filter(([w]) => Number(w) <= (facets.width?.max ?? 0) && Number(w) > (facets.width?.min ?? 0)).map(([value, name]) => ({ value, name }))),
    choices('format', 'Format', (facets.format ?? []).map((f) => ({ ...f, name: f.value.toUpperCase() }))),
  ].filter(Boolean));
  if (at >= 0) (focused?.startsWith('filter-') ? panel.querySelector(`input[name="${focused}"]:checked`) : controls()[at])?.focus({ preventScroll: true });
}

/** Buttons that take a filter away. */
export function activeFilters(q) {
  const names = Object.entries(q.filters);
  return names.length === 0 ? null : h('div', { class: 'active', role: 'group', 'aria-label': 'Filters that are set' }, ...names.map(([name, value]) => h('button', {
    type: 'button', onclick: () => drop(name), 'aria-label': `Drop the filter: ${tree.words(name, value)}` }, tree.words(name, value), icon('cross'))));
}
