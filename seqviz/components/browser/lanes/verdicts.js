// What the readers say after every step (canvas): a line each in one chart, named where the cursor is.

import { left } from "../shared/axis.js";
import { line, midway, shownReadout } from "../shared/paint.js";
import { apart } from "./reading.js";

const AHEAD = 0.28; // how visible the future is

const heightOf = ({ chart }, { min, max }, value) => chart.top + chart.height * (1 - (value - min) / (max - min));

/** The name of the chart, the two ends of its scale and the middle that favours neither. */
export function drawScale(context, { readout }, place, colours, words, { text, stroke }) {
  const { rem, gutter, width, narrow } = place;
  const { min, middle, max } = readout;
  text(words.verdict, 12 * rem, 16 * rem, { size: 14 });
  for (const value of [max, middle, min]) {
    const y = heightOf(place, readout, value);
    stroke(colours.line, 1, value === middle ? [3, 4] : []);
    line(context, 1, (end) => [end ? width - 2 * rem : gutter, y]);
    const label = value === max ? readout.high : value === min ? readout.low : shownReadout(readout, middle);
    if (!narrow) text(label, gutter - 12 * rem, y + 4.5 * rem, { align: "right", size: 13.5 });
    else if (value !== middle) text(label, gutter, y + (value === max ? -5 : 16) * rem);
  }
  context.setLineDash([]);
}

/** A line a reader: the past solid, the future pale; where the cursor is, its name and its verdict. */
export function drawVerdicts(context, place, view, colours, brush) {
  const isChosen = ({ kind }) => kind === view.reader;
  const lanes = place.lanes.map(({ lane }) => lane).sort((a, b) => isChosen(a) - isChosen(b)); // the chosen one in front
  const ends = lanes.map((lane) => {
    const point = (t) => [left(place, view.position, t + 0.5), heightOf(place, lane.readout, lane.readouts.data[t])];
    brush.stroke(colours.reader[lane.kind], isChosen(lane) ? 3.5 : 2);
    context.globalAlpha = AHEAD;
    line(context, lane.readouts.data.length - 1, point);
    context.globalAlpha = 1;
    line(context, view.position, point);
    return midway(point, view.position);
  });
  lanes.forEach((lane, i) => brush.dot(...ends[i], isChosen(lane) ? 6 : 4.5, colours.reader[lane.kind], colours.paper));
  nameLines(context, lanes, ends, place, view, colours, brush);
}

/** Each reader's name and verdict beside the cursor, as near to the end of its line as the others leave room. */
function nameLines(context, lanes, ends, { rem, chart, column, width, narrow }, view, colours, { text }) {
  const heights = apart(ends.map(([, y]) => y), 18 * rem, chart.top, chart.top + chart.height);
  const away = Math.min(column / 2, 40 * rem) + 12 * rem;
  const side = ends[0][0] + away > width - (narrow ? 60 : 140) * rem ? -1 : 1;
  const x = ends[0][0] + side * away;
  lanes.forEach((lane, i) => {
    const said = shownReadout(lane.readout, lane.readouts.data[view.step]);
    const label = narrow ? said : `${lane.kind} ${said}`;
    context.font = `700 ${14.5 * rem}px ${colours.font}`;
    const length = context.measureText(label).width;
    context.fillStyle = colours.paper;
    context.globalAlpha = 0.75; // lines shine through, and do not disturb
    context.fillRect(x - (side < 0 ? length : 0) - 3 * rem, heights[i] - 9 * rem, length + 6 * rem, 18 * rem);
    context.globalAlpha = 1;
    text(label, x, heights[i] + 5 * rem, {
      size: 14.5, weight: 700, colour: colours.reader[lane.kind], halo: colours.paper, align: side < 0 ? "right" : "left",
    });
  });
}
