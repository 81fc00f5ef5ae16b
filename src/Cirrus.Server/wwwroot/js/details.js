// Details: the method, the caption that is really encoded, and the knobs, each with its tip.

import { byId, h } from './dom.js';
import { methodTitle } from './format.js';
import { hasBalance, known, lookOf, methodInfo, methodOf, methodsHere } from './gallery.js';
import { change, current } from './store.js';
import { show } from './api.js';
import { templateField } from './template.js';

const section = byId('details'), toggle = byId('details-toggle');
const knobTitles = { steps: 'Steps', textScale: 'Pull of the words', imageScale: 'Pull of the picture', seed: 'Seed' };
const knobTips = {
  steps: 'Of the diffusion; more are slower, and little better beyond 10.', textScale: 'How strongly the words pull; 1 is plain. Else as the weights say.',
  imageScale: 'How strongly the picture pulls; 1 is plain. Else as the weights say.', seed: 'The same seed gives the same result.',
};
let answer = null, drawn = '';

const isOpen = () => toggle.getAttribute('aria-expanded') === 'true';

export function startDetails() {
  toggle.addEventListener('click', () => {
    toggle.setAttribute('aria-expanded', String(!isOpen()));
    section.hidden = !isOpen();
    showDetails(current());
  });
}

export function closeDetails() {
  toggle.setAttribute('aria-expanded', 'false');
  section.hidden = true;
}

/** What the balance is for a method; null where it is nothing. */
const meaning = (name) => (hasBalance(name) ? methodInfo(name).imageWeight?.meaning : null);

function methodField(q) {
  const chosen = methodOf(q);
  const about = h('p', { class: 'about-method' });
  const balance = h('p', { class: 'tip' });
  const tell = (name) => () => {
    about.textContent = `${methodInfo(name).summary}.`;
    balance.textContent = meaning(name) ? `The balance: ${meaning(name)}.` : '';
  };
  tell(chosen)();
  const all = methodsHere(), here = all.filter((m) => m.works), absent = all.length - here.length;
  return h('div', { class: 'field' },
    h('span', { class: 'label', id: 'method-label' }, 'Method'),
    h('div', { class: 'segments', role: 'radiogroup', 'aria-labelledby': 'method-label' },
      ...here.map((m) => h('label', { title: m.summary, onmouseenter: tell(m.name), onmouseleave: tell(chosen) },
        h('input', { type: 'radio', name: 'method', value: m.name, checked: m.name === chosen, onchange: () => choose(m.name) }), h('span', {}, methodTitle(m.name, known.methods))))),
    about, balance,
    absent > 0 && h('p', { class: 'tip' }, `${absent} more would work with trained weights: cirrus train, or cirrus models pull.`));
}

function choose(method) {
  change({ method: method === known.gallery?.defaultMethod ? null : method, weight: null }, 'method');
  section.querySelector(`input[value="${method}"]`)?.focus();
}

/** The caption with the picture in its place. */
export function captionOf(prompt, picture) {
  const line = h('p', { class: 'caption' });
  prompt.split('$').forEach((part, i) => {
    if (i > 0) {
      const here = h('span', { class: 'here', role: 'img', 'aria-label': 'the picture' });
      if (picture) {
        const img = h('img', { alt: '' });
        here.append(img);
        lookOf(picture).then((url) => url && show(img, url));
      }
      line.append(here);
    }
    line.append(part);
  });
  return line;
}

function captionOfQuery(q) {
  const prompt = answer?.composed?.prompt;
  return [h('span', { class: 'label' }, 'What the model reads'),
    prompt ? captionOf(prompt, q.pictures[0]) : h('p', { class: 'tip' }, q.words ? 'The caption shows after the first search.' : 'There are no words yet.'),
    prompt && answer.composed.tokens ? h('p', { class: 'tip' }, `${Array.isArray(answer.composed.tokens) ? answer.composed.tokens.length : answer.composed.tokens} tokens`) : null].filter(Boolean);
}

function switchFor(q, name, title, tip) {
  return h('label', { class: 'knob' }, h('span', {}, title),
    h('input', { type: 'checkbox', class: 'switch', role: 'switch', checked: q[name], onchange: (e) => change({ [name]: e.target.checked }, 'knob') }), h('span', { class: 'tip' }, tip));
}

function sampling(q) {
  const knobs = methodInfo(methodOf(q)).knobs?.filter((k) => knobTitles[k.name]) ?? [];
  return knobs.length === 0 ? null : h('div', { class: 'field diffusion' }, h('span', { class: 'label' }, 'Diffusion'), ...knobs.map((k) => {
    const set = (e) => {
      const value = Number(e.target.value);
      if (e.target.value !== '' && Number.isFinite(value)) change({ sampling: { ...current().sampling, [k.name]: value } }, 'knob');
    };
    return h('label', { class: 'knob' }, h('span', {}, knobTitles[k.name]),
      h('input', { type: 'number', value: String(q.sampling[k.name] ?? k.default ?? ''), placeholder: 'own', min: String(k.min ?? 0), max: String(k.max ?? ''), step: k.name.endsWith('Scale') ? '0.5' : '1', onchange: set }),
      h('span', { class: 'tip' }, knobTips[k.name]));
  }));
}

export function showDetails(q, newAnswer = answer) {
  answer = newAnswer;
  if (!isOpen()) return;
  const state = JSON.stringify([known.gallery?.name, known.gallery?.methods, methodOf(q), q.template, q.sampling, q.cut, q.fold, q.scores, q.pictures[0], q.words === '', q.words.includes('$'), answer?.composed?.prompt, answer?.composed?.tokens]);
  if (state === drawn) return;
  drawn = state;
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && [focused.name, focused.value, [...section.querySelectorAll('input')].indexOf(focused)];
  section.replaceChildren(
    methodField(q),
    h('div', { class: 'field' }, templateField(q), ...captionOfQuery(q)),
    h('div', { class: 'field' }, h('span', { class: 'label' }, 'The pictures'),
      switchFor(q, 'cut', 'Line of chance', 'Below it, matches are weak or no better than chance. They stay, dimmed.'),
      switchFor(q, 'fold', 'Fold duplicates', 'Near-equal pictures are one stack with a count.'),
      switchFor(q, 'scores', 'Score bars', 'How well each picture fits, beside the best; the number shows on hover.')),
    sampling(q) ?? '');
  if (again) ((again[0] ? section.querySelector(`input[name="${again[0]}"]:checked`) : null) ?? section.querySelectorAll('input')[again[2]])?.focus();
}
