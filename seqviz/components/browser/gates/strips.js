// Everything that two cells do over one time axis (canvas): what they say, every gate and every state as a strip of
// units, the tokens, and the cursor through all of it. The colours of a strip are painted once, one pixel a value; every
// frame stretches them and draws the cursor.

import { clipToColumns, columns, drawTokens, left, stepAt } from "../shared/axis.js";
import { at, steps, units } from "../shared/math.js";
import { brushes, fitted, line, midway, mosaic, shownReadout } from "../shared/paint.js";

const SIGNED = new Set(["g", "n", "c", "h"]);

/** The strips of a cell in the order of the drawing: its gates, then its states. */
export const stripsOf = (cell) => ({ LSTM: ["i", "f", "g", "o", "c", "h"], GRU: ["r", "z", "n", "h"], RNN: ["h"] })[cell.kind];

/** The largest |c|, so that its colour can be a share of that; all else lies between −1 and 1. */
const reach = (cell, name) => (name === "c" ? cell.c.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1) : 1);

/** Where everything stands, in CSS pixels, on a canvas of this width; `rem` is 1 at a root font of 16 px. */
export function layout(trace, cells, width, rem) {
  const narrow = width < 560 * rem;
  const place = { narrow, strips: [], ...columns(trace.tokens.length, width, (narrow ? 62 : 168) * rem, rem) };
  const drawn = cells.flatMap(stripsOf).length;
  const tall = Math.max(17 * rem, Math.min(44 * rem, (innerHeight - 440 * rem) / drawn)); // a projector shows most of it
  let y = 12 * rem;
  if (trace.readout) {
    place.curve = { top: y + 18 * rem, height: 56 * rem };
    y = place.curve.top + place.curve.height + 22 * rem;
  }
  for (const cell of cells) {
    place.strips.push({ cell, heading: y + 14 * rem });
    y += 22 * rem;
    for (const name of stripsOf(cell)) {
      const height = Math.max(tall, units(cell)); // no unit is thinner than a pixel
      place.strips.push({ cell, name, top: y, height, reach: reach(cell, name) });
      y += height + 4 * rem;
    }
    y += 8 * rem;
  }
  place.tokens = y;
  place.height = y + 34 * rem;
  return place;
}

/** What is under a point: { step, cell, name, unit }, the last three null outside the strips; `orders` are by cell. */
export function hit(place, orders, view, count, x, y) {
  const step = stepAt(place, view.position, count, x);
  if (step === null) return null;
  const strip = place.strips.find(({ top, height }) => top <= y && y < top + height);
  if (!strip) return { step, cell: null, name: null, unit: null };
  const order = orders[strip.cell.kind];
  const unit = order[Math.floor(((y - strip.top) / strip.height) * order.length)];
  return { step, cell: strip.cell, name: strip.name, unit };
}

/** The still layer, T columns wide: one pixel a value, to be stretched over each strip. */
export function paintStrips(place, orders, colours) {
  for (const strip of place.strips.filter(({ name }) => name)) {
    const array = strip.cell[strip.name];
    const colour = SIGNED.has(strip.name) ? (value) => colours.of(value / strip.reach) : colours.share;
    const order = orders[strip.cell.kind];
    strip.image = mosaic(steps(strip.cell), order.length, (t, row) => colour(at(array, t, order[row])));
  }
}

export function drawStrips(context, trace, cells, place, orders, view, colours, words) {
  const { rem, width, height } = place;
  context.clearRect(0, 0, width, height);
  const brush = brushes(context, rem, colours);
  drawGutter(context, trace, place, view, colours, words, brush);
  context.save();
  clipToColumns(context, place);
  context.imageSmoothingEnabled = false;
  for (const strip of place.strips) {
    if (!strip.image) continue;
    context.drawImage(strip.image, left(place, view.position, 0), strip.top, place.column * trace.tokens.length, strip.height);
    drawHold(context, place, orders, view, strip, colours, brush);
  }
  if (place.column > 12 * rem) drawGrid(context, trace, place, view, colours);
  drawTokens(context, trace, place, view, colours, brush);
  drawCursor(context, place, orders, view, colours, brush);
  if (place.curve) for (const cell of cells) drawCurve(context, trace, cell, place, view, colours, brush);
  context.restore();
}

function drawGutter(context, trace, place, view, colours, words, { text }) {
  const { rem, gutter, narrow } = place;
  const right = gutter - 10 * rem;
  for (const { cell, name, top, height, heading, reach } of place.strips) {
    if (!name) {
      const active = cell.kind === view.cell;
      text(cell.kind, 0, heading, { size: 15, weight: 700, colour: active ? colours.accent : colours.ink });
      if (!narrow) text(words.unit.replace("{n}", view.units[cell.kind] + 1), right, heading, { size: 13, align: "right", colour: active ? colours.accent : colours.mute });
      continue;
    }
    const middle = top + height / 2 + 4.5 * rem;
    const range = name === "c" && reach > 1 ? ` ±${reach.toFixed(reach < 10 ? 1 : 0)}` : "";
    text(narrow ? `${name}${range}` : `${words.strips[name]}${range}`, right, middle, { align: "right", size: 13.5 });
  }
  if (!place.curve) return;
  const { curve } = place;
  text(narrow ? trace.readout.high : trace.readout.name, narrow ? right : 0, curve.top - 8 * rem, { size: 13, align: narrow ? "right" : "left" });
  if (!narrow) text(trace.readout.high, right, curve.top + 8 * rem, { align: "right" });
  text(trace.readout.low, right, curve.top + curve.height + 4 * rem, { align: "right" });
}

/** The edges of the columns, where they are wide enough to be told apart. */
function drawGrid(context, trace, place, view, colours) {
  context.fillStyle = colours.paper;
  for (let t = 1; t < trace.tokens.length; t++)
    for (const { image, top, height } of place.strips)
      if (image) context.fillRect(left(place, view.position, t) - place.rem, top, 2 * place.rem, height);
}

/** Where the reader holds a gate: a frame around it. */
function drawHold(context, place, orders, view, strip, colours, { stroke }) {
  const { hold } = strip.cell;
  if (hold?.gate !== strip.name) return;
  const order = orders[strip.cell.kind];
  const row = strip.height / order.length;
  const [y, height] = hold.unit === null ? [strip.top, strip.height] : [strip.top + row * order.indexOf(hold.unit), row];
  stroke(colours.positive, 2.5, [5, 3]);
  const x = left(place, view.position, hold.first);
  context.strokeRect(x + 1, y, place.column * (hold.last + 1 - hold.first) - 2, height);
  context.setLineDash([]);
}

const heightOf = (trace, place, value) => {
  const { min, max } = trace.readout;
  return place.curve.top + place.curve.height * (1 - Math.max(-0.08, Math.min(1.08, (value - min) / (max - min))));
};

/** What a cell says after every step; the run without the reader's change dashed. */
function drawCurve(context, trace, cell, place, view, colours, { stroke, dot, text }) {
  const colour = cell.kind === "LSTM" ? colours.accent : colours.ink;
  const point = (array) => (t) => [left(place, view.position, t + 0.5), heightOf(trace, place, array.data[t])];
  const end = (array) => array.shape[0] - 1;
  if (cell.unchanged) {
    stroke(colour, 1.5, [4, 4]);
    line(context, end(cell.unchanged), point(cell.unchanged));
  }
  stroke(colour, cell.kind === view.cell ? 3 : 1.8);
  context.globalAlpha = 0.3;
  line(context, end(cell.readouts), point(cell.readouts));
  context.globalAlpha = 1;
  line(context, view.position, point(cell.readouts));
  const [x, y] = midway(point(cell.readouts), view.position);
  dot(x, y, 4.5, colour, colours.paper);
  const rise = cell.kind === "LSTM" ? -8 : 18;
  const toLeft = x > place.width - 110 * place.rem;
  text(`${cell.kind} ${shownReadout(trace.readout, cell.readouts.data[view.step])}`, x + (toLeft ? -9 : 9) * place.rem, y + rise * place.rem,
    { size: 13.5, weight: 700, colour, halo: colours.paper, align: toLeft ? "right" : "left" });
}

function drawCursor(context, place, orders, view, colours, { stroke }) {
  const { rem, column } = place;
  const x = left(place, view.position, view.position);
  const strips = place.strips.filter(({ image }) => image);
  const top = place.curve ? place.curve.top - 6 * rem : strips[0].top - 4 * rem;
  stroke(colours.accent, 2.5);
  context.beginPath();
  context.roundRect(x - rem, top, column + 2 * rem, place.tokens - top - 2 * rem, 5 * rem);
  context.stroke();
  stroke(colours.ink, 2);
  for (const { cell, top, height } of strips) {
    const row = height / units(cell);
    const least = Math.max(row, 5 * rem); // a row may be thinner than its frame
    const middle = top + row * (orders[cell.kind].indexOf(view.units[cell.kind]) + 0.5);
    context.strokeRect(x + rem, middle - least / 2, column - 2 * rem, least);
  }
}

/** The chosen unit's memory over time, c of an LSTM and h of a GRU, with and without the reader's change. */
export function drawMemory(canvas, cell, view, colours, rem) {
  const width = canvas.parentElement.clientWidth;
  const height = 84 * rem;
  const context = fitted(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const { text, stroke, dot } = brushes(context, rem, colours);
  const name = cell.kind === "LSTM" ? "c" : "h";
  const unit = view.units[cell.kind];
  const runs = [cell[name], cell[`unchanged_${name}`]].filter(Boolean);
  const most = runs.flatMap((run) => Array.from({ length: run.shape[0] }, (_, t) => Math.abs(at(run, t, unit)))).reduce((a, b) => Math.max(a, b), 1);
  const column = (width - 60 * rem) / Math.max(1, steps(cell) - 1);
  const point = (run) => (t) => [46 * rem + column * t, height / 2 - (at(run, t, unit) / most) * (height / 2 - 12 * rem)];
  for (const value of [most, 0, -most]) {
    const y = height / 2 - (value / most) * (height / 2 - 12 * rem);
    stroke(colours.line, 1);
    line(context, 1, (end) => [end ? width - 12 * rem : 46 * rem, y]);
    text(value === 0 ? `${name} 0` : `${value < 0 ? "−" : "+"}${most === 1 ? "1" : most.toFixed(1)}`, 38 * rem, y + 4 * rem, { size: 12, align: "right" });
  }
  if (runs[1]) {
    stroke(colours.mute, 2, [5, 4]);
    line(context, runs[1].shape[0] - 1, point(runs[1]));
  }
  stroke(colours.accent, 2.5);
  context.globalAlpha = 0.35;
  line(context, steps(cell) - 1, point(runs[0]));
  context.globalAlpha = 1;
  line(context, view.position, point(runs[0]));
  dot(...midway(point(runs[0]), view.position), 5, colours.accent, colours.paper);
}
