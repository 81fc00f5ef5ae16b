// The query, and its form as a URL. A query is never changed in place.
// A picture is { id } (of the gallery) or { hash, name } (handed over), with crop { x, y, width, height } in fractions and
// mask (the hash of a painted picture) where there are any.

export const mostPictures = 3;

export const nothing = Object.freeze({
  gallery: null, pictures: [], words: '', and: [], without: [], weight: null, method: null, template: null, filters: {}, fold: true,
  scores: true, cut: true, sampling: {}, compare: null, hit: null,
});

export const isEmpty = (q) => q.pictures.length === 0 && q.words.trim() === '' && q.and.length === 0 && q.without.length === 0;

/** True when something is sought; terms to push away alone seek nothing. */
export const asks = (q) => q.pictures.length > 0 || q.words.trim() !== '' || q.and.length > 0;

export const filterNames = ['path', 'from', 'to', 'least', 'orientation', 'format'];
export const samplingNames = ['steps', 'textScale', 'imageScale', 'seed'];

const number = (n) => String(Math.round(n * 1000) / 1000);

function writePicture(p) {
  const what = p.hash ? `h:${p.hash}` : String(p.id);
  const crop = p.crop ? `@${[p.crop.x, p.crop.y, p.crop.width, p.crop.height].map(number).join(',')}` : '';
  return what + crop + (p.mask ? `!${p.mask}` : '');
}

function readPicture(text) {
  const parts = /^(?:h:([0-9a-z]{8,64})|(\d{1,18}))(?:@([\d.,]+))?(?:!([0-9a-z]{8,64}))?$/.exec(text);
  if (!parts) return null;
  const picture = parts[1] ? { hash: parts[1] } : { id: Number(parts[2]) };
  const [x, y, width, height] = (parts[3] ?? '').split(',').map(Number);
  if (parts[3] && [x, y, width, height].every((n) => n >= 0 && n <= 1) && width > 0 && height > 0) picture.crop = { x, y, width, height };
  if (parts[4]) picture.mask = parts[4];
  return picture;
}

const writeSide = (side) => (side.method ?? '') + (side.weight === null ? '' : `:${number(side.weight)}`);

function readSide(text) {
  const [method, weight] = text.split(':');
  return { method: method || null, weight: weight === undefined || !(Number(weight) >= 0 && Number(weight) <= 1) ? null : Number(weight) };
}

export function toUrl(q) {
  const p = new URLSearchParams();
  if (q.gallery) p.set('g', q.gallery);
  for (const picture of q.pictures) p.append('p', writePicture(picture));
  if (q.words.trim()) p.set('q', q.words);
  for (const term of q.and) p.append('and', term);
  for (const term of q.without) p.append('not', term.text === undefined ? `p:${writePicture(term)}` : `t:${term.text}`);
  if (q.weight !== null) p.set('w', number(q.weight));
  if (q.method) p.set('m', q.method);
  if (q.template) p.set('t', q.template);
  for (const name of filterNames) if (q.filters[name]) p.set(name, q.filters[name]);
  for (const name of samplingNames) if (q.sampling[name] !== undefined) p.set(name, q.sampling[name]);
  if (!q.fold) p.set('fold', '0');
  if (!q.scores) p.set('scores', '0');
  if (!q.cut) p.set('cut', '0');
  if (q.compare) q.compare.forEach((side) => p.append('vs', writeSide(side)));
  if (q.hit !== null) p.set('hit', q.hit);
  const text = p.toString();
  return text ? `?${text}` : '';
}

export function fromUrl(search) {
  const p = new URLSearchParams(search);
  const weight = p.get('w');
  const filters = {}, sampling = {};
  for (const name of filterNames) if (p.get(name)) filters[name] = p.get(name);
  for (const name of samplingNames) if (p.has(name) && Number.isFinite(Number(p.get(name)))) sampling[name] = Number(p.get(name));
  const sides = p.getAll('vs').slice(0, 2).map(readSide);
  return {
    ...nothing,
    gallery: p.get('g'),
    pictures: p.getAll('p').map(readPicture).filter(Boolean).slice(0, mostPictures),
    words: p.get('q') ?? '',
    and: p.getAll('and'),
    without: p.getAll('not').map((t) => (t.startsWith('p:') ? readPicture(t.slice(2)) : { text: t.replace(/^t:/, '') })).filter(Boolean),
    weight: weight !== null && Number(weight) >= 0 && Number(weight) <= 1 ? Number(weight) : null,
    method: p.get('m'),
    template: p.get('t') || null,
    filters,
    sampling,
    fold: p.get('fold') !== '0',
    scores: p.get('scores') !== '0',
    cut: p.get('cut') !== '0',
    compare: sides.length === 2 ? sides : null,
    hit: /^\d+$/.test(p.get('hit') ?? '') ? Number(p.get('hit')) : null,
  };
}
