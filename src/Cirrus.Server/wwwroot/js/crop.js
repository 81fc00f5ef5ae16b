// A rectangle over a picture, by pointer and by keyboard, in fractions of it.

import { h } from './dom.js';

const least = 0.04;
const within = (n, low, high) => Math.min(Math.max(n, low), high);

/**
 * @param onEnter with it the pointer is left to others, and Enter gives the rectangle away
 * @returns value(), clear(), active(on)
 */
export function boxOver(table, start, onEnter = null) {
  let crop = start, on = true, drag = null;
  const box = h('div', { class: 'box', tabindex: '0', role: 'group', 'aria-roledescription': 'rectangle', hidden: true }, h('b'));
  table.append(box);

  function place() {
    box.hidden = !crop || !on;
    if (!crop) return;
    Object.assign(box.style, { left: `${crop.x * 100}%`, top: `${crop.y * 100}%`, width: `${crop.width * 100}%`, height: `${crop.height * 100}%` });
    box.setAttribute('aria-label', `From ${Math.round(crop.x * 100)} % left and ${Math.round(crop.y * 100)} % top, ${Math.round(crop.width * 100)} % wide, ${Math.round(crop.height * 100)} % high`);
  }

  const at = (e) => {
    const r = table.getBoundingClientRect();
    return { x: within((e.clientX - r.left) / r.width, 0, 1), y: within((e.clientY - r.top) / r.height, 0, 1) };
  };

  table.addEventListener('pointerdown', (e) => {
    if (!on || onEnter || e.button !== 0) return;
    const p = at(e);
    const how = e.target.closest('.box b') ? 'size' : e.target.closest('.box') ? 'move' : 'draw';
    drag = { how, p, from: crop ?? { ...p, width: 0, height: 0 } };
    table.setPointerCapture(e.pointerId);
    e.preventDefault();
  });
  table.addEventListener('pointermove', (e) => {
    if (!drag) return;
    const p = at(e), { from } = drag;
    if (drag.how === 'move') crop = { ...from, x: within(from.x + p.x - drag.p.x, 0, 1 - from.width), y: within(from.y + p.y - drag.p.y, 0, 1 - from.height) };
    else {
      const corner = drag.how === 'size' ? { x: from.x, y: from.y } : drag.p;
      crop = { x: Math.min(corner.x, p.x), y: Math.min(corner.y, p.y), width: Math.abs(p.x - corner.x), height: Math.abs(p.y - corner.y) };
    }
    place();
  });
  table.addEventListener('pointerup', () => {
    if (drag && crop && (crop.width < least || crop.height < least)) crop = drag.how === 'draw' ? null : drag.from;
    drag = null;
    place();
  });
  const drop = () => {
    crop = null;
    place();
  };
  box.addEventListener('keydown', (e) => {
    if (onEnter && e.key === 'Enter') {
      e.preventDefault();
      onEnter(crop);
      table.focus();
      drop();
      return;
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key]?.map((n) => n * 0.02);
    if (!step) return;
    e.preventDefault();
    crop = e.shiftKey
      ? { ...crop, width: within(crop.width + step[0], least, 1 - crop.x), height: within(crop.height + step[1], least, 1 - crop.y) }
      : { ...crop, x: within(crop.x + step[0], 0, 1 - crop.width), y: within(crop.y + step[1], 0, 1 - crop.height) };
    place();
  });
  table.tabIndex = 0;
  table.setAttribute('role', 'group');
  table.setAttribute('aria-label', 'The picture. Press R for a rectangle in its middle');
  table.addEventListener('keydown', (e) => {
    if (!on || crop || e.key.toLowerCase() !== 'r') return;
    crop = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
    place();
    box.focus();
  });
  place();
  const round = (n) => Math.round(n * 1000) / 1000;
  return {
    value: () => crop && { x: round(crop.x), y: round(crop.y), width: round(crop.width), height: round(crop.height) },
    clear: drop,
    active: (is) => { on = is; place(); },
  };
}
