// The stepper's life: one instance an element, drawn by draw.js and sum.js, counted by math.js.
// Nothing is sent to Python while it plays; when the hand rests, the position goes into the address, which Python reads.

import { at, explain, explainReadout, gatesOf, printed, steps, units, unpack } from "./math.js";
import { drawStage, layout, palette, shownReadout } from "./draw.js";
import { listen } from "./hand.js";
import { Picture, statePath, unitLines } from "./pictures.js";
import { drawSum, signed } from "./sum.js";

const REST = 350; // ms without a move until the position counts as chosen
const GLIDE = 140; // ms that the cursor takes to the next step
const SPEEDS = [1, 2, 3, 5, 8, 15, 30]; // steps a second
const READ = 5; // seconds that a sequence may take when it plays by itself
const instances = new WeakMap(); // streamlit calls again on every rerun: the same element keeps its instance
const PLACE = "seqviz-stepper"; // sessionStorage: where the reader was, for coming back from another page

/** Whether streamlit is running the page: what it was asked for may not stand in the address yet. */
const isRunning = () => {
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
};

export default function ({ data, parentElement }) {
  let stepper = instances.get(parentElement);
  if (!stepper) instances.set(parentElement, (stepper = new Stepper(parentElement.querySelector(".stepper"))));
  const run = stepper.update(data);
  // Streamlit may clean up after a rerun that a newer one has already replaced.
  return () => {
    if (stepper.run !== run) return;
    stepper.stop();
    instances.delete(parentElement);
  };
}

class Stepper {
  run = 0;
  view = { position: 0, step: 0, unit: 0, gate: null };
  playing = false;

  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("stage");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.pictures = [new Picture(this.find("lines"), unitLines), new Picture(this.find("path"), statePath)];
    this.listening = new AbortController();
    listen(this, this.listening.signal);
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(root);
  }

  /** Takes what Python sent; the same sequence keeps the place, a new one starts to move by itself. */
  update(bytes) {
    this.run += 1;
    const trace = unpack(bytes);
    this.find("nothing").textContent = trace.nothing ?? "";
    this.root.classList.toggle("empty", "nothing" in trace);
    if ("nothing" in trace) {
      this.halt();
      this.old = this.trace ?? this.old;
      this.trace = null;
      return this.run;
    }
    const old = this.trace ?? this.old;
    this.trace = trace;
    this.words = trace.words;
    const same = old?.tokens.join("\0") === trace.tokens.join("\0") && old.plays === trace.plays;
    if (!same) this.enter(old === undefined);
    const last = { step: steps(this.trace) - 1, unit: units(this.trace) - 1 };
    this.view.step = Math.min(this.view.step, last.step);
    this.view.unit = Math.min(this.view.unit, last.unit);
    if (!this.playing) this.view.position = this.view.step;
    if (old?.kind !== this.trace.kind) this.view.gate = null;
    this.label();
    this.resize();
    return this.run;
  }

  /** Where to begin: at the address's step if this page was opened with one, where the reader was, else play. */
  enter(first) {
    const sequence = this.trace.tokens.join(" ");
    const address = new URL(location.href).searchParams;
    const number = (name) => (/^\d{1,6}$/.test(address.get(name) ?? "") ? Number(address.get(name)) - 1 : null);
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(PLACE));
    } catch {} // storage may be closed to us, or hold something else: then there is no place to come back to
    const last = steps(this.trace) - 1;
    const stored = first && kept?.sequence === sequence ? kept : {};
    const step = first ? number("step") ?? stored.step ?? null : null;
    const unit = first ? number("unit") ?? stored.unit ?? null : null;
    this.speed = SPEEDS.slice(1).find((speed) => speed >= (last + 1) / READ) ?? SPEEDS.at(-1);
    this.find("speed").value = this.speed;
    if (unit !== null) this.view.unit = Math.max(0, unit);
    else if (first) this.view.unit = this.trace.unit;
    this.view.step = this.view.position = Math.max(0, Math.min(last, step ?? (this.calm.matches ? last : 0)));
    if (step === null && last > 0 && !this.calm.matches) this.play();
    else this.pause();
  }

  stop() {
    this.pause(); // keeps the place
    this.halt();
    this.listening.abort();
    this.resized.disconnect();
  }

  /** Nothing that is under way may go on: there is no sequence any more. */
  halt() {
    this.playing = false;
    clearTimeout(this.resting);
    cancelAnimationFrame(this.frame);
    this.resting = this.frame = null;
  }

  // ---- moving

  go(step) {
    const target = Math.max(0, Math.min(steps(this.trace) - 1, step));
    this.view.step = target;
    if (!this.calm.matches && Math.abs(target - this.view.position) < 2) this.animate();
    else this.view.position = target;
    this.changed();
  }

  choose(unit) {
    this.view.unit = Math.max(0, Math.min(units(this.trace) - 1, unit));
    if (this.view.gate === "y") this.view.gate = null; // the verdict belongs to no unit
    this.changed();
  }

  play() {
    if (this.view.step >= steps(this.trace) - 1) this.view.step = this.view.position = 0;
    this.playing = true;
    clearTimeout(this.resting);
    this.pace(this.speed);
    this.label();
    this.animate();
  }

  pause() {
    this.playing = false;
    this.label();
    this.rest();
  }

  /** Plays at so many steps a second from now on. */
  pace(speed) {
    this.speed = speed;
    this.due = performance.now() + 1000 / speed;
  }

  animate() {
    if (this.frame) return;
    let before = performance.now();
    const tick = (now) => {
      this.frame = null;
      const { view } = this;
      if (this.playing && now >= this.due) {
        const late = Math.floor(((now - this.due) * this.speed) / 1000); // steps missed while the tab slept
        view.step = Math.min(steps(this.trace) - 1, view.step + 1 + late);
        this.due += ((1 + late) * 1000) / this.speed;
        this.moved();
        if (view.step === steps(this.trace) - 1) this.pause();
      }
      const pace = (now - before) / (this.playing ? Math.min(GLIDE, 700 / this.speed) : GLIDE);
      before = now;
      const way = view.step - view.position;
      view.position = this.calm.matches || Math.abs(way) <= pace ? view.step : view.position + Math.sign(way) * pace * Math.max(1, Math.abs(way));
      this.draw();
      if (this.playing || view.position !== view.step) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  // ---- showing

  /** The step or the unit is another one: all but the stage follows at once. */
  moved() {
    this.find("scrub").value = this.view.step + 1;
    this.find("where").textContent = this.fill(this.words.where, { n: this.view.step + 1, of: steps(this.trace) });
    this.drawSum();
  }

  changed() {
    this.moved();
    this.draw();
    this.rest();
  }

  draw() {
    if (!this.place) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    drawStage(context, this.trace, this.place, this.view, this.colours, this.words);
    for (const picture of this.pictures) picture.draw(this.view);
  }

  resize() {
    const width = this.canvas.parentElement.clientWidth;
    if (!this.trace || !width) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.theme();
    this.place = layout(this.trace, width, rem);
    const pixels = [width * devicePixelRatio, this.place.height * devicePixelRatio].map(Math.round);
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) [this.canvas.width, this.canvas.height] = pixels;
    this.canvas.style.height = `${this.place.height}px`;
    for (const picture of this.pictures) picture.fit(this.trace, rem, this.colours, this.words);
    this.moved();
    this.draw();
  }

  /** Light or dark is streamlit's to say, and it says so only by its variables. */
  theme() {
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.trim().slice(i, i + 2), 16));
    this.root.classList.toggle("dark", r + g + b < 384);
    this.colours = palette(this.root);
  }

  label() {
    if (!this.trace) return;
    for (const element of this.root.querySelectorAll("[data-label]")) {
      const label = this.words[element.dataset.label];
      element.setAttribute("aria-label", label);
      element.title = label;
    }
    this.root.setAttribute("aria-label", this.words.name);
    for (const element of this.root.querySelectorAll("[data-text]")) element.textContent = this.words[element.dataset.text];
    const play = this.find("play");
    play.classList.toggle("playing", this.playing);
    play.title = this.playing ? this.words.pause : this.words.play;
    play.setAttribute("aria-label", play.title);
    this.find("scrub").max = steps(this.trace);
    this.find("legend").textContent = [
      this.trace.status.includes("new") && this.words.new,
      this.trace.status.includes("unknown") && this.words.unknown,
      this.trace.unchanged && this.words.unchanged,
    ].filter(Boolean).join(" · ");
    this.tabs();
    if (this.find("live").textContent && !this.playing) this.announce(); // it may have been said in another language
  }

  /** One button a sum: the state, each gate, the readout. */
  tabs() {
    const names = [null, ...gatesOf(this.trace), "y"];
    this.find("tabs").replaceChildren(...names.map((gate) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.words.sums[gate ?? "h"];
      button.setAttribute("aria-pressed", String(gate === this.view.gate));
      button.dataset.gate = gate ?? "";
      return button;
    }));
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
      lines: print.lines.map((line) => ({ ...line, label: this.shorten(label(line)) })),
      printed: print,
      arithmetic,
      width: this.find("sum").parentElement.clientWidth,
      rem: this.place.rem,
      note: { total: arithmetic.isMix ? (trace.kind === "LSTM" ? "c" : "h") : "z", result: arithmetic.name, checks },
    });
    for (const button of this.find("tabs").children) button.setAttribute("aria-pressed", String(button.dataset.gate === (gate ?? "")));
  }

  fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  shorten = (text) => (text.length > 34 ? `${Array.from(text).slice(0, 33).join("")}…` : text);

  /** Once the hand rests: tell those who listen, the address bar, and through it Python. */
  rest() {
    clearTimeout(this.resting);
    if (!this.trace) return;
    const { step, unit } = this.view;
    try {
      sessionStorage.setItem(PLACE, JSON.stringify({ sequence: this.trace.tokens.join(" "), step, unit }));
    } catch {} // without storage, only coming back from another page forgets the place
    if (this.playing) return;
    this.resting = setTimeout(() => {
      if (isRunning()) return this.rest();
      this.resting = null;
      this.announce();
      const { trace } = this;
      const url = new URL(location.href);
      url.searchParams.set("step", step + 1);
      url.searchParams.set("unit", unit + 1);
      for (const [name, value] of Object.entries(trace.address)) {
        if (!url.searchParams.has(name)) url.searchParams.set(name, value); // what is there may be newer than this trace
      }
      if (url.href !== location.href) {
        history.replaceState(history.state, "", url); // a push would fill the back button
        dispatchEvent(new PopStateEvent("popstate", { state: history.state })); // streamlit knows the address only if told
      }
    }, REST);
  }

  announce() {
    const { words, trace } = this;
    const { step, unit } = this.view;
    const { activation, high } = trace.readout;
    const verdict = [words.verdict, shownReadout(trace, trace.readouts.data[step]), activation === "sigmoid" && high];
    this.find("live").textContent = [
      this.fill(words.where, { n: step + 1, of: steps(trace) }),
      trace.tokens[step],
      verdict.filter(Boolean).join(" "),
      `${words.unit.replace("{n}", unit + 1)} ${signed(at(trace.h, step, unit).toFixed(2))}`,
    ].join(", ");
  }
}
