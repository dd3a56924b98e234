// Two pictures of the whole run, live with the stage's cursor: every unit over time, and the path of the state.
// Each has a still layer, painted when trace, size or theme change, and what moves, painted every frame.

import { at, steps, units } from "../shared/math.js";
import { brushes, fitted, line, midway, shorten } from "../shared/paint.js";
import { sideColour } from "./stage.js";

/** A canvas with one of the pictures below on it. */
export class Picture {
  still = document.createElement("canvas");

  constructor(canvas, kind) {
    this.canvas = canvas;
    this.kind = kind;
  }

  /** Takes the size that the page leaves, and paints what does not move. */
  fit(trace, rem, colours, words) {
    const width = this.canvas.parentElement.clientWidth;
    Object.assign(this, { trace, colours, place: { rem, width, height: 270 * rem } });
    this.kind.layout(trace, this.place);
    const still = fitted(this.still, width, this.place.height);
    still.clearRect(0, 0, width, this.place.height);
    this.kind.paint(still, trace, this.place, colours, words);
  }

  draw(view) {
    if (!this.place?.width) return;
    const context = fitted(this.canvas, this.place.width, this.place.height);
    context.clearRect(0, 0, this.place.width, this.place.height);
    const still = () => context.drawImage(this.still, 0, 0, this.place.width, this.place.height);
    this.kind.move(context, this.trace, this.place, view, this.colours, still);
  }

  /** The step and the unit (or null) under a point of the picture, or null. */
  hit = (x, y) => this.kind.hit(this.trace, this.place, x, y);
}

export const unitLines = {
  layout(trace, place) {
    const { rem, width, height } = place;
    const most = trace.h.data.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    const [left, right, top, bottom] = [34 * rem, width - 14 * rem, 10 * rem, height - 34 * rem];
    const column = (right - left) / Math.max(1, steps(trace) - 1);
    place.x = (t) => left + column * t;
    place.y = (value) => top + ((bottom - top) * (1 - value / most)) / 2;
    Object.assign(place, { left, right, top, bottom, column, most });
  },

  paint(context, trace, place, colours) {
    const { rem, x, y, most } = place;
    const { text, stroke } = brushes(context, rem, colours);
    for (const value of [most, 0, -most]) {
      stroke(colours.line, 1);
      line(context, 1, (end) => [end ? place.right : place.left, y(value)]);
      const label = value === 0 ? "0" : `${value < 0 ? "−" : "+"}${most === 1 ? "1" : most.toFixed(1)}`;
      text(label, place.left - 8 * rem, y(value) + 4 * rem, { align: "right" });
    }
    const every = Math.ceil((52 * rem) / place.column);
    for (let t = 0; t < steps(trace); t += every) {
      const room = every * place.column - 6 * rem;
      const label = shorten(context, trace.tokens[t], room, `${12 * rem}px ${colours.font}`);
      const align = t === 0 ? "left" : t === steps(trace) - 1 ? "right" : "center";
      text(label.text, x(t) + (t === 0 ? -8 * rem : t === steps(trace) - 1 ? 10 * rem : 0), place.bottom + 18 * rem, { size: 12, align });
    }
    stroke(colours.mute, 1);
    context.globalAlpha = 0.5;
    for (let unit = 0; unit < units(trace); unit++) line(context, steps(trace) - 1, (t) => [x(t), y(at(trace.h, t, unit))]);
    context.globalAlpha = 1;
  },

  move(context, trace, place, view, colours, still) {
    still();
    const { rem, x, y, top, bottom } = place;
    const { stroke, dot } = brushes(context, rem, colours);
    const unitOf = (array) => (t) => [x(t), y(at(array, t, view.unit))];
    stroke(colours.accent, 1, [2, 4]);
    line(context, 1, (end) => [x(view.position), end ? bottom : top]);
    if (trace.unchanged_h) {
      stroke(colours.mute, 2, [6, 5]);
      line(context, Math.min(steps(trace), trace.unchanged_h.shape[0]) - 1, unitOf(trace.unchanged_h));
    }
    const point = unitOf(trace.h);
    stroke(colours.accent, 3);
    context.globalAlpha = 0.35;
    line(context, steps(trace) - 1, point);
    context.globalAlpha = 1;
    line(context, view.position, point);
    dot(...midway(point, view.position), 5, colours.accent);
  },

  hit(trace, { column, left, y, rem }, px, py) {
    const step = Math.round((px - left) / column);
    if (step < 0 || step >= steps(trace)) return null;
    const away = (unit) => Math.abs(y(at(trace.h, step, unit)) - py);
    const nearest = Array.from({ length: units(trace) }, (_, unit) => unit).reduce((a, b) => (away(b) < away(a) ? b : a));
    return { step, unit: away(nearest) < 14 * rem ? nearest : null };
  },
};

export const statePath = {
  layout(trace, place) {
    const { rem, width, height } = place;
    const points = [...trace.plane.data, ...(trace.unchanged_plane?.data ?? [])];
    const range = (axis) => points.filter((_, i) => i % 2 === axis).reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
    const [[x0, x1], [y0, y1]] = [range(0), range(1)];
    const [left, right, top, bottom] = [44 * rem, width - 30 * rem, 26 * rem, height - 44 * rem];
    const scale = Math.min((right - left) / (x1 - x0 || 1), (bottom - top) / (y1 - y0 || 1)); // both directions alike
    const spot = (array) => (t) => [
      (left + right) / 2 + (at(array, t, 0) - (x0 + x1) / 2) * scale,
      (top + bottom) / 2 - (at(array, t, 1) - (y0 + y1) / 2) * scale,
    ];
    Object.assign(place, { spot, point: spot(trace.plane) });
  },

  paint(context, trace, place, colours, words) {
    const { rem, point, width, height } = place;
    const { text, stroke, dot } = brushes(context, rem, colours);
    const title = (n) => words.direction.replace("{n}", n + 1).replace("{share}", Math.round(100 * trace.share[n]));
    text(title(0), width / 2, height - 8 * rem, { size: 12, align: "center" });
    context.save();
    context.rotate(-Math.PI / 2);
    text(title(1), -(height - 30 * rem) / 2, 12 * rem, { size: 12, align: "center" });
    context.restore();
    if (trace.unchanged_plane) {
      stroke(colours.mute, 2, [6, 5]);
      line(context, trace.unchanged_plane.shape[0] - 1, place.spot(trace.unchanged_plane));
    }
    stroke(colours.mute, 1.5);
    context.globalAlpha = 0.4;
    line(context, steps(trace) - 1, point);
    context.globalAlpha = 1;
    for (let t = 0; t < steps(trace); t++) dot(...point(t), 4, sideColour(trace, t, colours));
    labels(trace, place, context, colours, text);
  },

  move(context, trace, place, view, colours, still) {
    const { rem, point } = place;
    const { text, stroke, dot } = brushes(context, rem, colours);
    stroke(colours.ink, 2);
    line(context, view.position, point);
    still(); // dots and names lie over the line
    const [x, y] = midway(point, view.position);
    dot(x, y, 8, sideColour(trace, view.step, colours), colours.ink);
    const label = shorten(context, trace.tokens[view.step], 160 * rem, `700 ${14 * rem}px ${colours.font}`);
    const at = Math.max(label.width / 2, Math.min(place.width - label.width / 2, x));
    text(label.text, at, y - 12 * rem, { size: 14, align: "center", weight: 700, colour: colours.ink, halo: colours.paper });
  },

  hit(trace, { point, rem }, px, py) {
    const away = (t) => Math.hypot(point(t)[0] - px, point(t)[1] - py);
    const nearest = Array.from({ length: steps(trace) }, (_, t) => t).reduce((a, b) => (away(b) < away(a) ? b : a));
    return away(nearest) < 22 * rem ? { step: nearest, unit: null } : null;
  },
};

/** Names the dots wherever there is room: no name may cover another, or a dot. */
function labels(trace, { rem, point, width }, context, colours, text) {
  const taken = Array.from({ length: steps(trace) }, (_, t) => point(t)).map(([x, y]) => [x - 6 * rem, y - 6 * rem, x + 6 * rem, y + 6 * rem]);
  const free = ([x0, y0, x1, y1]) => x0 > 0 && x1 < width && y0 > 0 && taken.every(([a, b, c, d]) => x1 < a || x0 > c || y1 < b || y0 > d);
  for (let t = 0; t < steps(trace); t++) {
    const [x, y] = point(t);
    const label = shorten(context, trace.tokens[t], 110 * rem, `${12 * rem}px ${colours.font}`);
    const half = label.width / 2;
    const places = [[x, y - 10 * rem], [x, y + 19 * rem], [x + half + 10 * rem, y + 4 * rem], [x - half - 10 * rem, y + 4 * rem]];
    const box = ([left, base]) => [left - half, base - 11 * rem, left + half, base + 3 * rem];
    const found = places.find((place) => free(box(place)));
    if (!found) continue;
    taken.push(box(found));
    text(label.text, ...found, { size: 12, align: "center", halo: colours.paper });
  }
}
