// One sentence as several readers read it, under one cursor: the board (board.js), and below it one reader's verdict
// taken apart (shared/sum.js) with what every word does to it (sentence.js).

import { offer, onPointer, press } from "../shared/hand.js";
import { at, explainReadout, fixed, printed, signed } from "../shared/math.js";
import { fitted, shownReadout } from "../shared/paint.js";
import { Player } from "../shared/player.js";
import { drawSum } from "../shared/sum.js";
import { drawBoard, hit, layout } from "./board.js";
import { paint, showsAttention } from "./lane.js";
import { lanesOf, printedReach, reachOf, saliencyOf, weightOf } from "./reading.js";
import { Sentence } from "./sentence.js";

const BLUR = 100; // ms a step: what is faster is watched, not read

export class Lanes extends Player {
  name = "lanes";

  constructor(root, host) {
    super(root, host);
    Object.assign(this.view, { reader: null, shows: "attention" });
    this.lanes = [];
    this.canvas = this.find("board");
    this.sentence = new Sentence(this.find("words"));
    this.begin();
    onPointer(this, this.canvas, {
      find: (x, y) => hit(this.place, this.view, this.last + 1, x, y),
      pick: ({ lane }) => lane && this.choose({ reader: lane.kind }),
      tip: (found) => found.part && this.tip(found),
    });
    this.on(this.find("states"), "click", () => {
      this.view.shows = this.view.shows === "states" ? "attention" : "states";
      this.label();
      this.changed();
    });
    this.on(this.find("readers"), "click", ({ target }) => {
      const reader = target.closest("button")?.dataset.name;
      if (reader) this.turnTo(reader);
    });
    this.on(this.find("words"), "click", ({ target }) => {
      const { step } = target.closest("[data-step]")?.dataset ?? {};
      if (step !== undefined) this.go(Number(step));
    });
  }

  take(trace) {
    this.lanes = lanesOf(trace);
    trace.most = reachOf(...this.lanes.map(({ saliency }) => saliency));
    this.choose({ reader: this.view.reader });
    this.sentence.write(trace);
    offer(this.find("readers"), this.lanes.map(({ kind }) => kind), (kind) => kind);
  }

  // ---- the reader

  get lane() {
    return this.lanes.find(({ kind }) => kind === this.view.reader);
  }

  get chosen() {
    return { reader: this.view.reader, shows: this.view.shows };
  }

  choose({ reader, shows }) {
    const { view } = this;
    const kinds = this.lanes.map(({ kind }) => kind);
    view.reader = [reader, view.reader].find((kind) => kinds.includes(kind)) ?? kinds[0];
    if (["attention", "states"].includes(shows)) view.shows = shows;
  }

  shift(by) {
    const place = this.lanes.indexOf(this.lane) + by;
    this.turnTo(this.lanes[Math.max(0, Math.min(this.lanes.length - 1, place))].kind);
  }

  turnTo(reader) {
    this.choose({ reader });
    this.changed();
    this.write(); // also while it flies by
  }

  // ---- showing

  label() {
    super.label();
    if (!this.trace) return;
    this.find("states").hidden = this.lanes.every(({ weights }) => !weights);
    this.find("states").setAttribute("aria-pressed", String(this.view.shows === "states"));
  }

  get legend() {
    const { words, trace, lanes, view } = this;
    const looks = lanes.some((lane) => showsAttention(lane, view)) && words["key-looks"];
    const hangs = this.fill(words["key-words"], { most: printedReach(trace.most) });
    return [words.key, looks, hangs, words["key-root"], ...super.legend];
  }

  lay(rem) {
    const style = getComputedStyle(this.root);
    this.colours.reader = Object.fromEntries(this.lanes.map(({ kind }) => [kind, style.getPropertyValue(`--${kind.toLowerCase()}`).trim()]));
    this.place = layout(this.trace, this.lanes, this.canvas.parentElement.clientWidth, rem);
    this.place.apart = this.find("sum").parentElement.clientWidth; // to ask at every step would lay out the page again
    for (const lane of this.lanes) paint(lane, this.colours);
  }

  draw() {
    if (!this.place) return;
    const context = fitted(this.canvas, this.place.width, this.place.height);
    drawBoard(context, this.trace, this.place, this.view, this.colours, this.words);
  }

  moved() {
    if (!this.playing || this.period > BLUR) this.write();
  }

  pause() {
    super.pause();
    this.write();
  }

  /** The numbers of the chosen reader: nobody reads them while they fly by, and writing them would cost frames. */
  write() {
    if (!this.place || !this.trace) return;
    const { lane, words, trace, view, colours } = this;
    const { step } = view;
    const token = trace.tokens[step];
    this.root.style.setProperty("--reader", colours.reader[lane.kind]);
    this.find("title").textContent = this.fill(words.title, { reader: lane.kind, token });
    this.find("hangs").textContent = this.fill(words.hangs, { reader: lane.kind, token });
    press(this.find("readers"), lane.kind);
    this.sentence.draw(lane, step, trace.most, colours);
    this.drawSum();
  }

  /** The verdict of the chosen reader: bias, the largest terms, the rest, and the curve that makes a share of it. */
  drawSum() {
    const { lane, words, view, place } = this;
    const arithmetic = explainReadout(lane, view.step);
    const print = printed(arithmetic);
    const label = ({ kind, index }) => {
      if (kind === "bias") return words.bias;
      return kind === "rest" ? this.fill(words.rest, { n: index }) : this.fill(words.unit, { n: index + 1 });
    };
    const shown = lane.readouts.data[view.step];
    const check = Math.abs(shown - arithmetic.result) < 1e-6 ? words.torch : words.differs;
    drawSum(this.find("sum"), {
      lines: print.lines.map((line) => ({ ...line, label: label(line) })),
      printed: print,
      arithmetic,
      width: place.apart,
      rem: place.rem,
      note: { total: "logit", result: words.verdict, checks: [this.fill(check, { value: fixed(shown, 4) })] },
    });
  }

  // ---- saying

  tip({ step, lane, part, row }) {
    const { trace, words, view } = this;
    const [now, token] = [trace.tokens[view.step], trace.tokens[step]];
    if (part === "strip" && !showsAttention(lane, view))
      return `${lane.kind} · ${this.fill(words.unit, { n: row + 1 })} · ${token} · ${signed(fixed(at(lane.h, step, row), 2))}`;
    if (step > view.step) return null;
    if (part === "tiles") {
      const value = signed(fixed(saliencyOf(lane, view.step, step), 2), "+");
      return this.fill(words["tip-word"], { reader: lane.kind, word: token, token: now, value });
    }
    const heads = lane.weights.shape[1];
    const [layer, head] = [Math.floor(row / heads), row % heads];
    const which = this.fill(words.which, { layer: layer + 1, head: head + 1 });
    return `${which} · ${this.fill(words.looks, { query: now, key: token, weight: fixed(weightOf(lane, layer, head, view.step, step), 2) })}`;
  }

  says() {
    const { words, trace, view } = this;
    return [
      this.fill(words.where, { n: view.step + 1, of: this.last + 1 }),
      trace.tokens[view.step],
      ...this.lanes.map(({ kind, readout, readouts }) => `${kind} ${shownReadout(readout, readouts.data[view.step])}`),
    ];
  }
}
