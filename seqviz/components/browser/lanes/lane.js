// One reader's lane (canvas): its name and verdict, what it holds after every step or where its heads look, and below
// every word the colour of what that word does to the logit at the cursor.

import { left } from "../shared/axis.js";
import { at, steps, units } from "../shared/math.js";
import { mosaic, shorten, shownReadout } from "../shared/paint.js";
import { printedReach, saliencyOf, strength, weightOf } from "./reading.js";

const AHEAD = 0.2; // how visible the future is

/** Whether a lane shows where its heads look, and not its states. */
export const showsAttention = (lane, view) => Boolean(lane.weights) && view.shows === "attention";

/** The rows of a lane's strip: units, or the heads of all layers. */
export const rowsOf = (lane, view) => (showsAttention(lane, view) ? lane.weights.shape[0] * lane.weights.shape[1] : units(lane));

/** Paints what does not change from frame to frame, in the theme's colours. */
export function paint(lane, colours) {
  lane.states = mosaic(steps(lane), units(lane), (t, unit) => colours.of(at(lane.h, t, unit) / lane.reach));
  lane.looks = null; // of the step that comes
}

/** Name, verdict as a number and as a bar from the middle; beside strip and tiles, what these are. */
export function drawName(context, row, place, view, colours, words, { text }) {
  const { lane, top, strip, tiles } = row;
  const { rem, gutter, width, narrow } = place;
  const colour = colours.reader[lane.kind];
  drawEdge(context, row, place, lane.kind === view.reader && colours.soft, colour);
  const value = lane.readouts.data[view.step];
  const right = narrow ? width - 10 * rem : gutter - 14 * rem;
  const holds = showsAttention(lane, view)
    ? words.heads.replace("{layers}", lane.weights.shape[0]).replace("{heads}", lane.weights.shape[1])
    : words.units.replace("{n}", units(lane)).replace("{reach}", printedReach(lane.reach));
  text(lane.kind, 12 * rem, top + 17 * rem, { size: 16, weight: 700, colour });
  text(shownReadout(lane.readout, value), right, top + 17 * rem, { size: 18, weight: 700, colour: colours.ink, align: "right" });
  if (narrow) return text(holds, right - 70 * rem, top + 17 * rem, { align: "right" });
  drawBar(context, lane, value, { x: 12 * rem, y: top + 23 * rem, width: right - 12 * rem, height: 6 * rem }, colours, rem);
  text(holds, right, strip.top + strip.height - 3 * rem, { align: "right" });
  text(words.saliency, right, tiles.top + tiles.height / 2 + 4.5 * rem, { align: "right" });
}

/** The reader's colour along its lane; the chosen lane stands on a ground of its own. */
function drawEdge(context, { top, bottom }, { rem, width }, ground, colour) {
  const out = ground ? 5 * rem : 0;
  const block = (width, fill) => {
    context.beginPath();
    context.roundRect(0, top - out, width, bottom - top + 2 * out, 3 * rem);
    context.fillStyle = fill;
    context.fill();
  };
  if (ground) block(width, ground);
  block((ground ? 6 : 3) * rem, colour);
}

function drawBar(context, { readout }, value, { x, y, width, height }, colours, rem) {
  const { min, middle, max } = readout;
  const X = (value) => x + (width * (value - min)) / (max - min);
  const block = (from, to, colour) => {
    context.beginPath();
    context.roundRect(Math.min(from, to), y, Math.abs(to - from), height, 2 * rem);
    context.fillStyle = colour;
    context.fill();
  };
  block(x, x + width, colours.line);
  block(X(middle), X(value), value < middle ? colours.negative : colours.positive);
  context.fillStyle = colours.ink;
  context.fillRect(X(middle) - 0.5 * rem, y - 2 * rem, rem, height + 4 * rem);
}

export function drawLane(context, trace, row, place, view, colours, brush) {
  const isChosen = row.lane.kind === view.reader;
  if (showsAttention(row.lane, view)) drawAttention(context, row, place, view, colours);
  else drawStates(context, row, place, view);
  if (place.column > 12 * place.rem) drawGrid(context, row, place, view, isChosen ? colours.soft : colours.paper);
  drawTiles(context, trace, row, place, view, colours, brush);
}

/** What the reader holds: the past in full colour, as far as the cursor has come, the future pale. */
function drawStates(context, { lane, strip }, place, view) {
  const count = steps(lane);
  const x = left(place, view.position, 0);
  const draw = () => context.drawImage(lane.states, x, strip.top, place.column * count, strip.height);
  context.globalAlpha = AHEAD;
  draw();
  context.globalAlpha = 1;
  context.save();
  context.beginPath();
  context.rect(x, strip.top, place.column * (view.position + 1), strip.height);
  context.clip();
  draw();
  context.restore();
}

/** Where the heads look from the word at the cursor: a row a head, layer after layer. */
function drawAttention(context, { lane, strip }, place, view, colours) {
  const layers = lane.weights.shape[0];
  const gap = 2 * place.rem;
  const height = (strip.height - gap * (layers - 1)) / layers;
  const x = left(place, view.position, 0);
  if (lane.looks?.step !== view.step) lane.looks = { step: view.step, images: looksAt(lane, view.step, colours) };
  lane.looks.images.forEach((image, layer) => {
    context.drawImage(image, x, strip.top + layer * (height + gap), place.column * image.width, height);
  });
}

/** A picture a layer of the looks from one step: a row a head, a column a word. */
function looksAt(lane, step, colours) {
  const [layers, heads] = lane.weights.shape;
  return Array.from({ length: layers }, (_, layer) =>
    mosaic(step + 1, heads, (s, head) => colours.share(Math.sqrt(weightOf(lane, layer, head, step, s)))));
}

/** The edges of the columns, where they are wide enough to be told apart. */
function drawGrid(context, { lane, strip }, place, view, colour) {
  context.fillStyle = colour;
  for (let t = 1; t < steps(lane); t++)
    context.fillRect(left(place, view.position, t) - place.rem, strip.top, 2 * place.rem, strip.height);
}

/** The words as far as the cursor, each in the colour of what it does to the logit there. */
function drawTiles(context, trace, { lane, tiles }, place, view, colours, { text }) {
  const { rem, column } = place;
  const gap = column > 12 * rem ? rem : 0;
  for (let s = 0; s <= view.step; s++) {
    const x = left(place, view.position, s);
    const shade = strength(saliencyOf(lane, view.step, s), trace.most);
    context.fillStyle = colours.of(shade);
    context.fillRect(x + gap, tiles.top, column - 2 * gap, tiles.height);
    if (column < 40 * rem) continue; // the few short words that would fit tell nobody anything
    const label = shorten(context, trace.tokens[s], column - 8 * rem, `${14 * rem}px ${colours.font}`);
    if (!label.whole && label.text.length < 4) continue;
    text(label.text, x + column / 2, tiles.top + tiles.height / 2 + 4.5 * rem, { size: 14, align: "center", colour: colours.on(shade) });
  }
}
