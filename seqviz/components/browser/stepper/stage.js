// What the stepper paints: the stage (canvas). Takes a trace and a view, keeps nothing.
// view = { position, step, unit }: position is the step as a real number while the cursor glides.

import { at, steps, units } from "../shared/math.js";
import { brushes, line, shorten, shownReadout } from "../shared/paint.js";

const AHEAD = 0.24; // how visible the future is

/** The colour of the side that the readout leans to after step t. */
export const sideColour = (trace, t, colours) =>
  trace.readouts.data[t] >= trace.readout.middle ? colours.positive : colours.negative;

/** Where everything stands, in CSS pixels, for a stage of this width; `rem` is 1 at a root font of 16 px. */
export function layout(trace, width, rem) {
  const narrow = width < 560 * rem;
  const { words, readout } = trace;
  const names = [readout.high, readout.low, words.state, words.unit.replace("{n}", units(trace))];
  const gutter = (Math.max(...names.map((name) => name.length)) * 7.6 + (narrow ? 14 : 24)) * rem;
  const room = width - gutter - 8 * rem;
  const column = Math.max(56 * rem, Math.min(room / steps(trace), 112 * rem));
  const tall = Math.max(120 * rem, Math.min(250 * rem, innerHeight - 560 * rem)); // the whole stage fits a projector's screen
  const cell = Math.max(3 * rem, Math.min(tall / units(trace), 24 * rem));
  const curve = { top: 36 * rem, height: 70 * rem };
  const states = { top: 142 * rem, height: cell * units(trace) };
  const tokens = states.top + states.height + 20 * rem;
  return {
    rem, narrow, width, gutter, room, column, cell, curve, states, tokens,
    height: tokens + 62 * rem,
    cellWidth: Math.min(38 * rem, column * 0.6),
    overflow: Math.max(0, column * steps(trace) - room),
  };
}

/** How far the columns are shifted to the left so that the cursor stays in sight. */
const shift = (place, position) =>
  Math.max(0, Math.min(place.overflow, place.column * (position + 0.5) - place.room / 2));

const centre = (place, position, t) => place.gutter + place.column * (t + 0.5) - shift(place, position);

/** The step and, inside a column of states, the unit under a point of the stage. */
export function hit(trace, place, view, x, y) {
  if (x < place.gutter) return null;
  const t = Math.floor((x - place.gutter + shift(place, view.position)) / place.column);
  if (t < 0 || t >= steps(trace)) return null;
  const unit = Math.floor((y - place.states.top) / place.cell);
  return { step: t, unit: unit >= 0 && unit < units(trace) ? unit : null };
}

export function drawStage(context, trace, place, view, colours, words) {
  const { rem } = place;
  context.clearRect(0, 0, place.width, place.height);
  context.lineCap = "round";
  const { text, stroke, dot } = brushes(context, rem, colours);

  drawGutter(trace, place, view, words, colours, text, context);

  context.save(); // columns that slide to the left must not run over the labels
  context.beginPath();
  context.rect(place.gutter, 0, place.width - place.gutter, place.height);
  context.clip();
  const first = Math.max(0, Math.floor(shift(place, view.position) / place.column));
  const last = Math.min(steps(trace) - 1, Math.ceil((shift(place, view.position) + place.room + 8 * rem) / place.column));
  drawCurve(context, trace, place, view, colours, first, last, stroke);
  for (let t = first; t <= last; t++) {
    const reached = Math.max(0, Math.min(1, view.position - t + 1)); // 0 ahead, 1 read; between while the cursor arrives
    context.globalAlpha = AHEAD + (1 - AHEAD) * reached;
    drawColumn(context, trace, place, view, colours, t, { text, stroke, dot });
  }
  context.globalAlpha = 1;
  drawCursor(context, trace, place, view, colours, { text, stroke, dot });
  context.restore();
}

function drawGutter(trace, place, view, words, colours, text, context) {
  const { rem, gutter, curve, states, cell } = place;
  const right = gutter - 12 * rem;
  text(words.verdict, 0, 14 * rem, { size: 14 });
  text(trace.readout.high, right, curve.top + 5 * rem, { align: "right" });
  text(trace.readout.low, right, curve.top + curve.height + 4 * rem, { align: "right" });
  const chosen = states.top + cell * (view.unit + 0.5) + 4 * rem;
  const label = (string, y, options) => {
    if (Math.abs(y - chosen) > 15 * rem) text(string, right, y, { align: "right", ...options });
  };
  label(words.unit.replace("{n}", 1), states.top + 11 * rem);
  label(words.state, states.top + states.height / 2 + 4 * rem, { size: 14, weight: 600, colour: colours.ink });
  label(words.unit.replace("{n}", units(trace)), states.top + states.height - 2 * rem);
  text(words.unit.replace("{n}", view.unit + 1), right, chosen, { align: "right", weight: 700, colour: colours.accent });
  const scale = { left: 0, top: place.tokens + 8 * rem, width: Math.min(74 * rem, gutter - 14 * rem) };
  for (let i = 0; i <= 20; i++) {
    context.fillStyle = colours.of(i / 10 - 1);
    context.fillRect(scale.left + (i * scale.width) / 21, scale.top, scale.width / 21 + 0.5, 9 * rem);
  }
  text("−1", scale.left, scale.top + 24 * rem, { size: 12 });
  text("+1", scale.left + scale.width, scale.top + 24 * rem, { size: 12, align: "right" });
}

/** The height of a readout value on the curve. */
const height = (trace, place, value) => {
  const { min, max } = trace.readout;
  const share = Math.max(-0.06, Math.min(1.06, (value - min) / (max - min)));
  return place.curve.top + place.curve.height * (1 - share);
};

function drawCurve(context, trace, place, view, colours, first, last, stroke) {
  const middle = height(trace, place, trace.readout.middle);
  context.beginPath();
  context.moveTo(place.gutter, middle);
  context.lineTo(place.width, middle);
  stroke(colours.line, 1, [3, 4]);
  context.stroke();
  const path = (array, until) => {
    const point = (t) => [centre(place, view.position, t), height(trace, place, array.data[t])];
    line(context, Math.min(until, last + 1, array.data.length - 1), point, Math.max(0, first - 1));
  };
  if (trace.unchanged) {
    stroke(colours.mute, 1.5, [5, 4]);
    path(trace.unchanged, steps(trace) - 1);
  }
  stroke(colours.ink, 2);
  path(trace.readouts, view.position);
}

function drawColumn(context, trace, place, view, colours, t, { text, stroke, dot }) {
  const { rem, cell, cellWidth, states, tokens } = place;
  const x = centre(place, view.position, t);
  const top = height(trace, place, trace.readouts.data[t]);
  context.beginPath();
  context.moveTo(x, top + 9 * rem);
  context.lineTo(x, states.top - 4 * rem);
  stroke(colours.line, 1);
  context.stroke();
  dot(x, top, 4, sideColour(trace, t, colours));

  const gap = cell > 6 * rem ? rem : 0.4 * rem;
  for (let unit = 0; unit < units(trace); unit++) {
    context.fillStyle = colours.of(at(trace.h, t, unit));
    context.fillRect(x - cellWidth / 2, states.top + unit * cell, cellWidth, cell - gap);
  }
  arrow(context, colours, stroke, x, states.top + states.height + 16 * rem, x, states.top + states.height + 4 * rem, rem);
  if (t + 1 < steps(trace)) {
    const y = states.top + states.height / 2;
    arrow(context, colours, stroke, x + cellWidth / 2 + 4 * rem, y, x + place.column - cellWidth / 2 - 6 * rem, y, rem);
  }
  drawToken(context, trace, place, colours, t, x, t === view.step, text, stroke);
  text(String(t + 1), x, tokens + 48 * rem, { size: 12, align: "center" });
}

function arrow(context, colours, stroke, x1, y1, x2, y2, rem) {
  stroke(colours.mute, 1.5);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [((x2 - x1) / length) * 5 * rem, ((y2 - y1) / length) * 5 * rem];
  context.beginPath();
  context.moveTo(x2 + dx / 2, y2 + dy / 2);
  context.lineTo(x2 - dx + dy * 0.8, y2 - dy + dx * 0.8);
  context.lineTo(x2 - dx - dy * 0.8, y2 - dy - dx * 0.8);
  context.fillStyle = colours.mute;
  context.fill();
}

function drawToken(context, trace, place, colours, t, x, current, text, stroke) {
  const { rem, tokens, column } = place;
  const room = column - 10 * rem;
  const sizes = [16, 14, 12.5]; // the largest at which the word fits, else it is cut
  const labels = sizes.map((size) => ({ size, ...shorten(context, trace.tokens[t], room, `${size * rem}px ${colours.font}`) }));
  const label = labels.find(({ whole }) => whole) ?? labels.at(-1);
  const width = Math.min(column - 3 * rem, label.width + 18 * rem);
  context.beginPath();
  context.roundRect(x - width / 2, tokens, width, 30 * rem, 8 * rem);
  context.fillStyle = current ? colours.accent : colours.soft;
  context.fill();
  const strange = trace.status[t] !== "known"; // dotted: never in its training; dashed: not in its vocabulary at all
  stroke(strange ? colours.mute : current ? colours.accent : colours.line, strange ? 1.6 : 1,
    { known: [], new: [1, 3], unknown: [5, 4] }[trace.status[t]]);
  context.stroke();
  context.setLineDash([]);
  const colour = current ? colours.onAccent : colours.ink;
  text(label.text, x, tokens + 20.5 * rem, { size: label.size, align: "center", weight: current ? 600 : 400, colour });
}

function drawCursor(context, trace, place, view, colours, { text, stroke, dot }) {
  const { rem, cell, cellWidth, states } = place;
  const x = centre(place, view.position, view.position);
  context.beginPath();
  context.roundRect(x - cellWidth / 2 - 5 * rem, states.top - 5 * rem, cellWidth + 10 * rem, states.height + 9 * rem, 7 * rem);
  stroke(colours.accent, 2.5);
  context.stroke();
  context.beginPath();
  context.rect(x - cellWidth / 2 - rem, states.top + cell * view.unit - rem, cellWidth + 2 * rem, cell + rem);
  stroke(colours.ink, 2);
  context.stroke();

  const value = trace.readouts.data[view.step];
  const spot = centre(place, view.position, view.step);
  const y = height(trace, place, value);
  dot(spot, y, 7, sideColour(trace, view.step, colours), colours.paper);
  const label = shownReadout(trace.readout, value);
  const below = value >= trace.readout.middle; // the curve's far side is free
  text(label, spot, y + (below ? 25 : -13) * rem, { size: 16, align: "center", weight: 700, colour: colours.ink });
}
