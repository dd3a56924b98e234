// A sequence under one cursor: play, step, scrub, come back to the place. What is drawn is for the subclass to say.
// Nothing is sent to Python while it plays; when the hand rests, the place goes into the address, which Python reads.

import { unpack } from "./math.js";
import { listen } from "./hand.js";
import { palette } from "./paint.js";

const REST = 350; // ms without a move until the place counts as chosen
const GLIDE = 140; // ms that the cursor takes to the next step
const SPEEDS = [1, 2, 3, 5, 8, 15, 30]; // steps a second
const READ = 5; // seconds that a sequence may take when it plays by itself

/** Whether streamlit is running the page: what it was asked for may not stand in the address yet. */
const isRunning = () => {
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
};

/** What streamlit calls on every run of the page: one instance of `Kind` an element, which lives on through the runs. */
export function mounted(Kind) {
  const instances = new WeakMap();
  return ({ data, parentElement }) => {
    let player = instances.get(parentElement);
    if (!player) instances.set(parentElement, (player = new Kind(parentElement.querySelector(".player"))));
    const run = player.update(data);
    // Streamlit may clean up after a rerun that a newer one has already replaced.
    return () => {
      if (player.run !== run) return;
      player.stop();
      instances.delete(parentElement);
    };
  };
}

/**
 * A subclass has: `name`, under which the place is kept; `take(trace, old)`, which gets what Python sent;
 * `chosen`, what is chosen besides the step, as it stands in the address, and `choose(chosen)`, which takes it back;
 * `lay(width, rem)`, `draw()` and `moved()`; `shift(by)` to another unit; `says()`, what is read aloud.
 */
export class Player {
  run = 0;
  view = { position: 0, step: 0 };
  playing = false;

  constructor(root) {
    this.root = root;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.listening = new AbortController();
    this.resized = new ResizeObserver(() => this.resize());
  }

  /** To be called once by the subclass, when it is whole. */
  begin() {
    this.on = (element, type, handler, options) =>
      element.addEventListener(type, handler, { signal: this.listening.signal, ...options });
    listen(this);
    this.resized.observe(this.root);
  }

  find = (name) => this.root.querySelector(`.${name}`);
  fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  shorten = (text, most) => (text.length > most ? `${Array.from(text).slice(0, most - 1).join("")}…` : text);

  get last() {
    return this.trace.tokens.length - 1;
  }

  /** Takes what Python sent; the same sequence keeps the place, a new one starts to move by itself. */
  update(bytes) {
    this.run += 1;
    const trace = unpack(bytes);
    this.find("nothing").textContent = trace.nothing ?? "";
    this.root.classList.toggle("empty", "nothing" in trace);
    const old = this.trace ?? this.old;
    if ("nothing" in trace) {
      this.halt();
      this.old = old;
      this.trace = null;
      return this.run;
    }
    this.trace = trace;
    this.words = trace.words;
    this.take(trace, old);
    const same = old?.tokens.join("\0") === trace.tokens.join("\0") && old.plays === trace.plays;
    if (!same) this.enter(old === undefined);
    this.view.step = Math.min(this.view.step, this.last);
    if (!this.playing) this.view.position = this.view.step;
    this.label();
    this.resize();
    return this.run;
  }

  /** Where to begin: at the address's step if this page was opened with one, where the reader was, else play. */
  enter(first) {
    const found = first ? this.remembered() : {};
    this.speed = SPEEDS.slice(1).find((speed) => speed >= (this.last + 1) / READ) ?? SPEEDS.at(-1);
    this.find("speed").value = this.speed;
    if (first) this.choose(found);
    const step = found.step ? found.step - 1 : this.calm.matches ? this.last : 0;
    this.view.step = this.view.position = Math.max(0, Math.min(this.last, step));
    if (!found.step && this.last > 0 && !this.calm.matches) this.play();
    else this.pause();
  }

  /** What the address asks for, steps and units counted from 1, or, where it does not, what this sequence was left at. */
  remembered() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(`seqviz-${this.name}`));
    } catch {} // storage may be closed to us, or hold something else: then there is no place to come back to
    const found = kept?.sequence === this.trace.tokens.join(" ") ? kept.place : {};
    for (const [name, usual] of Object.entries({ step: 1, ...this.chosen })) {
      const value = new URL(location.href).searchParams.get(name) ?? "";
      if (typeof usual === "number" && /^\d{1,6}$/.test(value)) found[name] = Number(value);
      if (typeof usual === "string" && /^[A-Za-z]{1,9}$/.test(value)) found[name] = value;
    }
    return found;
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

  /** Goes to a step because the hand says so. */
  go(step) {
    if (this.playing) this.pause();
    const target = Math.max(0, Math.min(this.last, step));
    this.view.step = target;
    if (!this.calm.matches && Math.abs(target - this.view.position) < 2) this.animate();
    else this.view.position = target;
    this.changed();
  }

  play() {
    if (this.view.step >= this.last) this.view.step = this.view.position = 0;
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

  toggle() {
    if (this.playing) this.pause();
    else this.play();
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
        view.step = Math.min(this.last, view.step + 1 + late);
        this.due += ((1 + late) * 1000) / this.speed;
        this.follow();
        if (view.step === this.last) this.pause();
      }
      const passed = Math.max(0, now - before); // a frame may have begun before the hand moved
      const pace = passed / (this.playing ? Math.min(GLIDE, 700 / this.speed) : GLIDE);
      before = now;
      const way = view.step - view.position;
      const glide = pace * Math.max(1, Math.abs(way));
      view.position = this.calm.matches || Math.abs(way) <= glide ? view.step : view.position + Math.sign(way) * glide;
      this.draw();
      if (this.playing || view.position !== view.step) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  // ---- showing

  /** The step or what is chosen is another one: the transport, and all that does not move every frame, follows. */
  follow() {
    this.find("scrub").value = this.view.step + 1;
    this.find("where").textContent = this.fill(this.words.where, { n: this.view.step + 1, of: this.last + 1 });
    this.moved();
  }

  changed() {
    this.follow();
    this.draw();
    this.rest();
  }

  resize() {
    const width = this.root.clientWidth;
    if (!this.trace || !width) return;
    this.theme();
    this.lay(parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
    this.follow();
    this.draw();
  }

  /** Light or dark is streamlit's to say, and it says so only by its variables. */
  theme() {
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.trim().slice(i, i + 2), 16));
    this.root.classList.toggle("dark", r + g + b < 384);
    this.colours = palette(this.root);
  }

  /** Everything that is said in the reader's language and does not depend on the step. */
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
    this.find("scrub").max = this.last + 1;
    this.find("legend").textContent = [
      this.trace.status.includes("new") && this.words.new,
      this.trace.status.includes("unknown") && this.words.unknown,
      this.isChanged && this.words.unchanged,
    ].filter(Boolean).join(" · ");
    if (this.find("live").textContent && !this.playing) this.announce(); // it may have been said in another language
  }

  announce() {
    this.find("live").textContent = this.says().filter(Boolean).join(", ");
  }

  /** Once the hand rests: tell those who listen, the address bar, and through it Python. */
  rest() {
    clearTimeout(this.resting);
    if (!this.trace) return;
    const place = { step: this.view.step + 1, ...this.chosen };
    try {
      sessionStorage.setItem(`seqviz-${this.name}`, JSON.stringify({ sequence: this.trace.tokens.join(" "), place }));
    } catch {} // without storage, only coming back from another page forgets the place
    if (this.playing) return;
    this.resting = setTimeout(() => {
      if (isRunning()) return this.rest();
      this.resting = null;
      this.announce();
      const url = new URL(location.href);
      for (const [name, value] of Object.entries(place)) url.searchParams.set(name, value);
      for (const [name, value] of Object.entries(this.trace.address)) {
        if (!url.searchParams.has(name)) url.searchParams.set(name, value); // what is there may be newer than this trace
      }
      if (url.href !== location.href) {
        history.replaceState(history.state, "", url); // a push would fill the back button
        dispatchEvent(new PopStateEvent("popstate", { state: history.state })); // streamlit knows the address only if told
      }
    }, REST);
  }
}
