// Painting on a picture what is to change: white in a black picture of its size, kept by its hash.

import { h } from './dom.js';
import { blobOf, keep } from './uploads.js';

const side = 256, tint = 'rgb(214 48 78)';

/** @returns value() → hash or null, clear(), active(on), brush(half its width, of 256), fill(a rectangle in fractions) */
export async function paintOver(table, img, start) {
  const canvas = h('canvas', { width: side, height: side, 'aria-hidden': 'true', hidden: true });
  canvas.style.opacity = '0.6';
  table.append(canvas);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  let brush = 18, on = false, last = null, painted = false;
  if (start) {
    const blob = await blobOf(start);
    if (blob) await restore(blob);
  }

  async function restore(blob) {
    pen.drawImage(await createImageBitmap(blob), 0, 0, side, side);
    const pixels = pen.getImageData(0, 0, side, side);
    for (let i = 0; i < pixels.data.length; i += 4) pixels.data.set(pixels.data[i] > 127 ? [214, 48, 78, 255] : [0, 0, 0, 0], i);
    pen.putImageData(pixels, 0, 0);
    painted = true;
  }

  const at = (e) => {
    const r = canvas.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width * side, (e.clientY - r.top) / r.height * side];
  };

  function stroke(to) {
    pen.globalCompositeOperation = 'source-over';
    pen.strokeStyle = tint;
    pen.lineWidth = 2 * brush;
    pen.lineCap = 'round';
    pen.beginPath();
    pen.moveTo(...(last ?? to));
    pen.lineTo(to[0] + 0.01, to[1]);
    pen.stroke();
    last = to;
    painted = true;
  }

  function fill({ x, y, width, height }) {
    pen.fillStyle = tint;
    pen.fillRect(x * side, y * side, width * side, height * side);
    painted = true;
  }

  table.addEventListener('pointerdown', (e) => {
    if (!on || e.button !== 0) return;
    table.setPointerCapture(e.pointerId);
    last = null;
    stroke(at(e));
    e.preventDefault();
  });
  table.addEventListener('pointermove', (e) => on && e.buttons === 1 && stroke(at(e)));

  /** The mask as a picture of the query picture's size. */
  async function value() {
    if (!painted) return null;
    const out = h('canvas', { width: img.naturalWidth || side, height: img.naturalHeight || side });
    const ink = out.getContext('2d');
    ink.drawImage(canvas, 0, 0, out.width, out.height);
    ink.globalCompositeOperation = 'source-in';
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, out.width, out.height);
    ink.globalCompositeOperation = 'destination-over';
    ink.fillStyle = '#000';
    ink.fillRect(0, 0, out.width, out.height);
    const blob = await new Promise((resolve) => out.toBlob(resolve, 'image/png'));
    return (await keep(blob, 'mask')).hash;
  }

  return {
    value,
    fill,
    brush: (width) => { brush = width; },
    clear: () => { pen.clearRect(0, 0, side, side); painted = false; },
    active: (is) => { on = is; canvas.hidden = !is; },
  };
}
