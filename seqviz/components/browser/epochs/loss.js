// The loss of every network by epoch, on a scale of powers of ten: on what it learns from, and on what it is chosen by.

import { at } from "../shared/math.js";
import { brushes, line } from "../shared/paint.js";

export function layLoss(cells, trace, rect) {
  const { rem, x, y, width, height } = rect;
  const values = cells.flatMap(({ loss }) => [...loss.data]).filter((value) => value > 0 && value < Infinity);
  const powers = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  if (powers[0] === powers[1]) powers[1] += 1;
  const [left, right, top, bottom] = [x + 46 * rem, x + width - 12 * rem, y + 34 * rem, y + height - 26 * rem];
  return {
    cells, rem, left, right, top, bottom, powers, of: trace.of,
    X: (epoch) => left + ((right - left) * epoch) / Math.max(1, trace.of),
    Y: (loss) => bottom - ((bottom - top) * (Math.log10(loss) - powers[0])) / (powers[1] - powers[0]),
  };
}

export function drawLoss(context, chart, epoch, colours, words) {
  const { cells, rem, left, right, top, bottom, powers, of, X, Y } = chart;
  const { text, stroke, dot } = brushes(context, rem, colours);
  text(words["loss-title"], left - 38 * rem, top - 12 * rem, { size: 14, weight: 650, colour: colours.ink });
  const titled = left - 38 * rem + context.measureText(words["loss-title"]).width;
  let edge = right;
  for (const { name } of cells.length > 1 ? cells.toReversed() : []) {
    text(name, edge, top - 12 * rem, { size: 14, weight: 700, colour: colours.of(name), align: "right" });
    edge -= context.measureText(name).width + 14 * rem;
    if (edge < titled + 60 * rem) break; // on a phone there is no room for all
  }
  for (let power = powers[0]; power <= powers[1]; power += Math.ceil((powers[1] - powers[0]) / 6)) {
    stroke(colours.line, 1);
    line(context, 1, (end) => [end ? right : left, Y(10 ** power)]);
    text(tick(power), left - 8 * rem, Y(10 ** power) + 4 * rem, { size: 12, align: "right" });
  }
  for (const mark of [0, of]) text(mark, X(mark), bottom + 18 * rem, { size: 12, align: "center" });
  text(words.epoch, (left + right) / 2, bottom + 18 * rem, { size: 12, align: "center" });
  stroke(colours.accent, 1, [2, 4]);
  line(context, 1, (end) => [X(epoch), end ? bottom : top]);
  for (const { name, loss, best } of cells) {
    const colour = colours.of(name);
    const last = loss.shape[0] - 1;
    const until = Math.min(epoch, last);
    for (const [column, first, width, dash] of [[0, 1, 1.4, [4, 4]], [1, 0, 2.6, []]]) {
      stroke(colour, width, dash);
      const point = (t) => [X(t), Y(at(loss, t, column))];
      context.globalAlpha = 0.3; // what is still to come
      if (first <= last) line(context, last, point, first);
      context.globalAlpha = 1;
      if (first <= until) line(context, until, point, first);
    }
    if (best <= last) dot(X(best), Y(at(loss, best, 1)), 4.5, colours.paper, colour);
    dot(X(until), Y(at(loss, Math.floor(until), 1)), 4, colour);
  }
}

const tick = (power) => (power >= 0 && power < 4 ? String(10 ** power) : power > -4 && power < 0 ? (10 ** power).toFixed(-power) : `1e${power}`.replace("-", "−"));

/** The epoch under a point, or null. */
export function hitLoss({ left, right, top, bottom, of }, x, y) {
  if (x < left - 6 || x > right + 6 || y < top || y > bottom) return null;
  return Math.max(0, Math.min(of, Math.round((of * (x - left)) / (right - left))));
}
