// Steps as columns of a canvas, which slide under the cursor where they do not fit, and their words below or between.

import { shorten } from "./paint.js";

const NARROWEST = 4; // pixels of a column
const WIDEST = 96;

/** How `count` columns stand between a gutter and the right edge, in CSS pixels; `rem` is 1 at a root font of 16 px. */
export function columns(count, width, gutter, rem) {
  const room = width - gutter - 10 * rem;
  const column = Math.max(NARROWEST * rem, Math.min(room / count, WIDEST * rem));
  return { rem, width, gutter, room, column, overflow: Math.max(0, column * count - room) };
}

const shift = (place, position) => Math.max(0, Math.min(place.overflow, place.column * (position + 0.5) - place.room / 2));

/** Where the column of step t begins while the cursor is at a position. */
export const left = (place, position, t) => place.gutter + place.column * t - shift(place, position);

/** The step whose column is at x, or null. */
export function stepAt(place, position, count, x) {
  if (x < place.gutter) return null;
  const step = Math.floor((x - place.gutter + shift(place, position)) / place.column);
  return step < 0 || step >= count ? null : step;
}

/** Lets a drawing touch only the columns: those that slide to the left must not run over the names in the gutter. */
export function clipToColumns(context, { gutter, width, height, rem }) {
  context.beginPath();
  context.rect(gutter - 9 * rem, 0, width - gutter + 9 * rem, height);
  context.clip();
}

const DASHES = { new: [1, 3], unknown: [5, 4] }; // under a word: see `new` and `unknown` of the words

/** The words at `place.tokens`, as many as there is room for; the one of this step always, and whole where it can be. */
export function drawTokens(context, trace, place, view, colours, { text, stroke }) {
  const { rem, column, tokens } = place;
  const base = tokens + 18 * rem;
  const every = Math.max(1, Math.ceil((30 * rem) / column)); // names thin out where columns are narrow
  const font = `600 ${15 * rem}px ${colours.font}`;
  const chosen = shorten(context, trace.tokens[view.step], Math.max(column, 150 * rem) - 8 * rem, font);
  const half = Math.max(chosen.width / 2 + 8 * rem, column / 2);
  const middle = left(place, view.position, view.step + 0.5);
  const spot = Math.max(place.gutter + half, Math.min(place.width - half, middle));
  const underline = (t, x, width, colour) => {
    if (trace.status[t] === "known") return;
    stroke(colour, 1.5, DASHES[trace.status[t]]);
    context.beginPath();
    context.moveTo(x - width / 2, base + 4.5 * rem);
    context.lineTo(x + width / 2, base + 4.5 * rem);
    context.stroke();
    context.setLineDash([]);
  };
  for (let t = 0; t < trace.tokens.length; t += every) {
    const x = left(place, view.position, t + 0.5);
    if (t === view.step || Math.abs(x - spot) < half + Math.min(column, 20 * rem) / 2) continue; // room for the chosen one
    const label = shorten(context, trace.tokens[t], every * column - 6 * rem, `${13.5 * rem}px ${colours.font}`);
    if (!label.whole && label.text.length < 4) continue; // "−…" tells nobody anything
    text(label.text, x, base, { size: 13.5, align: "center", colour: trace.status[t] === "known" ? colours.ink : colours.mute });
    underline(t, x, label.width, colours.mute);
  }
  context.beginPath();
  context.roundRect(spot - chosen.width / 2 - 8 * rem, tokens - 1 * rem, chosen.width + 16 * rem, 27 * rem, 7 * rem);
  context.fillStyle = colours.accent;
  context.fill();
  text(chosen.text, spot, base, { size: 15, weight: 600, align: "center", colour: colours.onAccent });
  underline(view.step, spot, chosen.width, colours.onAccent);
}
