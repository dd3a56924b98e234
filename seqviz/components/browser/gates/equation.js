// The equation of one part of a cell, and under it the same with its numbers, as MathML: the browser sets it itself.
// Every printed number follows from the printed ones before it: see traces/printed.py.

import { explain, explainSides, isHeld, printed, signed } from "../shared/math.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

function node(name, ...children) {
  const element = document.createElementNS(MATHML, name);
  element.append(...children); // strings become text, never markup
  return element;
}
const row = (...children) => node("mrow", ...children);
const name = (text) => node("mi", text);
const sign = (text) => node("mo", text);
const number = (text) => (text.startsWith("-") ? row(sign("("), node("mn", signed(text)), sign(")")) : node("mn", text));
const total = (text) => node("mn", signed(text));
const at = (text, step) => node("msub", name(text), step);
const now = () => name("t");
const past = () => row(name("t"), sign("−"), node("mn", "1"));
const call = (text, ...inside) => row(name(text), sign("("), ...inside, sign(")"));
const equation = (...children) => node("math", ...children);

/** The parts that can be explained, the states first. */
export const partsOf = ({ kind }) => ({ LSTM: ["c", "h", "f", "i", "g", "o"], GRU: ["h", "z", "r", "n"], RNN: ["h"] })[kind];

/** Its lines: symbols, then numbers. `part` is a gate, or a state. */
export function equations(cell, t, unit, part) {
  const isState = part === "h" || part === "c";
  const held = !isState && isHeld(cell, t, unit, part);
  const arithmetic = isState ? explain(cell, t, unit) : explainSides(cell, t, unit, part);
  const print = printed(arithmetic);
  const [first, second] = print.lines;
  const times = ({ factors }) => row(number(factors[0]), sign("×"), number(factors[1]));
  if (held) return [equation(at(part, now()), sign("="), total(print.result))]; // its sum counts for nothing
  if (!isState) {
    const squash = arithmetic.activation === "tanh" ? "tanh" : "σ";
    const both = (memory) => call(squash, total(first.amount), sign("+"), memory);
    return [
      gateInSymbols(part),
      ...(part === "n" ? [equation(sign("="), both(times(second)))] : []),
      equation(sign("="), both(number(second.amount))),
      equation(sign("="), call(squash, total(print.total)), sign("="), total(print.result)),
    ];
  }
  if (part === "h" && cell.kind === "LSTM") return [
    equation(at("h", now()), sign("="), at("o", now()), call("tanh", at("c", now()))),
    equation(sign("="), total(print.opening || "1.00"), sign("×"), call("tanh", total(print.total)), sign("="), total(print.result)),
  ];
  // For an LSTM's c and a GRU's h: what was kept and what was written.
  const [kept, written] = cell.kind === "LSTM" ? [first, second] : [second, first];
  const symbols = cell.kind === "LSTM"
    ? equation(at("c", now()), sign("="), at("f", now()), at("c", past()), sign("+"), at("i", now()), at("g", now()))
    : equation(at("h", now()), sign("="), at("z", now()), at("h", past()), sign("+"), sign("("), node("mn", "1"), sign("−"), at("z", now()), sign(")"), at("n", now()));
  return [
    symbols,
    equation(sign("="), times(kept), sign("+"), times(written)),
    equation(sign("="), total(kept.amount), sign("+"), number(written.amount), sign("="), total(print.total)),
  ];
}

function gateInSymbols(part) {
  const weight = (text) => node("msub", name(text), name(part));
  const bias = (text) => node("msub", name("b"), row(name(text), name(part)));
  const input = row(weight("W"), at("x", now()), sign("+"), bias("i"));
  const memory = row(weight("U"), at("h", past()), sign("+"), bias("h"));
  const inside = part === "n" ? [input, sign("+"), at("r", now()), sign("("), memory, sign(")")] : [input, sign("+"), memory];
  return equation(at(part, now()), sign("="), call(part === "g" || part === "n" ? "tanh" : "σ", ...inside));
}
