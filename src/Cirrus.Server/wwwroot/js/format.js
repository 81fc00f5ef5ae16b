// Numbers and names as people read them.

const whole = new Intl.NumberFormat('en');

export const count = (n) => whole.format(n);

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export const milliseconds = (n) => (n >= 10 ? Math.round(n) : Math.round(n * 10) / 10).toString();

export const score = (n) => n.toFixed(3);

export const percent = (n) => `${Math.round(n * 100)} %`;

export function bytes(n) {
  if (n < 1000) return `${n} bytes`;
  const unit = n < 1e6 ? ['kB', 1e3] : n < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  const value = n / unit[1];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit[0]}`;
}

export function date(text) {
  const day = new Date(text);
  return Number.isNaN(day.getTime()) ? text : day.toLocaleDateString(undefined, { year: 'numeric', month: 'long', day: 'numeric' });
}

/** The file's name without folders. */
export const fileName = (path) => path.slice(path.lastIndexOf('/') + 1);

/** A name that reads as words: for labels and alternative texts. */
export const spoken = (path) => fileName(path).replace(/\.[a-z0-9]+$/i, '').replace(/[-_]+/g, ' ').trim();

const titles = { lincir: 'LinCIR', 'lincir-oti': 'LinCIR, refined', searle: 'SEARLE', 'searle-oti': 'SEARLE-OTI', pic2word: 'Pic2Word', combiner: 'Combiner', clip4cir: 'CLIP4CIR', tirg: 'TIRG',
  artemis: 'ARTEMIS', cirplant: 'CIRPLANT', maaf: 'MAAF', compodiff: 'CompoDiff', slerp: 'Slerp', sum: 'Sum', 'slerp-raw': 'Slerp, raw', 'sum-raw': 'Sum, raw', text: 'Words', image: 'Picture' };

export const methodTitle = (name, methods = []) => methods.find((m) => m.name === name)?.title ?? titles[name] ?? name;
