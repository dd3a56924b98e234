// The arithmetic of one head, in float64 from the q, k and v that the model computed. No DOM.
// q · k, scaled, perhaps capped, perhaps with a bias, is the score of a key; a row's softmax of scores is its weights.

import { at, factors, fixed, places, printed, printedSoftmax, product } from "../shared/math.js";

const FINEST = 12; // decimals

/** What a score is multiplied by, and the m where that is 1/√m, to be printed as "÷ √m"; null where there is no scale. */
export function scaleOf({ scale }) {
  if (scale === 1) return null;
  const square = Math.round(1 / scale ** 2);
  const isRoot = square > 1 && Math.abs(scale * Math.sqrt(square) - 1) < 1e-6; // as far as float32 tells
  return isRoot ? { root: square, factor: 1 / Math.sqrt(square) } : { root: null, factor: scale };
}

const sum = (name, terms) => {
  const total = terms.reduce((a, term) => a + product(term), 0);
  return { name, terms, bias: 0, activation: "identity", opening: 1, isMix: false, total, result: total };
};

/** q · k, number by number. */
export const dot = ({ q, k }, query, key) =>
  sum("score", Array.from({ length: q.shape[1] }, (_, i) => ({
    source: "k", index: i, weight: at(q, query, i), value: at(k, key, i), scale: 1,
  })));

export const isAllowed = ({ allowed }, query, key) => !allowed || at(allowed, query, key) === 1;

/** What becomes of q · k on its way to the score that goes into the softmax. */
function way(trace, query, key, total) {
  const scaled = total * (scaleOf(trace)?.factor ?? 1);
  const capped = trace.cap ? trace.cap * Math.tanh(scaled / trace.cap) : scaled;
  return { scaled, capped, score: capped + (trace.bias ? at(trace.bias, query, key) : 0) };
}

/** A row of attention: the score of every key, −∞ where it is masked, and its weight, as they are and as printed. */
export function rowOf(trace, query) {
  const { q, k } = trace;
  const scores = Array.from({ length: k.shape[0] }, (_, key) => {
    let total = 0;
    for (let i = 0; i < q.shape[1]; i++) total += at(q, query, i) * at(k, key, i);
    return isAllowed(trace, query, key) ? way(trace, query, key, total).score : -Infinity;
  });
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((a, power) => a + power, 0);
  return { query, scores, weights: powers.map((power) => power / total), print: printedSoftmax(scores) };
}

/**
 * How q · k became a score of so many decimals: the printed sum, and one step for the scale, the cap and the bias, where
 * the model has them, each `from` a printed number `to` the next.
 */
export function printedScore(trace, query, key, decimals) {
  const arithmetic = dot(trace, query, key);
  const { scaled, capped, score } = way(trace, query, key, arithmetic.total);
  const steps = [];
  let shown = fixed(score, decimals);
  if (trace.bias) {
    const added = score - capped;
    const [from, bias] = finest(shown, (n) => [fixed(capped, n), fixed(added, n)], ([a, b]) => Number(a) + Number(b));
    steps.unshift({ kind: "bias", from, bias, to: shown });
    shown = from;
  }
  if (trace.cap) {
    const [from] = finest(shown, (n) => [fixed(scaled, n)], ([text]) => trace.cap * Math.tanh(Number(text) / trace.cap));
    steps.unshift({ kind: "cap", from, to: shown });
    shown = from;
  }
  const scale = scaleOf(trace);
  if (scale) {
    const { root, factor } = scale;
    const [from, by] = root
      ? finest(shown, (n) => [fixed(arithmetic.total, n)], ([text]) => Number(text) / Math.sqrt(root))
      : factors([arithmetic.total, factor], shown);
    steps.unshift({ kind: "scale", from, by, to: shown });
    shown = from;
  }
  return { ...printed(arithmetic, 6, places(shown)), steps };
}

/** The texts with the fewest decimals from which a reader gets the printed number. */
function finest(shown, texts, gives) {
  let found;
  for (let decimals = places(shown); decimals <= FINEST; decimals++) {
    found = texts(decimals);
    if (fixed(gives(found) * (1 + 1e-12), places(shown)) === shown) break;
  }
  return found;
}

/** One number of the head's output: the values of all keys, each times its weight. */
export const mixture = ({ v }, weights, number) =>
  sum("output", weights.map((weight, key) => ({ source: "v", index: key, weight, value: at(v, key, number), scale: 1 })));
