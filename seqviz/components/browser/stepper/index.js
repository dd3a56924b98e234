// The stepper of lesson `rnn`: one cell unrolled over its sequence (stage.js), one number taken apart (shared/sum.js), two
// pictures of the whole run (pictures.js), all under the player's cursor.

import { offer, onPointer, press } from "../shared/hand.js";
import { at, explain, explainReadout, gatesOf, printed, signed, units } from "../shared/math.js";
import { fitted, shownReadout } from "../shared/paint.js";
import { Player } from "../shared/player.js";
import { drawSum } from "../shared/sum.js";
import { Picture, statePath, unitLines } from "./pictures.js";
import { drawStage, hit, layout } from "./stage.js";

export class Stepper extends Player {
  name = "stepper";

  constructor(root, host) {
    super(root, host);
    Object.assign(this.view, { unit: 0, gate: null });
    this.canvas = this.find("stage");
    this.pictures = [new Picture(this.find("lines"), unitLines), new Picture(this.find("path"), statePath)];
    this.begin();
    const { view } = this;
    const pick = ({ unit }) => unit !== null && this.turnTo(unit + 1);
    const tip = ({ step, unit }) => {
      if (unit === null) return null;
      return `${this.words.unit.replace("{n}", unit + 1)} · ${this.trace.tokens[step]} · ${signed(at(this.trace.h, step, unit).toFixed(2))}`;
    };
    onPointer(this, this.canvas, { find: (x, y) => hit(this.trace, this.place, view, x, y), pick, tip });
    for (const picture of this.pictures) onPointer(this, picture.canvas, { find: picture.hit, pick, tip });
    this.on(this.find("tabs"), "click", (event) => {
      const name = event.target.closest("button")?.dataset.name;
      if (!name) return;
      view.gate = name === "h" ? null : name;
      this.drawSum();
      this.rest();
    });
  }

  take(trace, old) {
    this.view.unit = Math.min(this.view.unit, units(trace) - 1);
    if (old?.kind !== trace.kind) this.view.gate = null;
  }

  get isChanged() {
    return Boolean(this.trace.unchanged);
  }

  // ---- the unit

  get chosen() {
    return { unit: this.view.unit + 1, sum: this.view.gate ?? "h" };
  }

  choose({ unit = this.trace.unit + 1, sum }) {
    this.view.unit = Math.max(0, Math.min(units(this.trace), unit) - 1);
    this.view.gate = this.sums.includes(sum) && sum !== "h" ? sum : null;
  }

  /** The sums that can be opened: of the state, of each gate, of the verdict. */
  get sums() {
    return ["h", ...gatesOf(this.trace), "y"];
  }

  /** Another unit; the verdict belongs to none. */
  turnTo(unit) {
    const { gate } = this.view;
    this.choose({ unit, sum: gate === "y" ? "h" : gate });
  }

  shift(by) {
    this.turnTo(this.view.unit + 1 + by);
    this.changed();
  }

  // ---- showing

  moved() {
    this.drawSum();
  }

  draw() {
    if (!this.place) return;
    const context = fitted(this.canvas, this.place.width, this.place.height);
    drawStage(context, this.trace, this.place, this.view, this.colours, this.words);
    for (const picture of this.pictures) picture.draw(this.view);
  }

  lay(rem) {
    this.place = layout(this.trace, this.canvas.parentElement.clientWidth, rem);
    for (const picture of this.pictures) picture.fit(this.trace, rem, this.colours, this.words);
  }

  label() {
    super.label();
    if (this.trace) offer(this.find("tabs"), this.sums, (name) => this.words.sums[name]);
  }

  drawSum() {
    if (!this.place) return;
    const { trace, words, view } = this;
    const { step, unit, gate } = view;
    const arithmetic = gate === "y" ? explainReadout(trace, step) : explain(trace, step, unit, gate);
    const print = printed(arithmetic);
    const token = trace.tokens[step];
    this.find("title").textContent = this.fill(words.titles[arithmetic.name], { unit: unit + 1, token });
    this.find("sub").textContent = arithmetic.isMix ? words.mix : words.sub;
    const label = ({ kind, source, index }) => {
      if (kind === "bias") return words.bias;
      if (arithmetic.isMix) return words.mixes[`${trace.kind}-${source}`];
      if (kind === "rest") return this.fill(words[`rest-${source}`], { n: index, token });
      return source === "x" ? this.fill(trace.features[index], { token }) : this.fill(words.before, { n: index + 1 });
    };
    const shown = gate === null ? at(trace.h, step, unit) : gate === "y" ? trace.readouts.data[step] : null;
    const held = gate === null && trace.held?.unit === unit;
    const checks = [];
    if (held) checks.push(this.fill(words.held, { value: signed(trace.held.value.toFixed(2)) }));
    else if (shown !== null) checks.push(this.fill(Math.abs(shown - arithmetic.result) < 1e-6 ? words.torch : words.differs, { value: signed(shown.toFixed(4)) }));
    drawSum(this.find("sum"), {
      lines: print.lines.map((line) => ({ ...line, label: this.shorten(label(line), 34) })),
      printed: print,
      arithmetic,
      width: this.find("sum").parentElement.clientWidth,
      rem: this.place.rem,
      note: { total: arithmetic.isMix ? (trace.kind === "LSTM" ? "c" : "h") : "z", result: arithmetic.name, checks },
    });
    press(this.find("tabs"), gate ?? "h");
  }

  says() {
    const { words, trace } = this;
    const { step, unit } = this.view;
    const { activation, high } = trace.readout;
    const verdict = [words.verdict, shownReadout(trace.readout, trace.readouts.data[step]), activation === "sigmoid" && high];
    return [
      this.fill(words.where, { n: step + 1, of: this.last + 1 }),
      trace.tokens[step],
      verdict.filter(Boolean).join(" "),
      `${words.unit.replace("{n}", unit + 1)} ${signed(at(trace.h, step, unit).toFixed(2))}`,
    ];
  }
}
