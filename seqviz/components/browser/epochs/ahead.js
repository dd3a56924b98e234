// What a network that feeds on its own answers says of the steps ahead, over what was recorded there.

import { at } from "../shared/math.js";
import { brushes, line } from "../shared/paint.js";

const GHOSTS = 4; // epochs before, fading

export function layAhead(cell, trace, rect) {
  const { rem, x, y, width, height } = rect;
  const { known, truth } = trace;
  const values = [...known.data, ...truth.data];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.18 * (high - low || 1);
  const steps = known.data.length + truth.data.length;
  const [left, right, top, bottom] = [x + 8 * rem, x + width - 8 * rem, y + 34 * rem, y + height - 26 * rem];
  return {
    cell, trace, rem, left, right, top, bottom,
    X: (step) => left + ((right - left) * (step + known.data.length - 1)) / (steps - 1), // step 0 is the last known value
    Y: (value) => bottom - ((bottom - top) * (value - low + room)) / (high - low + 2 * room),
  };
}

export function drawAhead(context, chart, epoch, colours, words) {
  const { cell, trace, rem, left, right, top, bottom, X, Y } = chart;
  const { known, truth } = trace;
  const { text, stroke } = brushes(context, rem, colours);
  const colour = colours.of(cell.name);
  const count = truth.data.length;
  text(cell.name, left, top - 12 * rem, { size: 16, weight: 700, colour });
  const taken = context.measureText(cell.name).width + 16 * rem;
  context.font = `${13 * rem}px ${colours.font}`;
  if (taken + context.measureText(words.title).width <= right - left) text(words.title, right, top - 12 * rem, { align: "right" });
  stroke(colours.line, 1);
  context.strokeRect(left, top, right - left, bottom - top);
  stroke(colours.mute, 1, [3, 4]);
  line(context, 1, (end) => [X(0), end ? bottom : top]);
  text(words.now, X(0), bottom + 18 * rem, { size: 12, align: "center" });
  text(`+${count}`, right, bottom + 18 * rem, { size: 12, align: "right" });

  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  const last = known.data[known.data.length - 1];
  stroke(colours.ink, 1.6);
  line(context, known.data.length - 1, (t) => [X(t - known.data.length + 1), Y(known.data[t])]);
  stroke(colours.mute, 1.6);
  line(context, count, (t) => [X(t), Y(t ? truth.data[t - 1] : last)]);
  for (let back = GHOSTS; back > 0; back--) {
    if (epoch - back < 0) continue;
    stroke(colour, 1.2);
    context.globalAlpha = 0.3 - 0.06 * back;
    line(context, count, (t) => [X(t), Y(t ? said(cell.ahead, epoch - back, t - 1) : last)]);
  }
  context.globalAlpha = 1;
  stroke(colour, 3);
  line(context, count, (t) => [X(t), Y(t ? said(cell.ahead, epoch, t - 1) : last)]);
  context.restore();
}

/** What was said after an epoch that may lie between two. */
function said(ahead, epoch, step) {
  const before = Math.floor(epoch);
  const [from, to] = [at(ahead, before, step), at(ahead, Math.min(before + 1, ahead.shape[0] - 1), step)];
  return from + (to - from) * (epoch - before);
}

/** The step ahead under a point, from 0, or null. */
export function hitAhead({ trace, left, right, top, bottom, X }, x, y) {
  if (x < left || x > right || y < top || y > bottom) return null;
  const step = Math.round((x - X(0)) / (X(1) - X(0))) - 1;
  return step >= 0 && step < trace.truth.data.length ? step : null;
}
