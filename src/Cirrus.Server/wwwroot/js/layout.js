// Justified rows: pictures keep their aspect, rows fill the width, the last row of a part may stay short.

const gap = 10, lineHeight = 40;

/**
 * @param ratios width / height of each picture
 * @param width of the grid
 * @param options row: wanted height of a row; breakAt: a line is drawn before this picture (or -1)
 * @returns boxes [{ x, y, width, height, row }], line (its y, or null), height
 */
export function justify(ratios, width, { row = 220, breakAt = -1 } = {}) {
  const boxes = [];
  let y = 0, rowNumber = 0, line = null, last = row;   // last: the height of the row before, which a short one takes

  function place(from, to, full) {
    const sum = ratios.slice(from, to).reduce((a, b) => a + b, 0);
    const inner = width - gap * (to - from - 1);
    const height = full ? inner / sum : Math.min(last, inner / sum);
    if (full) last = height;
    let x = 0;
    for (let i = from; i < to; i++) {
      const wide = ratios[i] * height;
      boxes.push({ x, y, width: wide, height, row: rowNumber });
      x += wide + gap;
    }
    y += height + gap;
    rowNumber++;
  }

  function part(from, to) {
    let start = from, sum = 0;
    for (let i = from; i < to; i++) {
      sum += ratios[i];
      const inner = width - gap * (i - start);
      if (inner / sum > row) continue;
      // close the row before or after this picture, whichever is nearer to the wanted height
      const after = inner / sum, before = i > start ? (inner + gap) / (sum - ratios[i]) : Infinity;
      const end = Math.abs(before - row) < Math.abs(after - row) ? i : i + 1;
      place(start, end, true);
      start = end;
      sum = end === i ? ratios[i] : 0;
    }
    if (start < to) place(start, to, false);
  }

  if (breakAt >= 0 && breakAt < ratios.length) {
    part(0, breakAt);
    line = y;
    y += lineHeight + gap;
    part(breakAt, ratios.length);
  } else part(0, ratios.length);
  return { boxes, line, height: Math.max(0, y - gap) };
}

export const rowHeight = (width) => (width < 420 ? 1e9 : width < 800 ? 170 : 212);

/** Aspect of a hit; very long ones are shown cut. */
export const ratioOf = (hit) => (hit.width > 0 && hit.height > 0 ? Math.min(Math.max(hit.width / hit.height, 0.45), 3) : 1);
