// The sentence that a method writes around picture and words: one of its own, or the user's.

import { h } from './dom.js';
import { methodInfo, methodOf } from './gallery.js';
import { change } from './store.js';

const named = [['', 'The paper’s', 'The prompt that the method was published with.'], ['short', 'Short', 'The shortest that reads as a sentence.'],
  ['ensemble', 'Many', '63 prompts, and the mean of what they find: slower, and steadier.']];
const needs = 'Your own prompt needs a $ that stands alone, for the picture, and {caption}, for the words.';
let draft = null;   // of a prompt of the user's own that is being written
const isPrompt = (text) => /(^|\s)\$(?=[\s,.;:!?]|$)/.test(text) && text.includes('{caption}');

/** Null for methods that write no sentence. */
export function templateField(q) {
  const own = methodInfo(methodOf(q)).template;
  if (!own) return null;
  const value = q.template ?? '', isOwn = draft !== null || !named.some(([name]) => name === value);
  const tip = h('p', { class: 'tip', id: 'template-tip' }, isOwn ? needs : named.find(([name]) => name === value)[2], q.words.includes('$') ? ' Words with a $ of their own are the prompt as they stand.' : '');
  const text = h('input', { type: 'text', class: 'prompt', name: 'prompt', 'aria-label': 'Your own prompt', 'aria-describedby': 'template-tip', value: draft ?? (isOwn ? value : own), maxlength: '300', spellcheck: 'false', hidden: !isOwn });
  text.addEventListener('input', () => { draft = text.value; });
  text.addEventListener('change', () => {
    const right = isPrompt(text.value);
    text.setAttribute('aria-invalid', String(!right));
    tip.textContent = needs;
    if (!right) return;
    draft = null;
    change({ template: text.value.trim() }, 'knob');
  });
  const choose = (name) => {
    draft = name === 'own' ? text.value : null;
    if (name !== 'own') {
      change({ template: name || null }, 'knob');
      return;
    }
    text.hidden = false;
    tip.textContent = needs;
    text.focus();
    text.select();
  };
  const choice = (name, title, checked) => h('label', {}, h('input', { type: 'radio', name: 'template', value: name, checked, onchange: () => choose(name) }), h('span', {}, title));
  return h('div', { class: 'template' }, h('span', { class: 'label', id: 'template-label' }, 'Prompt'),
    h('div', { class: 'segments', role: 'radiogroup', 'aria-labelledby': 'template-label' },
      ...named.map(([name, title]) => choice(name, title, !isOwn && name === value)), choice('own', 'Your own', isOwn)), text, tip);
}
