// The grid of heads as it is painted (canvas): where everything stands, and every head's picture.

import { brushes } from "../shared/paint.js";

const GUTTER = 40; // for the layers' numbers
const HEADING = 34; // for the heads' numbers
const LARGEST = 76, TALLEST = 560; // of a head, of the grid

/** Where everything stands, in CSS pixels, on a canvas of this width; `rem` is 1 at a root font of 16 px. */
export function layout({ cells }, width, rem) {
  const [layers, heads] = cells.shape;
  const [left, top] = [GUTTER * rem, HEADING * rem];
  const step = Math.min((width - left) / heads, Math.max(24, TALLEST / layers) * rem, LARGEST * rem);
  const gap = Math.max(2, step * 0.12);
  return { width, rem, left, top, step, gap, size: step - gap, height: top + step * layers };
}

/** The head under a point of the canvas, or null. */
export function headAt({ left, top, step }, { cells }, x, y) {
  const [layer, head] = [Math.floor((y - top) / step), Math.floor((x - left) / step)];
  return layer >= 0 && layer < cells.shape[0] && head >= 0 && head < cells.shape[1] ? { layer, head } : null;
}

/** All heads side by side in one image, one pixel a weight; of several that share a pixel of the screen, the largest. */
export function pictures({ cells }, { size }, { blues }) {
  const [layers, heads, rows, columns] = cells.shape;
  const seen = Math.max(1, Math.round(size * devicePixelRatio));
  const [down, across] = [rows, columns].map((count) => Math.ceil(count / seen));
  const [height, width] = [Math.ceil(rows / down), Math.ceil(columns / across)];
  const image = new ImageData(heads * width, layers * height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = blues[Math.round((i * 256) / 255)];
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let most = 0;
          for (let row = y * down; row < Math.min(rows, (y + 1) * down); row++)
            for (let column = x * across; column < Math.min(columns, (x + 1) * across); column++)
              most = Math.max(most, cells.data[((layer * heads + head) * rows + row) * columns + column]);
          pixels[(layer * height + y) * image.width + head * width + x] = colours[most];
        }
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return { canvas, width, height };
}

export function drawGrid(context, { canvas, width, height }, { cells, words, silenced }, place, chosen, colours) {
  const { rem, left, top, step, gap, size } = place;
  const [layers, heads] = cells.shape;
  const { text, stroke } = brushes(context, rem, colours);
  context.clearRect(0, 0, place.width, place.height);
  context.imageSmoothingEnabled = false;
  const x = (head) => left + step * head + gap / 2;
  const y = (layer) => top + step * layer + gap / 2;
  stroke(colours.line, 1);
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++) {
      context.drawImage(canvas, head * width, layer * height, width, height, x(head), y(layer), size, size);
      context.strokeRect(x(head) - 0.5, y(layer) - 0.5, size + 1, size + 1);
    }
  stroke(colours.ink, 2);
  for (const [layer, head] of silenced) {
    context.beginPath();
    context.moveTo(x(head), y(layer));
    context.lineTo(x(head) + size, y(layer) + size);
    context.moveTo(x(head) + size, y(layer));
    context.lineTo(x(head), y(layer) + size);
    context.stroke();
  }
  const name = (isChosen) => ({ size: 12, align: "center", weight: isChosen ? 700 : 400, colour: isChosen ? colours.accent : colours.mute });
  const every = Math.ceil((18 * rem) / step);
  const isNamed = (n, one) => n === one || (n % every === 0 && Math.abs(n - one) >= every);
  for (let head = 0; head < heads; head++)
    if (isNamed(head, chosen.head)) text(head + 1, x(head) + size / 2, top - 5 * rem, name(head === chosen.head));
  for (let layer = 0; layer < layers; layer++)
    text(layer + 1, left - 12 * rem, y(layer) + size / 2 + 4 * rem, name(layer === chosen.layer));
  text(words.head, left + (step * heads) / 2, 11 * rem, { size: 12, align: "center" });
  context.save();
  context.rotate(-Math.PI / 2);
  text(words.layer, -(top + (step * layers) / 2), 11 * rem, { size: 12, align: "center" });
  context.restore();
  stroke(colours.accent, 3);
  context.strokeRect(x(chosen.head) - 2 * rem, y(chosen.layer) - 2 * rem, size + 4 * rem, size + 4 * rem);
}
