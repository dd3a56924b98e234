// Why one token gives another its weight: q · k number by number, up to the score, then the softmax of its row.

import { at, fixed, places, printTerm, product, signed } from "../shared/math.js";
import { dot, isAllowed, printedScore, scaleOf } from "./arithmetic.js";
import { Bars, largest, range } from "./bars.js";
import { below, drawable, element, minus, named, plus, power, writeSum } from "./print.js";

const ROW = 24; // pixels at a root font of 16: 1.5 rem in gaze.css

export class Why {
  constructor(player) {
    this.find = player.find;
    this.fill = player.fill;
    this.bars = new Bars(player, this.find("products"), (bar) => {
      const { factors, amount } = printTerm(this.terms[bar], 2);
      return `q${below(bar + 1)} × k${below(bar + 1)} = ${factors.map((factor) => signed(factor)).join(" × ")} = ${signed(amount)}`;
    });
    player.on(this.find("rows"), "click", ({ target }) => {
      const row = target.closest(".row");
      if (row) player.look(player.view.step, Number(row.dataset.key));
    });
  }

  /** One row a key, made once: its numbers come and go with the query. */
  build({ keys }) {
    this.rows = keys.texts.map((_, key) => {
      const row = element(null, "div", keys.hidden[key] ? "row hidden" : "row");
      row.role = "row";
      row.dataset.key = key;
      const [name, score, power, weight] = ["name", "score", "power", "weight"].map((what) => {
        const cell = element(row, "span", what);
        cell.role = what === "name" ? "rowheader" : "cell";
        return cell;
      });
      name.textContent = named(keys, key);
      const bar = element(weight, "i");
      return { row, bar, texts: [score, power, weight].map((cell) => cell.appendChild(new Text())) };
    });
    this.find("rows").replaceChildren(...this.rows.map(({ row }) => row));
    this.chosen = null;
  }

  fit(colours, rem) {
    this.height = ROW * rem;
    this.bars.fit(150, colours, rem);
  }

  paint(trace, { query }, key) {
    this.terms = dot(trace, query, key).terms;
    const products = this.terms.map(product);
    const bar = largest(products);
    this.bars.draw(products, range(products), bar, signed(printTerm(this.terms[bar], 2).amount));
  }

  write(trace, row, key) {
    const { words, queries, keys } = trace;
    const [query, looked] = [queries.texts[row.query], keys.texts[key]].map(drawable);
    this.find("title").textContent = this.fill(words.why, { query, key: looked, weight: row.print.weights[key] });
    if (this.row !== row) this.writeRow(trace, row);
    if (this.chosen !== key) this.choose(key);
    this.writeDot(trace, row, key);
    this.writeResult(trace, row, key);
  }

  /** The softmax of a query's whole row. */
  writeRow(trace, row) {
    this.row = row;
    const { scores, powers, weights, total } = row.print;
    this.top = scores[row.scores.indexOf(Math.max(...row.scores))];
    this.rows.forEach(({ bar, texts }, i) => {
      bar.style.setProperty("--weight", row.weights[i].toFixed(3));
      [scores[i], powers[i], weights[i]].forEach((text, cell) => (texts[cell].data = signed(text)));
    });
    this.find("sum-of-powers").textContent = total;
    const exponent = minus("s", this.top);
    this.find("powers").replaceChildren(power(exponent));
    const longest = (texts) => Math.max(...texts.map(({ length }) => length));
    const columns = {
      tokens: Math.max(5, Math.min(12, longest(trace.keys.texts) + 2)), weights: weights[0].length,
      scores: Math.max(longest(scores), 0.85 * (trace.words.score.length + 2)), powers: Math.max(total.length, 0.64 * exponent.length + 1),
    }; // headings are smaller type
    const style = Object.entries(columns).map(([name, width]) => `--${name}: ${width}ch`).join("; ");
    if (this.style !== style) this.find("softmax").style = this.style = style; // it makes the browser style every row anew
  }

  choose(key) {
    this.rows[this.chosen]?.row.classList.remove("chosen");
    this.rows[key].row.classList.add("chosen");
    this.chosen = key;
  }

  /** Brings the chosen row in sight, and leaves the page where it is. To be called last: it makes the browser lay out. */
  scroll() {
    const list = this.find("rows");
    const [top, bottom] = [0, 1].map((n) => (this.chosen + n) * this.height);
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }

  writeDot(trace, { query, print }, key) {
    const { words } = trace;
    this.find("dot-title").textContent = this.fill(words.dot, { n: this.terms.length });
    const canLook = isAllowed(trace, query, key);
    const { lines, total, steps } = printedScore(trace, query, key, canLook ? places(print.scores[key]) : 2);
    const label = ({ kind, index }) =>
      kind === "rest" ? this.fill(words.rest, { n: index }) : `q${below(index + 1)} × k${below(index + 1)}`;
    const added = lines.filter(({ kind }) => kind !== "bias").map((line) => ({ ...line, label: label(line) }));
    writeSum(this.find("dot-sum"), added, total);
    const said = (steps.length ? steps.map((step) => this.sayStep(trace, step)) : [signed(total)]).map((text) => element(null, "span", "", text));
    element(said.at(-1), "i", "", words.score);
    if (!canLook) said.push(element(null, "span", "about", words.masked));
    this.find("steps").replaceChildren(...said);
  }

  sayStep(trace, { kind, from, by, bias, to }) {
    const [before, after] = [from, to].map((text) => signed(text));
    if (kind === "scale") return `${before} ${scaleOf(trace).root ? `÷ √${scaleOf(trace).root}` : `× ${by}`} = ${after}`;
    if (kind === "cap") return `${trace.cap} · tanh(${before} ÷ ${trace.cap}) = ${after}`;
    return `${plus(before, bias)} = ${after} (${trace.words.bias})`;
  }

  writeResult(trace, { query, weights, print }, key) {
    const { words } = trace;
    const raised = print.powers[key];
    const line = element(null, "span");
    line.append(power(minus(signed(print.scores[key]), this.top)), ` = ${raised}`);
    this.find("result").replaceChildren(line, element(null, "span", "", `${raised} ÷ ${print.total} = ${print.weights[key]}`));
    const captured = at(trace.weights, query, key);
    const check = Math.abs(captured - weights[key]) < 1e-5 ? words.torch : words.differs;
    this.find("check").textContent = this.fill(check, { value: fixed(captured, Math.max(4, places(print.weights[key]))) });
  }
}
