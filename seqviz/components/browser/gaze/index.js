// The gaze of every token in turn: where it looks (sentence.js), why (why.js), and what it takes along (output.js).

import { at, fixed } from "../shared/math.js";
import { Player } from "../shared/player.js";
import { isAllowed, rowOf } from "./arithmetic.js";
import { followHeatmap, frameRow } from "./heatmap.js";
import { Output } from "./output.js";
import { drawable } from "./print.js";
import { Sentence } from "./sentence.js";
import { Why } from "./why.js";

export class Gaze extends Player {
  name = "gaze";
  parameter = "query";

  constructor(root, host) {
    super(root, host);
    Object.assign(this.view, { key: null, preview: null }); // key null: the one that is looked at most
    this.sentence = new Sentence(this.find("sentence"));
    this.begin();
    this.why = new Why(this);
    this.output = new Output(this);
    const token = ({ target }) => {
      const { query, key } = target.closest?.(".token")?.dataset ?? {};
      const number = (text) => (text === undefined ? null : Number(text));
      // In one sentence a token is pointed at for its own gaze; of two, only those of the upper one look.
      return this.trace?.cross ? { query: number(query), key: number(key) } : { query: number(key), key: null };
    };
    this.on(this.find("sentence"), "pointerover", (event) => {
      const found = token(event);
      if (event.pointerType === "mouse" && (found.query ?? found.key) !== null) this.glance(found); // gaps change nothing
    });
    this.on(this.find("sentence"), "pointerleave", () => this.glance(null));
    this.on(this.find("sentence"), "click", (event) => {
      const { query, key } = token(event);
      if (query !== null || key !== null) this.look(query ?? this.query, key);
    });
    followHeatmap(this);
  }

  take(trace, old) {
    const { view } = this;
    const read = ({ model, plays, queries, keys }) => JSON.stringify([model, plays, queries.texts, keys.texts]);
    if (!old || read(old) !== read(trace)) view.key = null;
    view.preview = null;
    this.row = null;
    if (this.sentence.write(trace)) this.why.build(trace);
  }

  get assumed() {
    return { query: this.end + 1, key: null };
  }

  // ---- who looks, and at whom

  /** The query at a step: where that is hidden, the next one that is not. */
  seen(step, by = 1) {
    const { hidden } = this.trace.queries;
    for (const way of [by, -by])
      for (let query = step; query >= 0 && query <= this.last; query += way) if (!hidden[query]) return query;
    return step;
  }

  get query() {
    return this.seen(this.view.step);
  }

  /** The key that a query gives most; of those that are shown, where there is one. */
  largest(query) {
    const { weights, keys } = this.trace;
    const shown = [...keys.texts.keys()].filter((key) => !keys.hidden[key]);
    return (shown.length ? shown : [0]).reduce((a, b) => (at(weights, query, b) > at(weights, query, a) ? b : a));
  }

  get key() {
    return this.view.key ?? this.largest(this.query);
  }

  go(step) {
    const target = this.seen(Math.max(0, Math.min(this.last, step)), step < this.view.step ? -1 : 1);
    if (target !== this.view.step) this.view.key = null;
    super.go(target);
  }

  /** Goes to a query and, unless it is null, to a key. */
  look(query, key) {
    Object.assign(this.view, { preview: null, key });
    super.go(query);
  }

  /** Shows another gaze as long as the pointer rests on it; null ends that. */
  glance(found) {
    const { view } = this;
    if (!this.trace || (found?.query === view.preview?.query && found?.key === view.preview?.key)) return;
    view.preview = found;
    this.moved();
  }

  /** The key, unless it is the one that goes with the query by itself, and likewise the number of the output. */
  get chosen() {
    const { key } = this.view;
    const { chosen } = this.output;
    return { key: key === null ? null : key + 1, number: chosen === null ? null : chosen + 1 };
  }

  choose({ key = null, number = null }) {
    this.view.key = key === null ? null : Math.max(0, Math.min(this.trace.keys.texts.length, key) - 1);
    this.output.chosen = number === null ? null : Math.max(0, number - 1);
  }

  shift(by) {
    this.view.key = Math.max(0, Math.min(this.trace.keys.texts.length - 1, this.key + by));
    this.changed();
  }

  // ---- showing

  lay(rem) {
    this.root.classList.remove("without"); // what is not shown has no width
    this.sentence.measure(rem);
    this.why.fit(this.colours, rem);
    this.output.fit(this.colours, rem);
  }

  draw() {} // nothing glides: colours change by themselves, softly

  moved() {
    const { trace, words, view, colours } = this;
    const { preview } = view;
    const query = preview?.query ?? this.query;
    const key = preview?.key ?? (query === this.query ? this.key : this.largest(query));
    const { hidden } = trace.keys;
    const isMasked = hidden.every((_, i) => !isAllowed(trace, query, i));
    const note = trace.why_not ?? (isMasked ? words.masked : "");
    if (!note) {
      if (this.row?.query !== query) this.row = rowOf(trace, query);
      // First all that is painted: a canvas that writes makes the browser lay out whatever has changed until then.
      this.why.paint(trace, this.row, key);
      this.output.paint(trace, this.row, key);
    }
    this.find("looks").textContent = this.fill(words.looks, { query: drawable(trace.queries.texts[query]) });
    this.find("sub").textContent = trace.about;
    this.sentence.draw(trace, query, colours);
    const share = hidden.reduce((sum, isHidden, i) => sum + (isHidden ? at(trace.weights, query, i) : 0), 0);
    this.find("hidden-share").textContent = hidden.includes(true) ? this.fill(words.hidden, { share: fixed(share, 2) }) : "";
    frameRow(trace, query);
    this.find("note").textContent = note;
    this.root.classList.toggle("without", Boolean(note));
    if (note) return;
    this.why.write(trace, this.row, key);
    this.output.write(trace, this.row, key);
    this.why.scroll();
  }

  get legend() {
    return [this.words.key];
  }

  says() {
    const { trace, words, query } = this;
    const weight = (key) => at(trace.weights, query, key);
    const most = [...trace.keys.texts.keys()].sort((a, b) => weight(b) - weight(a)).slice(0, 3);
    const list = most.map((key) => `${drawable(trace.keys.texts[key])} ${fixed(weight(key), 2)}`).join(", ");
    return [
      this.fill(words.where, { n: query + 1, of: this.last + 1 }),
      this.fill(words.says, { query: drawable(trace.queries.texts[query]), list }),
    ];
  }
}
