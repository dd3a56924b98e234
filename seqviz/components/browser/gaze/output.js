// What a token takes along from where it looks: every value times its weight, added up, number by number.

import { at, digits, fixed, printed, printTerm, product, signed } from "../shared/math.js";
import { mixture } from "./arithmetic.js";
import { Bars, largest, range } from "./bars.js";
import { drawable, named, writeSum } from "./print.js";

const LINES = 6; // of a sum, before the rest

export class Output {
  chosen = null; // the number that is taken apart; null: the largest

  constructor(player) {
    this.find = player.find;
    this.fill = player.fill;
    const bars = (name, tip) =>
      new Bars(player, this.find(name), (bar) => `${this.fill(player.words.number, { n: bar + 1 })}: ${tip(bar)}`, (bar) => (this.chosen = bar));
    this.part = bars("part", (bar) => {
      const { factors, amount } = printTerm(this.sums[bar].terms[this.key], this.places);
      return `${factors.map((factor) => signed(factor)).join(" × ")} = ${signed(amount)}`;
    });
    this.whole = bars("whole", (bar) => signed(fixed(this.sums[bar].total, this.places)));
    for (const [name, by] of [["less", -1], ["more", 1]])
      player.on(this.find(name), "click", () => {
        this.chosen = this.number + by;
        player.changed();
      });
  }

  fit(colours, rem) {
    for (const bars of [this.part, this.whole]) bars.fit(120, colours, rem);
  }

  paint(trace, { weights }, key) {
    const count = trace.v.shape[1];
    this.sums = Array.from({ length: count }, (_, number) => mixture(trace, weights, number));
    this.key = key;
    const totals = this.sums.map(({ total }) => total);
    const parts = Array.from({ length: count }, (_, number) => weights[key] * at(trace.v, key, number));
    this.number = this.chosen === null ? largest(totals) : Math.min(this.chosen, count - 1);
    this.places = digits(totals[this.number]);
    const scale = range([...parts, ...totals]);
    for (const [bars, values] of [[this.part, parts], [this.whole, totals]])
      bars.draw(values, scale, this.number, signed(fixed(values[this.number], this.places)), true);
  }

  write(trace, { query }, key) {
    const { words, queries, keys } = trace;
    const count = this.sums.length;
    const names = { query: drawable(queries.texts[query]), key: drawable(keys.texts[key]), n: this.number + 1, count };
    for (const name of ["output-title", "part-title", "whole-title", "number-title"])
      this.find(name).textContent = this.fill(words[name], names);
    this.find("less").disabled = this.number === 0;
    this.find("more").disabled = this.number === count - 1;
    const sum = this.sums[this.number];
    const isSeen = (term) => Math.abs(product(term)) * 10 ** this.places >= 0.5; // of 0.00 there may be hundreds
    const { lines, total } = printed(sum, Math.min(LINES, sum.terms.filter(isSeen).length), this.places);
    const label = ({ kind, index }) => (kind === "rest" ? this.fill(words.others, { n: index }) : named(keys, index));
    const added = lines.filter(({ kind }) => kind !== "bias").map((line) => ({ ...line, label: label(line) }));
    writeSum(this.find("output-sum"), added, total);
  }
}
