// A sequence under one cursor: play, step, scrub, come back to the place. What is drawn is for the subclass to say.
// Nothing is said while it plays; when the hand rests, the host is told the place.

import { Component } from "./component.js";
import { listen } from "./hand.js";

const REST = 350; // ms without a move until the place counts as chosen
const GLIDE = 140; // ms that the cursor takes to the next step
const STALL = 500; // ms between two frames, after which the page was busy, or the tab asleep: it goes on where it stood
const SPEEDS = [1, 2, 3, 5, 8, 15, 30]; // steps a second
const READ = 5; // seconds that a sequence may take when it plays by itself

/**
 * A subclass has: `name`, under which the place is kept; `take(trace, old)`, which gets what Python sent;
 * `chosen`, what is chosen besides the step, as the host is told it (null: a number that nobody chose), and
 * `choose(chosen)`, which takes it back; `assumed`, where Python takes the cursor to be, if it asks;
 * `lay(rem)`, `draw()` and `moved()`; `shift(by)` to another unit; `says()`, what is read aloud.
 */
export class Player extends Component {
  view = { position: 0, step: 0 };
  playing = false;
  parameter = "step"; // what the host calls the step
  calm = matchMedia("(prefers-reduced-motion: reduce)");

  begin() {
    super.begin();
    listen(this);
    this.unfollow = this.host.onMove((byReader) => byReader && this.went());
  }

  shorten = (text, most) => (text.length > most ? `${Array.from(text).slice(0, most - 1).join("")}…` : text);

  get last() {
    return this.trace.tokens.length - 1;
  }

  /** Takes what Python sent; the same sequence keeps the place, a new one starts to move by itself. */
  update(bytes) {
    const trace = this.receive(bytes);
    const old = this.trace ?? this.old;
    this.trace = trace;
    if (!trace) {
      this.halt();
      this.old = old;
      return;
    }
    this.words = trace.words;
    this.take(trace, old);
    const same = old?.tokens.join("\0") === trace.tokens.join("\0") && old.plays === trace.plays && old.model === trace.model;
    if (!same && !old) this.arrive();
    else if (!same) this.enter(this.asked());
    else if (old.address.of !== trace.address.of) this.again();
    else if (JSON.stringify(this.cursor) !== this.said) this.rest(); // what was chosen may be gone
    this.view.step = Math.min(this.view.step, this.last);
    if (!this.playing) this.view.position = this.view.step;
    this.label();
    this.resize();
  }

  /** Begins where the host asks for it, or where the reader was. */
  arrive() {
    const found = this.remembered();
    this.choose(found);
    this.enter(found);
  }

  /** Begins at the step that was found, else plays. */
  enter(found) {
    const pace = (this.last + 1) / READ;
    this.find("speed").value = SPEEDS.slice(1).find((speed) => speed >= pace) ?? SPEEDS.at(-1);
    if (Object.keys(found).length) this.choose(found);
    const wanted = found[this.parameter];
    const { end } = this;
    this.stand(wanted ? wanted - 1 : this.calm.matches ? end : 0);
    if (!wanted && end > 0 && !this.calm.matches) this.play(end, Math.max(pace, this.speed));
    else this.pause();
  }

  /** Where Python takes the cursor to be, if it asks. */
  get assumed() {
    return {};
  }

  /** Where it comes to rest by itself. */
  get end() {
    return this.trace.rest_at ?? this.last;
  }

  stand(step) {
    this.view.step = this.view.position = Math.max(0, Math.min(this.last, step));
  }

  /** The same sequence, but the host has forgotten what was said of it, or asks for something else by now. */
  again() {
    const found = this.asked();
    if (found[this.parameter]) {
      this.choose(found);
      this.stand(found[this.parameter] - 1);
    }
    this.rest();
  }

  /** The reader went back or forward: the cursor stands where the host asks for it, without a way there. */
  went() {
    if (!this.trace) return;
    this.halt();
    const found = this.asked();
    this.choose(found);
    this.stand((found[this.parameter] ?? this.end + 1) - 1);
    this.label();
    this.follow();
    this.draw();
  }

  /** Steps a second, as the reader has them. */
  get speed() {
    return Number(this.find("speed").value);
  }

  /** What the host asks for, steps and units counted from 1. */
  asked() {
    const found = {};
    for (const [name, usual] of Object.entries(this.cursor)) {
      const value = this.host.asked(name);
      if (typeof (usual ?? 0) === "number" && /^\d{1,6}$/.test(value)) found[name] = Number(value);
      if (typeof usual === "string" && /^[A-Za-z]{1,11}$/.test(value)) found[name] = value;
    }
    return found;
  }

  /** Where this sequence was left. */
  kept() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(`seqviz-${this.name}`));
    } catch {} // storage may be closed to us, or hold something else: then there is no place to come back to
    return kept?.sequence === this.sequence ? kept.place : {};
  }

  remembered() {
    return { ...this.kept(), ...this.asked() };
  }

  /** What a place belongs to. */
  get sequence() {
    return this.trace.tokens.join(" ");
  }

  /** Where the cursor is, as the host is told it. */
  get cursor() {
    return { [this.parameter]: this.view.step + 1, ...this.chosen };
  }

  stop() {
    this.pause(); // keeps the place
    this.halt();
    this.unfollow();
    super.stop();
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

  /** Plays on until a step, from the start where it stands at the end. */
  play(end = this.last, speed = this.speed) {
    if (this.view.step >= this.last) this.view.step = this.view.position = 0;
    this.until = end;
    this.playing = true;
    clearTimeout(this.resting);
    this.pace(speed);
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
    this.period = 1000 / speed;
    this.due = performance.now() + this.period;
  }

  animate() {
    if (this.frame) return;
    let before = performance.now();
    const tick = (now) => {
      this.frame = null;
      const { view } = this;
      if (this.playing && now >= this.due) {
        if (now - before > STALL) this.due = now; // nobody saw what would have been shown meanwhile
        const late = Math.floor((now - this.due) / this.period); // steps that fell between two frames
        view.step = Math.min(this.until, view.step + 1 + late);
        this.due += (1 + late) * this.period;
        this.follow();
        if (view.step === this.until) this.pause();
      }
      const passed = Math.max(0, now - before); // a frame may have begun before the hand moved
      const pace = passed / (this.playing ? Math.min(GLIDE, 0.7 * this.period) : GLIDE);
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
    this.lay(this.rem);
    this.follow();
    this.draw();
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
    this.find("legend").textContent = this.legend.filter(Boolean).join(" · ");
    if (this.find("live").textContent && !this.playing) this.announce(); // it may have been said in another language
  }

  /** What the signs on the picture mean. */
  get legend() {
    const { words, trace } = this;
    const meant = (status) => trace.status.includes(status) && words[status];
    return [meant("new"), meant("unknown"), this.isChanged && words.unchanged];
  }

  announce() {
    this.find("live").textContent = this.says().filter(Boolean).join(", ");
  }

  /** Once the hand rests: tell those who listen, and the host. */
  rest() {
    clearTimeout(this.resting);
    if (!this.trace) return;
    const place = this.cursor;
    try {
      sessionStorage.setItem(`seqviz-${this.name}`, JSON.stringify({ sequence: this.sequence, place }));
    } catch {} // without storage, only coming back from another page forgets the place
    if (this.playing) return;
    this.resting = setTimeout(() => {
      this.resting = null;
      this.announce();
      this.said = JSON.stringify(place);
      if (!this.host.say(place, this.trace.address, this.assumed)) this.rest();
    }, REST);
  }
}
