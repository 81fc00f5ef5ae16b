// Small checks of what is on the page: contrast of text, and names and roles. Gives a list of complaints.
() => {
  const complaints = [];
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getClientRects().length > 0;
  const say = (e, what) => complaints.push(`${what}: <${e.tagName.toLowerCase()}${e.id ? ` #${e.id}` : ''} class="${e.getAttribute('class') ?? ''}"> ${e.textContent.trim().slice(0, 40)}`);

  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (c) => [0, 1, 2].map((i) => c[i] / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);

  function ground(e) {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at), colour = parse(style.backgroundColor);
      if (at.matches('.tile, .act, .number, .stack-count') && at !== e && !at.matches('.act, .number, .stack-count')) return null;   // over a picture
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), parse(getComputedStyle(document.documentElement).backgroundColor));
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(e) || !visible(e) || e.closest('.unseen, .skip, option, [disabled], :disabled, noscript')) continue;
    seen.add(e);
    const style = getComputedStyle(e), below = ground(e);
    if (!below) continue;
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const value = contrast(over(parse(style.color), below), below);
    if (value < (large ? 3 : 4.5)) say(e, `contrast ${value.toFixed(2)}`);
  }

  const nameOf = (e) => (e.getAttribute('aria-label') ?? '') || (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim()
    || [...(e.labels ?? [])].map((l) => l.textContent).join(' ').trim() || e.textContent.trim() || e.querySelector('img[alt]:not([alt=""])')?.alt || e.title;
  for (const e of document.querySelectorAll('button, a[href], input, select, textarea, [role="textbox"], [role="img"], dialog, aside, main'))
    if (!e.hidden && e.checkVisibility() && !nameOf(e)) say(e, 'has no name');
  for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) say(e, 'has no alt');
  const ids = new Set();
  for (const e of document.querySelectorAll('[id]')) {
    if (ids.has(e.id)) say(e, 'id is there twice');
    ids.add(e.id);
  }
  for (const e of document.querySelectorAll('[tabindex]')) if (e.tabIndex > 0) say(e, 'tabindex above 0');
  for (const e of document.querySelectorAll('[aria-controls], [aria-labelledby], [aria-describedby]'))
    for (const name of ['aria-controls', 'aria-labelledby', 'aria-describedby'])
      for (const id of (e.getAttribute(name) ?? '').split(' ').filter(Boolean)) if (!document.getElementById(id)) say(e, `${name} names nothing`);
  for (const e of document.querySelectorAll('ol > :not(li), ul > :not(li)')) say(e, 'is in a list and no item');
  for (const e of document.querySelectorAll('[aria-hidden="true"] :is(button, a, input, select)')) if (e.checkVisibility() && e.tabIndex >= 0) say(e, 'is hidden and can have the focus');
  for (const e of document.querySelectorAll('button, a[href], select, input:not([type="radio"], [type="checkbox"], [type="range"])')) {
    const box = e.getBoundingClientRect();
    if (e.checkVisibility({ checkOpacity: true }) && box.width > 0 && (box.width < 24 || box.height < 17)) say(e, `target of ${Math.round(box.width)} × ${Math.round(box.height)}`);
  }
  if (document.querySelectorAll('main').length !== 1) complaints.push('not one main');
  if (!document.documentElement.lang) complaints.push('no language');
  return complaints;
}
