// What the server has: the gallery, the methods, the machine. Loaded once, and again after indexing.

import * as api from './api.js';
import { urlOf } from './uploads.js';

export const known = { galleries: [], gallery: null, methods: [], info: null };

export async function load(name) {
  const [galleries, methods, info] = await Promise.all([api.galleries(), api.methods(), api.info().catch(() => null)]);
  Object.assign(known, { galleries, methods, info });
  const named = name ?? galleries[0]?.name;
  known.gallery = galleries.some((g) => g.name === named) ? await api.gallery(named) : null;
  return known.gallery;
}

export async function reload() {
  if (known.gallery) known.gallery = await api.gallery(known.gallery.name);
}

/** Methods with a name and a line, those first that work here; `works` says whether the weights are here. */
export function methodsHere() {
  const here = new Set(known.gallery?.methods ?? known.methods.map((m) => m.name));
  return known.methods.map((m) => ({ ...m, works: here.has(m.name) || m.needsWeights === false }));
}

export const methodOf = (q) => q.method ?? known.gallery?.defaultMethod ?? 'slerp';

export const methodInfo = (name) => known.methods.find((m) => m.name === name) ?? { name, summary: '', knobs: [] };

/** Whether the balance of picture and words is something for a method. */
export const hasBalance = (name) => name !== 'text' && name !== 'image';

/** The picture's share by a method when the user has set none. */
export function ownWeight(name, q) {
  const knob = methodInfo(name).imageWeight;
  return (q.pictures.some((p) => p.mask) ? knob?.defaultWithMask : null) ?? knob?.default ?? 0.5;
}

/** The address of a small view of a query's picture; null while the gallery is not known. */
export const lookOf = async (p, width = 160) => (p.hash ? urlOf(p.hash) : known.gallery && api.thumbnailUrl(known.gallery.name, p.id, width));
