// The board (canvas): four running verdicts (verdicts.js), the words, then a lane a reader (lane.js), over one time axis
// and under one cursor. view = { position, step, reader, shows }; position is the step while the cursor glides.

import { clipToColumns, columns, drawTokens, left, stepAt } from "../shared/axis.js";
import { units } from "../shared/math.js";
import { brushes } from "../shared/paint.js";
import { drawLane, drawName, rowsOf } from "./lane.js";
import { drawScale, drawVerdicts } from "./verdicts.js";

/** Where everything stands, in CSS pixels, on a canvas of this width; `rem` is 1 at a root font of 16 px. */
export function layout(trace, lanes, width, rem) {
  const narrow = width < 560 * rem;
  const place = { narrow, ...columns(trace.tokens.length, width, (narrow ? 12 : 212) * rem, rem) };
  // What is left of a projector's screen is shared: all lanes should be seen at once, if need be without the page's head.
  place.chart = { top: (narrow ? 48 : 30) * rem, height: Math.max(76 * rem, Math.min(124 * rem, innerHeight - 760 * rem)) };
  place.tokens = place.chart.top + place.chart.height + (narrow ? 24 : 12) * rem;
  const tall = Math.max(44 * rem, Math.min(76 * rem, (innerHeight - 660 * rem) / lanes.length));
  let y = place.tokens + 36 * rem;
  place.lanes = lanes.map((lane) => {
    const top = y;
    const strip = { top: top + (narrow ? 26 : 0) * rem, height: Math.max(tall, units(lane)) }; // no unit below a pixel
    const tiles = { top: strip.top + strip.height + 2 * rem, height: 25 * rem };
    const bottom = tiles.top + tiles.height;
    y = bottom + 11 * rem;
    return { lane, top, strip, tiles, bottom };
  });
  place.height = y;
  return place;
}

/** What is under a point: { step, lane, part, row }, null where there is none; `part` is "strip" or "tiles". */
export function hit(place, view, count, x, y) {
  const step = stepAt(place, view.position, count, x);
  const found = place.lanes.find(({ top, bottom }) => top <= y && y < bottom);
  if (step === null) return found ? { step: view.step, lane: found.lane, part: null, row: null } : null;
  if (!found) return { step, lane: null, part: null, row: null };
  const { lane, strip, tiles } = found;
  if (y >= tiles.top) return { step, lane, part: "tiles", row: null };
  const share = (y - strip.top) / strip.height;
  if (share < 0 || share >= 1) return { step, lane, part: null, row: null }; // beside the strip
  return { step, lane, part: "strip", row: Math.floor(share * rowsOf(lane, view)) };
}

export function drawBoard(context, trace, place, view, colours, words) {
  context.clearRect(0, 0, place.width, place.height);
  context.imageSmoothingEnabled = false;
  const brush = brushes(context, place.rem, colours);
  drawScale(context, trace, place, colours, words, brush);
  for (const row of place.lanes) drawName(context, row, place, view, colours, words, brush);
  context.save();
  clipToColumns(context, place);
  for (const row of place.lanes) drawLane(context, trace, row, place, view, colours, brush);
  drawTokens(context, trace, place, view, colours, brush);
  drawCursor(context, place, view, colours, brush);
  drawVerdicts(context, place, view, colours, brush);
  context.restore();
}

/** A frame around the step, open where its word stands and, on a phone, where the readers' names stand. */
function drawCursor(context, place, view, colours, { stroke }) {
  const { rem, narrow, column, chart, tokens, lanes } = place;
  const x = left(place, view.position, view.position);
  const whole = [{ strip: lanes[0].strip, bottom: lanes.at(-1).bottom }];
  const frames = (narrow ? lanes : whole).map(({ strip, bottom }) => [strip.top - 3 * rem, bottom + 3 * rem]);
  stroke(colours.accent, 2.5);
  for (const [top, bottom] of [[chart.top - 8 * rem, tokens - 3 * rem], ...frames]) {
    context.beginPath();
    context.roundRect(x - rem, top, column + 2 * rem, bottom - top, 5 * rem);
    context.stroke();
  }
}
