// Signed numbers side by side as bars (canvas): orange up from zero, blue down.

import { onPointer } from "../shared/hand.js";
import { brushes, fitted } from "../shared/paint.js";

export class Bars {
  /** Bars on `canvas`; pointing at one shows what `tip(bar)` says of it, and a click gives it to `pick`. */
  constructor(player, canvas, tip, pick = () => {}) {
    this.canvas = canvas;
    onPointer(player, canvas, {
      find: (x) => ({ step: player.view.step, bar: this.at(x) }),
      pick: ({ bar }) => pick(bar),
      tip: ({ bar }) => tip(bar),
    });
  }

  /** Takes the width that the page leaves. */
  fit(height, colours, rem) {
    Object.assign(this, { width: this.canvas.parentElement.clientWidth, height: height * rem, colours, rem });
  }

  /** Draws `values` on a scale from `low` to `high`, which hold zero; the bar `named` bears its number, perhaps a frame. */
  draw(values, { low, high }, named, number, isFramed = false) {
    this.count = values.length;
    const { canvas, width, height, colours, rem } = this;
    const context = fitted(canvas, width, height);
    const { stroke, text } = brushes(context, rem, colours);
    const step = width / values.length;
    const gap = step > 5 ? Math.min(3 * rem, step * 0.2) : 0;
    const room = 19 * rem; // for the number of a bar that goes all the way
    const y = (value) => room + ((high - value) / (high - low || 1)) * (height - 2 * room);
    const left = (bar) => bar * step;
    context.clearRect(0, 0, width, height);
    values.forEach((value, i) => {
      const length = Math.max(rem, Math.abs(y(value) - y(0)));
      context.fillStyle = value < 0 ? colours.negative : colours.positive;
      context.fillRect(left(i) + gap / 2, value < 0 ? y(0) : y(0) - length, step - gap, length);
    });
    stroke(colours.line, 1);
    context.beginPath();
    context.moveTo(0, y(0));
    context.lineTo(width, y(0));
    context.stroke();
    const [end, middle] = [y(values[named]), Math.max(22 * rem, Math.min(width - 22 * rem, left(named + 0.5)))];
    text(number, middle, end + (values[named] < 0 ? 15 : -6) * rem, { align: "center", weight: 600, colour: colours.ink });
    if (!isFramed) return;
    stroke(colours.ink, 1.5);
    context.strokeRect(left(named) + 0.5, Math.min(y(0), end) - 2, step - 1, Math.abs(end - y(0)) + 4);
  }

  at = (x) => Math.max(0, Math.min(this.count - 1, Math.floor((x / this.width) * this.count)));
}

/** The lowest and the highest of some numbers and zero. */
export const range = (values) => ({ low: Math.min(0, ...values), high: Math.max(0, ...values) });

/** Which of some numbers is the largest, whatever its sign. */
export const largest = (values) => values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
