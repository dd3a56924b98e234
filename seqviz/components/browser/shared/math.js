// Arithmetic of a recurrent cell in the browser, and numbers in print. No DOM. The twin of traces/arithmetic.py and traces/printed.py:
// the browser tests check that both give the same digits.

const GATES = { RNN: ["h"], LSTM: ["i", "f", "g", "o"], GRU: ["r", "z", "n"] };

const ARRAYS = { f4: Float32Array, f8: Float64Array, u1: Uint8Array };

/** What components/pack.py packed: its header, and its arrays as { shape, data } by name. */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const body = bytes.slice(4 + length).buffer; // a copy, so that every array may start at its own alignment
  const arrays = {};
  for (const { name, type, shape, offset } of header.arrays) {
    arrays[name] = { shape, data: new ARRAYS[type](body, offset, shape.reduce((a, b) => a * b, 1)) };
  }
  return { ...header, ...arrays };
}

/** The traces of several cells that lie in one, as "LSTM.h", each with what its own header says. */
export function split(trace) {
  return trace.cells.map((cell) => {
    const own = Object.entries(trace).filter(([name]) => name.startsWith(`${cell.kind}.`));
    return { ...cell, ...Object.fromEntries(own.map(([name, array]) => [name.slice(cell.kind.length + 1), array])) };
  });
}

export const steps = (trace) => trace.h.shape[0];
export const units = (trace) => trace.h.shape[1];
export const at = (array, row, column) => array.data[row * array.shape[1] + column];
export const gatesOf = (trace) => (trace.kind === "RNN" ? [] : GATES[trace.kind]);

/** The value of `array` that step t started from: zero at the first step and where the reader wiped the memory. */
export const before = (trace, array, t, unit) => (t === 0 || t === trace.wiped ? 0 : at(array, t - 1, unit));

export function activate(name, z) {
  if (name === "tanh") return Math.tanh(z);
  if (name === "sigmoid") return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
  return name === "relu" ? Math.max(z, 0) : z;
}

export const product = (term) => term.scale * term.weight * term.value;
const total = (arithmetic) => arithmetic.terms.reduce((sum, term) => sum + product(term), arithmetic.bias);

/** The sum behind a gate or, with no gate, behind the state itself. */
export function explain(trace, t, unit, gate = null) {
  if (trace.kind === "RNN") return explainGate(trace, t, unit, "h");
  return gate === null ? explainState(trace, t, unit) : explainGate(trace, t, unit, gate);
}

/** Whether the reader holds this gate at this step, for this unit or for all. */
export const isHeld = ({ hold }, t, unit, gate) =>
  hold?.gate === gate && hold.first <= t && t <= hold.last && (hold.unit ?? unit) === unit;

function explainGate(trace, t, unit, gate) {
  const row = GATES[trace.kind].indexOf(gate) * units(trace) + unit;
  const scale = gate === "n" ? explainGate(trace, t, unit, "r").result : 1;
  const terms = [];
  for (let i = 0; i < trace.inputs.shape[1]; i++)
    terms.push({ source: "x", index: i, weight: at(trace.weight_ih, row, i), value: at(trace.inputs, t, i), scale: 1 });
  for (let i = 0; i < units(trace); i++)
    terms.push({ source: "h", index: i, weight: at(trace.weight_hh, row, i), value: before(trace, trace.h, t, i), scale });
  const bias = trace.bias_ih.data[row] + scale * trace.bias_hh.data[row];
  const activation = gate === "h" ? trace.activation : gate === "g" || gate === "n" ? "tanh" : "sigmoid";
  const arithmetic = { name: gate, terms, bias, activation, opening: 1, isMix: false };
  arithmetic.total = total(arithmetic);
  arithmetic.result = isHeld(trace, t, unit, gate) ? trace.hold.value : activate(activation, arithmetic.total);
  return arithmetic;
}

/** The sum behind a gate in two terms: what the input brings and what the memory brings, each with its own bias. */
export function explainSides(trace, t, unit, gate) {
  const { terms, activation, total: sum, result } = explainGate(trace, t, unit, gate);
  const row = GATES[trace.kind].indexOf(gate) * units(trace) + unit;
  const side = (source, bias) =>
    terms.filter((term) => term.source === source).reduce((a, { weight, value }) => a + weight * value, bias.data[row]);
  const scale = terms.at(-1).scale; // the GRU's r on the whole memory side of n: PyTorch's convention
  const sides = [
    { source: "x", index: 0, weight: 1, value: side("x", trace.bias_ih), scale: 1 },
    { source: "h", index: 0, weight: scale, value: side("h", trace.bias_hh), scale: 1 },
  ];
  return { name: gate, terms: sides, bias: 0, activation, opening: 1, isMix: true, total: sum, result };
}

/** The GRU's n and h of this step if r were applied before the product, U(r ⊙ h), as in Cho et al. 2014. */
export function cho2014(trace, t, unit) {
  const { terms } = explainGate(trace, t, unit, "n");
  const row = 2 * units(trace) + unit;
  const b = trace.bias_ih.data[row] + trace.bias_hh.data[row]; // outside the product there is no r on the bias
  const memory = terms.filter(({ source }) => source === "h").map((term) => ({ ...term, scale: explainGate(trace, t, term.index, "r").result }));
  const sum = [...terms.filter(({ source }) => source === "x"), ...memory].reduce((a, term) => a + product(term), b);
  const n = isHeld(trace, t, unit, "n") ? trace.hold.value : Math.tanh(sum);
  const z = explainGate(trace, t, unit, "z").result;
  return { n, h: (1 - z) * n + z * before(trace, trace.h, t, unit) };
}

function explainState(trace, t, unit) {
  const gate = (name) => explainGate(trace, t, unit, name).result;
  const arithmetic = { name: "h", bias: 0, activation: "identity", opening: 1, isMix: true };
  if (trace.kind === "GRU") {
    const z = gate("z");
    arithmetic.terms = [
      { source: "n", index: unit, weight: 1 - z, value: gate("n"), scale: 1 },
      { source: "h", index: unit, weight: z, value: before(trace, trace.h, t, unit), scale: 1 },
    ];
  } else {
    arithmetic.terms = [
      { source: "c", index: unit, weight: gate("f"), value: before(trace, trace.c, t, unit), scale: 1 },
      { source: "g", index: unit, weight: gate("i"), value: gate("g"), scale: 1 },
    ];
    arithmetic.activation = "tanh";
    arithmetic.opening = gate("o");
  }
  arithmetic.total = total(arithmetic);
  arithmetic.result = arithmetic.opening * activate(arithmetic.activation, arithmetic.total);
  return arithmetic;
}

/** The sum behind the verdict after step t: the readout's weights times the state, squashed where it is a share. */
export function explainReadout(trace, t) {
  const terms = Array.from(trace.readout_weight.data, (weight, i) => ({
    source: "h", index: i, weight, value: at(trace.h, t, i), scale: 1,
  }));
  const arithmetic = { name: "y", terms, bias: trace.readout_bias.data[0], activation: trace.readout.activation, opening: 1, isMix: false };
  arithmetic.total = total(arithmetic);
  arithmetic.result = activate(arithmetic.activation, arithmetic.total);
  return arithmetic;
}

// ---- in print: see traces/printed.py, which says why

const FEWEST = 2, MOST = 8; // decimals
const FINEST = 12; // of the factors, whose product has to come out right to the last decimal of an amount
const TIE = 1 + 1e-12; // 0.95 × 0.90 is 0.855 to a reader, who rounds it up, and a little less in binary

export function fixed(x, decimals) {
  const text = x.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** A printed number as people write it: a true minus, and a plus where it is something added. */
export const signed = (text, plus = "") => (text.startsWith("-") ? `−${text.slice(1)}` : plus + text);

export const places = (text) => (text.split(".")[1] ?? "").length;
const multiply = (texts, start = 1) => texts.reduce((a, text) => a * Number(text), start);

/** The sum of printed amounts in whole units of their last place, so that no binary rounding creeps in. */
const addUnits = (texts, decimals) => texts.reduce((sum, text) => sum + Math.round(Number(text) * 10 ** decimals), 0);

/** Whole units of 10^-from as text with fewer decimals, halves away from zero. */
const fixedUnits = (sum, from, decimals) =>
  fixed((Math.sign(sum) * Math.round(Math.abs(sum) / 10 ** (from - decimals))) / 10 ** decimals, decimals);

export function printed(arithmetic, largest = 6, least = FEWEST) {
  const result = fixed(arithmetic.result, least);
  let sum, opening;
  for (let decimals = least; decimals < least + MOST - FEWEST; decimals++) {
    sum = fixed(arithmetic.total, decimals);
    const squashed = activate(arithmetic.activation, Number(sum));
    opening = arithmetic.opening === 1 ? [] : factors([arithmetic.opening], result, squashed);
    if (fixed(multiply(opening, squashed), least) === result) break;
  }
  const lines = arithmetic.isMix ? mix(arithmetic.terms, sum) : weightedSum(arithmetic, sum, largest);
  return { lines, total: sum, opening: opening.join(""), result };
}

/** A row of attention in print, from scores (−∞ where masked) to weights: see traces/printed.py. */
export function printedSoftmax(scores) {
  const largest = Math.max(...scores);
  const exact = scores.map((score) => Math.exp(score - largest));
  const sum = exact.reduce((a, power) => a + power, 0);
  const shown = digits(1 / sum);
  const weights = exact.map((power) => fixed((power / sum) * TIE, shown));
  const masked = (score) => score === -Infinity;
  for (let decimals = FEWEST; decimals <= FINEST; decimals++)
    for (let fewer = FEWEST; fewer <= decimals; fewer++) {
      const seen = scores.map((score) => (masked(score) ? score : Number(fixed(score, fewer))));
      const top = Math.max(...seen);
      const powers = seen.map((score) => fixed(Math.exp(score - top), decimals));
      const total = fixedUnits(addUnits(powers, decimals), decimals, decimals);
      const follows = powers.every((power, i) => fixed((Number(power) / Number(total)) * TIE, shown) === weights[i]);
      if (follows || (decimals === FINEST && fewer === FINEST))
        return { scores: scores.map((score) => (masked(score) ? "-∞" : fixed(score, fewer))), powers, total, weights };
    }
}

/** The decimals that show two digits of a number, at least two and at most six. */
export function digits(number) {
  let decimals = FEWEST;
  while (decimals < 6 && Math.abs(number) * 10 ** decimals < 9.5) decimals++;
  return decimals;
}

function weightedSum(arithmetic, sum, largest) {
  const decimals = places(sum);
  const ranked = [...arithmetic.terms].sort((a, b) => Math.abs(product(b)) - Math.abs(product(a)));
  const shown = Math.min(largest, ranked.length - 1); // a line of rest there must be, to take up the rounding
  const lines = [{ kind: "bias", source: "", index: 0, factors: [], amount: fixed(arithmetic.bias, decimals) }];
  for (const term of ranked.slice(0, shown)) lines.push(printTerm(term, decimals));
  const sources = [...new Set(arithmetic.terms.map(({ source }) => source))];
  const rest = sources.map((source) => [source, ranked.slice(shown).filter((term) => term.source === source)]);
  const filled = rest.filter(([, terms]) => terms.length);
  filled.forEach(([source, terms], i) => {
    const left = addUnits([sum], decimals) - addUnits(lines.map((line) => line.amount), decimals);
    const gathered = terms.reduce((a, term) => a + product(term), 0);
    const amount = i === filled.length - 1 ? fixedUnits(left, decimals, decimals) : fixed(gathered, decimals);
    lines.push({ kind: "rest", source, index: terms.length, factors: [], amount });
  });
  return lines;
}

function mix(terms, sum) {
  let lines;
  for (let decimals = places(sum); decimals < FINEST - 2; decimals++) {
    lines = terms.map((term) => printTerm(term, decimals));
    if (fixedUnits(addUnits(lines.map((line) => line.amount), decimals), decimals, places(sum)) === sum) break;
  }
  return lines;
}

export function printTerm(term, decimals) {
  const amount = fixed(product(term), decimals);
  const numbers = term.scale === 1 ? [term.weight, term.value] : [term.scale, term.weight, term.value];
  return { kind: "term", source: term.source, index: term.index, factors: factors(numbers, amount), amount };
}

export function factors(numbers, amount, start = 1) {
  let texts;
  for (let decimals = FEWEST; decimals <= FINEST; decimals++) {
    texts = numbers.map((number) => fixed(number, decimals));
    if (fixed(multiply(texts, start) * TIE, places(amount)) === amount) break;
  }
  return texts;
}
