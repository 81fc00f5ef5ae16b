// Makes elements. h('button', { class: 'x', onclick: f }, 'words', child)

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(element.style, value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const icons = new URL('../icons.svg', import.meta.url);

export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `${icons.pathname}#${name}` }));
}

export const byId = (id) => document.getElementById(id);

/** Says something to a screen reader. */
export function announce(text) {
  byId('announce').textContent = text;
}

/** Calls f once, after the last of several calls; cancel() says whether one was due. */
export function settled(f, milliseconds) {
  let timer = null;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; f(...args); }, milliseconds);
  };
  later.cancel = () => {
    const due = timer !== null;
    clearTimeout(timer);
    timer = null;
    return due;
  };
  return later;
}
