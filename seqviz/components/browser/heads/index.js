// All heads of a model at a glance: a picture of its weights for each, a row for each layer, one of them chosen.

import { Component } from "../shared/component.js";
import { sayAt } from "../shared/hand.js";
import { fixed, signed } from "../shared/math.js";
import { fitted } from "../shared/paint.js";
import { drawGrid, headAt, layout, pictures } from "./grid.js";

const REST = 300; // ms without a key until the head counts as chosen

export class Heads extends Component {
  constructor(root, host) {
    super(root, host);
    this.canvas = this.find("grid");
    this.begin();
    const found = ({ clientX, clientY }) => {
      const box = this.canvas.getBoundingClientRect();
      return this.place && headAt(this.place, this.trace, clientX - box.left, clientY - box.top);
    };
    this.on(this.canvas, "pointermove", (event) => {
      const head = found(event);
      sayAt(this.canvas, head && this.about(head).join(" · "), event);
    });
    this.on(this.canvas, "pointerleave", () => sayAt(this.canvas, null));
    this.on(this.canvas, "click", (event) => {
      const head = found(event);
      if (head) this.choose(head, 0);
    });
    this.on(root, "keydown", (event) => this.press(event));
    this.unfollow = host.onMove((byReader) => {
      if (byReader) this.forget();
      this.follow();
    });
  }

  update(bytes) {
    this.start = performance.now();
    const old = this.trace;
    this.trace = this.receive(bytes);
    if (!this.trace) return;
    if (old?.model !== this.trace.model) this.forget();
    this.chosen = this.asked();
    this.root.setAttribute("aria-label", this.trace.words.name);
    this.resize();
  }

  stop() {
    this.unfollow();
    this.forget();
    super.stop();
  }

  // ---- choosing

  /** The head that the host asks for, or the usual one; where the reader has chosen one that is not told yet, that. */
  asked() {
    const [layers, heads] = this.trace.cells.shape;
    const [layer, head] = this.trace.chosen;
    const there = (name, count, usual) => {
      const value = this.host.asked(name);
      return /^\d{1,4}$/.test(value) && value >= 1 && value <= count ? value - 1 : usual;
    };
    const { chosen } = this;
    if (this.resting && chosen.layer < layers && chosen.head < heads) return chosen;
    return { layer: there("layer", layers, layer), head: there("head", heads, head) };
  }

  /** Python may have chosen another head; of what it sends here nothing changes then. */
  follow() {
    if (!this.trace || !this.place) return;
    this.chosen = this.asked();
    this.draw();
  }

  press(event) {
    if (!this.trace || event.ctrlKey || event.metaKey || event.altKey) return;
    const { layer, head } = this.chosen;
    const target = {
      ArrowLeft: { layer, head: head - 1 }, ArrowRight: { layer, head: head + 1 }, ArrowUp: { layer: layer - 1, head },
      ArrowDown: { layer: layer + 1, head }, Home: { layer, head: 0 }, End: { layer, head: Infinity },
    }[event.key];
    if (!target) return;
    event.preventDefault();
    event.stopPropagation(); // the host may have shortcuts of its own
    this.choose(target, REST);
  }

  choose({ layer, head }, delay) {
    const [layers, heads] = this.trace.cells.shape;
    this.chosen = { layer: Math.max(0, Math.min(layers - 1, layer)), head: Math.max(0, Math.min(heads - 1, head)) };
    this.draw();
    this.find("live").textContent = this.about(this.chosen).join(", ");
    this.tell(delay);
  }

  /** Once the hand has rested for so long: the host is told the choice, and Python draws that head. */
  tell(delay) {
    this.forget();
    this.resting = setTimeout(() => {
      this.resting = null;
      const [layer, head] = this.trace.chosen;
      const place = { layer: this.chosen.layer + 1, head: this.chosen.head + 1 };
      if (!this.host.say(place, this.trace.address, { layer: layer + 1, head: head + 1 })) this.tell(REST);
    }, delay);
  }

  /** What was chosen and not told yet is not told. */
  forget() {
    clearTimeout(this.resting);
    this.resting = null;
  }

  // ---- showing

  /** What is said of a head: which it is, and its scores. */
  about({ layer, head }) {
    const { words, captions, silenced, scores } = this.trace;
    const [layers, heads] = this.trace.cells.shape;
    const value = (i) => scores.data[(i * layers + layer) * heads + head];
    return [
      this.fill(words.which, { layer: layer + 1, head: head + 1 }),
      silenced.some(([l, h]) => l === layer && h === head) && words.silenced,
      ...captions.map((text, i) => text.replace(/\{value:\.(\d)f\}/, (_, decimals) => signed(fixed(value(i), Number(decimals))))),
    ].filter(Boolean);
  }

  resize() {
    const { width } = this.canvas.parentElement.getBoundingClientRect();
    if (!this.trace || !width) return;
    this.start ??= performance.now();
    this.theme();
    this.place = layout(this.trace, width, this.rem);
    this.pictures = pictures(this.trace, this.place, this.colours);
    this.draw();
    this.root.dataset.painted = (performance.now() - this.start).toFixed(1); // ms
    this.start = null;
  }

  draw() {
    const { place, chosen } = this;
    const context = fitted(this.canvas, place.width, place.height);
    drawGrid(context, this.pictures, this.trace, place, chosen, this.colours);
    this.find("captions").replaceChildren(...this.about(chosen).map((text) => {
      const span = document.createElement("span");
      span.textContent = text;
      return span;
    }));
  }
}
