// The gates of two cells on one sequence, under one cursor: strips over time (strips.js), each cell as a circuit
// (circuit.js) with the equation of the chosen part (equation.js), and how often each gate saturates (scatter.js).

import { offer, onPointer, press } from "../shared/hand.js";
import { at, before, cho2014, explain, fixed, gatesOf, isHeld, printed, signed, split, units } from "../shared/math.js";
import { fitted, shownReadout } from "../shared/paint.js";
import { Player } from "../shared/player.js";
import { Circuit } from "./circuit.js";
import { equations, partsOf } from "./equation.js";
import { drawScatter, highlight } from "./scatter.js";
import { drawMemory, drawStrips, hit, layout, paintStrips, stripsOf } from "./strips.js";

const SATURATING = { LSTM: ["i", "f", "o"], GRU: ["r", "z"], RNN: [] };

export class Gates extends Player {
  name = "gates";

  constructor(root, host) {
    super(root, host);
    Object.assign(this.view, { cell: "LSTM", units: {}, part: {}, sorted: 0 });
    this.cells = [];
    this.canvas = this.find("strips");
    this.find("circuits").replaceChildren(); // the host may mount anew where there was a player before
    for (const kind of ["LSTM", "GRU"]) {
      this.find("circuits").append(root.querySelector("template").content.cloneNode(true));
      this.find("circuits").lastElementChild.dataset.kind = kind;
    }
    this.begin();
    const { view } = this;
    onPointer(this, this.canvas, {
      find: (x, y) => hit(this.place, this.orders, view, this.last + 1, x, y),
      pick: ({ cell, name, unit }) => {
        if (!cell) return;
        view.cell = cell.kind;
        view.units[cell.kind] = unit;
        if (partsOf(cell).includes(name)) view.part[cell.kind] = name;
      },
      tip: ({ step, cell, name, unit }) => {
        if (!cell) return null;
        const value = signed(fixed(at(cell[name], step, unit), 2));
        return `${cell.kind} ${name} · ${this.words.unit.replace("{n}", unit + 1)} · ${this.trace.tokens[step]} · ${value}`;
      },
    });
    this.on(this.find("sort"), "click", () => {
      view.sorted = 1 - view.sorted;
      this.resize();
      this.rest();
    });
    for (const card of root.querySelectorAll("section")) this.listenTo(card);
    this.on(this.find("scatters"), "click", ({ target }) => {
      if (target.dataset.unit === undefined) return;
      view.cell = target.closest("figure").dataset.kind;
      view.units[view.cell] = Number(target.dataset.unit);
      this.changed();
    });
  }

  listenTo(card) {
    const { kind } = card.dataset;
    this.on(card, "click", ({ target }) => {
      const part = target.dataset.part ?? target.closest(".parts button")?.dataset.name;
      if (!part) return;
      this.view.cell = kind;
      this.view.part[kind] = part;
      this.changed();
    });
    for (const [name, by] of [["less", -1], ["more", 1]])
      this.on(card.querySelector(`.${name}`), "click", () => {
        this.view.cell = kind;
        this.shift(by);
      });
  }

  // ---- what is chosen

  take(trace, old) {
    this.cells = split(trace);
    const { view } = this;
    for (const cell of this.cells) {
      const goesOn = old?.model === trace.model && old.plays === trace.plays && cell.kind in view.units;
      if (!goesOn) view.units[cell.kind] = cell.unit; // another model's unit of this number is another unit
      view.part[cell.kind] ??= partsOf(cell)[0];
    }
    if (!this.cells.some(({ kind }) => kind === view.cell)) view.cell = this.cells[0].kind;
    if (trace.show && old?.show !== trace.show) [view.cell, view.part[view.cell]] = trace.show.split(".");
    const kinds = this.cells.map(({ kind }) => kind);
    for (const card of this.root.querySelectorAll("section")) card.hidden = !kinds.includes(card.dataset.kind);
    this.circuits = {};
  }

  get isChanged() {
    return this.cells.some(({ unchanged_h }) => unchanged_h);
  }

  get legend() {
    return [this.words.key, ...super.legend];
  }

  get chosen() {
    const { view } = this;
    const unitOf = Object.fromEntries(this.cells.map(({ kind }) => [kind.toLowerCase(), view.units[kind] + 1]));
    const other = this.cells.find(({ kind }) => kind !== view.cell);
    const beside = other ? view.part[other.kind] : null;
    return { ...unitOf, cell: view.cell, part: view.part[view.cell], beside, sorted: view.sorted };
  }

  choose(found) {
    const { view } = this;
    for (const cell of this.cells) {
      const unit = found[cell.kind.toLowerCase()];
      if (unit) view.units[cell.kind] = Math.min(unit, units(cell)) - 1;
    }
    const cell = this.cells.find(({ kind }) => kind === found.cell);
    if (cell) view.cell = cell.kind;
    const other = this.cells.find(({ kind }) => kind !== view.cell);
    if (cell && partsOf(cell).includes(found.part)) view.part[cell.kind] = found.part;
    if (other && partsOf(other).includes(found.beside)) view.part[other.kind] = found.beside;
    if ("sorted" in found) view.sorted = Number(found.sorted === 1);
  }

  shift(by) {
    const { view } = this;
    const order = this.orders[view.cell];
    const row = order.indexOf(view.units[view.cell]) + by;
    view.units[view.cell] = order[Math.max(0, Math.min(order.length - 1, row))];
    this.changed();
  }

  // ---- showing

  label() {
    super.label();
    if (!this.trace) return;
    this.find("sort").hidden = this.cells.every(({ keep }) => !keep);
  }

  lay(rem) {
    const { view } = this;
    this.orders = Object.fromEntries(this.cells.map((cell) => {
      const order = Array.from({ length: units(cell) }, (_, unit) => unit);
      if (view.sorted && cell.keep) order.sort((a, b) => cell.keep.data[b] - cell.keep.data[a]);
      return [cell.kind, order];
    }));
    this.find("sort").setAttribute("aria-pressed", String(view.sorted === 1));
    this.place = layout(this.trace, this.cells, this.canvas.parentElement.clientWidth, rem);
    paintStrips(this.place, this.orders, this.colours);
    for (const cell of this.cells.filter(({ keep }) => keep)) this.layCell(cell);
    this.layScatters();
  }

  layCell(cell) {
    const card = this.card(cell);
    this.circuits[cell.kind] ??= new Circuit(card.querySelector(".circuit"), cell, this.words);
    offer(card.querySelector(".parts"), partsOf(cell), (part) => this.words.strips[part]);
  }

  /** One square a gate that can saturate, of every cell. */
  layScatters() {
    const { words } = this;
    const figures = this.cells.flatMap((cell) => SATURATING[cell.kind].map((gate) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      figure.dataset.kind = cell.kind;
      caption.textContent = `${cell.kind}: ${words.strips[gate]}`;
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${words["scatter-name"]}, ${caption.textContent}`);
      drawScatter(svg, cell, gate, words);
      figure.append(caption, svg);
      return figure;
    }));
    this.find("scatters").replaceChildren(...figures);
    this.find("saturation").hidden = figures.length === 0;
  }

  card(cell) {
    return this.root.querySelector(`.cell[data-kind="${cell.kind}"]`);
  }

  draw() {
    if (!this.place) return;
    const context = fitted(this.canvas, this.place.width, this.place.height);
    drawStrips(context, this.trace, this.cells, this.place, this.orders, this.view, this.colours, this.words);
    for (const cell of this.cells) {
      if (!this.circuits[cell.kind]) continue;
      this.circuits[cell.kind].draw(cell, this.view, this.colours);
      drawMemory(this.card(cell).querySelector(".memory"), cell, this.view, this.colours, this.rem);
    }
  }

  moved() {
    for (const cell of this.cells) if (this.circuits[cell.kind]) this.write(cell);
  }

  /** The numbers of a cell at this step: title, circuit, equation. */
  write(cell) {
    const { view, words, trace } = this;
    const card = this.card(cell);
    const { step } = view;
    const unit = view.units[cell.kind];
    const part = view.part[cell.kind];
    const token = trace.tokens[step];
    card.classList.toggle("active", view.cell === cell.kind);
    card.querySelector(".title").textContent = this.fill(words.title, { cell: cell.kind, unit: unit + 1, token: this.shorten(token, 16) });
    this.circuits[cell.kind].write(printedParts(cell, step, unit), { part, token: this.shorten(token, 16) });
    press(card.querySelector(".parts"), part);
    const order = this.orders[cell.kind];
    card.querySelector(".less").disabled = unit === order[0];
    card.querySelector(".more").disabled = unit === order.at(-1);
    const held = isHeld(cell, step, unit, part);
    card.querySelector(".says").textContent = held ? words.held : words.says[`${cell.kind}.${part}`];
    const equation = card.querySelector(".equation");
    equation.replaceChildren(...equations(cell, step, unit, part));
    equation.classList.toggle("long", part === "n"); // the one whose symbols need the whole width
    const computed = part === "c" ? explain(cell, step, unit).total : explain(cell, step, unit, part === "h" ? null : part).result;
    const seen = at(cell[part], step, unit);
    const check = Math.abs(seen - computed) < 1e-5 ? words.torch : words.differs;
    card.querySelector(".check").textContent = held ? "" : this.fill(check, { value: signed(fixed(seen, 4)) });
    for (const svg of this.root.querySelectorAll(`.scatters [data-kind="${cell.kind}"] svg`)) highlight(svg, unit);
    if (cell.kind === "LSTM") return;
    const other = cho2014(cell, step, unit);
    const number = (value) => signed(fixed(value, 4));
    const isSame = number(other.n) === number(at(cell.n, step, unit)) && number(other.h) === number(at(cell.h, step, unit));
    card.querySelector(".paper").textContent = this.fill(words.paper + (isSame ? words["paper-same"] : words["paper-other"]), {
      unit: unit + 1, token, n: number(at(cell.n, step, unit)), h: number(at(cell.h, step, unit)), n2: number(other.n), h2: number(other.h),
    });
  }

  says() {
    const { words, trace, view } = this;
    const { step } = view;
    return [
      this.fill(words.where, { n: step + 1, of: this.last + 1 }),
      trace.tokens[step],
      ...this.cells.map((cell) => {
        const unit = view.units[cell.kind];
        const numbers = stripsOf(cell).map((name) => `${name} ${signed(fixed(at(cell[name], step, unit), 2))}`);
        const said = cell.readouts && `${trace.readout.name} ${shownReadout(trace.readout, cell.readouts.data[step])}`;
        return [cell.kind, said, words.unit.replace("{n}", unit + 1), ...numbers].filter(Boolean).join(" ");
      }),
    ];
  }
}

/** The numbers on the circuit, as its equations print them; "f%" is a gate's opening in per cent. */
function printedParts(cell, step, unit) {
  const state = printed(explain(cell, step, unit));
  const [first, second] = state.lines.map(({ amount }) => signed(amount));
  const two = (value) => signed(fixed(value, 2));
  const parts = { h0: two(before(cell, cell.h, step, unit)), h: signed(state.result) };
  for (const gate of gatesOf(cell)) {
    const value = explain(cell, step, unit, gate).result;
    Object.assign(parts, { [gate]: two(value), [`${gate}%`]: percent(value) });
    if (gate === "z") parts["rest%"] = `${100 - Math.round(100 * value)} %`; // the two shares add up as printed
  }
  if (cell.kind === "GRU") return { ...parts, written: first, kept: second };
  return { ...parts, c0: two(before(cell, cell.c, step, unit)), kept: first, written: second, c: signed(state.total) };
}

const percent = (share) => `${Math.round(100 * share)} %`;
