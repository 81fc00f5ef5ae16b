// From the page's query to the request of POST /v1/search, with the pictures that must go along.

import { tree } from './filter.js';
import { Problem } from './api.js';
import { known, methodInfo, methodOf } from './gallery.js';
import { blobOf } from './uploads.js';

const pageSize = 60;

/** Hashes of pictures that the server has seen; it is sent the bytes of others. */
const seen = new Set();

const isHash = (text) => /^[0-9a-f]{64}$/.test(text);

async function pictureOf(p, parts) {
  const picture = p.hash ? await handedOver(p.hash, parts) : { id: p.id };
  if (p.crop) picture.crop = p.crop;
  if (p.mask) picture.mask = { data: await base64(p.mask) };
  return picture;
}

async function bytesOf(hash) {
  const blob = await blobOf(hash);
  if (!blob) throw new Problem('That picture is no longer here.', { code: 'gone', hint: 'pictures that are handed over stay a day in the browser they were dropped in; drop it again' });
  return blob;
}

async function base64(hash) {
  const reader = new FileReader();
  const read = new Promise((resolve) => { reader.onload = resolve; });
  reader.readAsDataURL(await bytesOf(hash));
  await read;
  return reader.result.slice(reader.result.indexOf(',') + 1);
}

async function handedOver(hash, parts) {
  if (seen.has(hash)) return { hash };
  const blob = await bytesOf(hash);
  const part = `picture${parts.size + 1}`;
  for (const [name, other] of parts) if (other === blob) return { upload: name };
  parts.set(part, blob);
  return { upload: part };
}

/**
 * @param q the query
 * @param options top: how many; side: a method and a weight in place of the query's own; terms: ask for the parts' scores
 * @returns request, parts (name → blob), and sent(), to be called when the server has taken it
 */
export async function requestOf(q, { top = pageSize, side = null, filters = q.filters, include = ['score', 'terms', 'size', 'path', 'timings'] } = {}) {
  const parts = new Map();
  const request = { gallery: known.gallery.name, top, include, cut: 'none', foldDuplicates: q.fold };
  if (q.pictures.length > 0) request.images = await Promise.all(q.pictures.map((p) => pictureOf(p, parts)));
  if (q.words.trim()) request.text = q.words.trim();
  if (q.and.length > 0) request.and = q.and;
  if (q.without.length > 0) request.without = await Promise.all(q.without.map((t) => (t.text === undefined ? pictureOf(t, parts) : { text: t.text })));
  const method = side?.method ?? q.method, weight = side ? side.weight : q.weight;
  if (method) request.method = method;
  if (weight !== null) request.imageWeight = weight;
  if (q.template && methodInfo(method ?? methodOf(q)).template) request.template = q.template;
  if (Object.keys(q.sampling).length > 0 && method === 'compodiff') request.sampling = q.sampling;
  const filter = tree(filters);
  if (filter) request.filter = filter;
  const hashes = [...q.pictures.map((p) => p.hash), ...q.without.map((t) => t.hash)].filter((x) => x && isHash(x));
  return { request, parts, sent: () => hashes.forEach((x) => seen.add(x)) };
}

/** The server no longer has a picture: the next request sends it again. */
export const forget = () => seen.clear();
