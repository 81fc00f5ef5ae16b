// Keys: / words, arrows move, Enter opens, s uses as picture, Esc closes, then clears.

import { activeId, focusTile, neighbour } from './grid.js';
import * as filters from './filters.js';
import * as panel from './panel.js';
import { closeDetails } from './details.js';
import { use } from './pictures.js';
import { isEmpty } from './query.js';
import { current, reset } from './store.js';
import { focusWords } from './words.js';

const arrows = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'];
const isText = (e) => e.target.closest('input:not([type="radio"], [type="checkbox"]), [contenteditable], select, textarea');

function escape() {
  const narrow = matchMedia('(max-width: 60rem)').matches;
  if (narrow && filters.isOpen()) filters.setOpen(false);
  else if (panel.close()) return;
  else if (!isEmpty(current())) {
    reset();
    focusWords();
  } else closeDetails();
}

export function startKeyboard() {
  addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
    if (e.key === 'Escape') {
      e.preventDefault();
      escape();
      return;
    }
    if (isText(e)) {
      if (e.key === 'ArrowDown' && e.target.id === 'words' && focusTile(activeId())) e.preventDefault();
      return;
    }
    if (e.key === '/') {
      e.preventDefault();
      focusWords();
      return;
    }
    const inGrid = e.target.closest('.tile') || (panel.isOpen() && e.target.closest('.panel')) || e.target === document.body || e.target.id === 'results';
    if (!inGrid) return;
    const id = panel.isOpen() ? current().hit : activeId();
    if (e.key === 's' && id !== null) {
      e.preventDefault();
      use([{ id }]);
    } else if (arrows.includes(e.key) && (e.target.closest('.tile') || panel.isOpen())) {
      const next = neighbour(id, e.key);
      if (next === null) return;
      e.preventDefault();
      if (panel.isOpen()) panel.open(next);
      if (e.target.closest('.tile')) focusTile(next);
    }
  });
}
