// What the cards are written with. Text is never markup: tokens are what somebody typed.

import { signed } from "../shared/math.js";

/** A new element at the end of `parent`, if there is one. */
export function element(parent, name, className = "", text = "") {
  const child = document.createElement(name);
  child.className = className;
  child.textContent = text;
  parent?.append(child);
  return child;
}

/** A token to be looked at: one of nothing but spaces has to be seen too. */
export const drawable = (token) => token.trim() || "␣";

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";
/** A number as an index: 12 → ₁₂. */
export const below = (n) => String(n).replace(/\d/g, (digit) => DIGITS[digit]);

/** A token by its name; of several that are written alike, with its place among all tokens. */
export const named = ({ texts }, i) =>
  texts.indexOf(texts[i]) === texts.lastIndexOf(texts[i]) ? drawable(texts[i]) : `${drawable(texts[i])} ${below(i + 1)}`;

/** "a − b" of printed numbers, or "a + b" where b is negative. */
export const minus = (a, b) => (b.startsWith("-") ? `${a} + ${b.slice(1)}` : `${a} − ${b}`);
export const plus = (a, b) => (b.startsWith("-") ? `${a} − ${b.slice(1)}` : `${a} + ${b}`);

/** e to the power of a printed expression. */
export function power(expression) {
  const span = element(null, "span", "power", "e");
  element(span, "sup", "", expression);
  return span;
}

/** A printed sum, a line for each { label, factors, amount } and one for the total. */
export function writeSum(parent, lines, total) {
  parent.replaceChildren();
  const write = ([label, factors, amount], className) => {
    element(parent, "span", `label ${className}`, label);
    element(parent, "span", `factors ${className}`, factors);
    element(parent, "span", `amount ${className}`, amount);
  };
  lines.forEach(({ label, factors, amount }, i) =>
    write([label, factors.map((factor) => signed(factor)).join(" × "), signed(amount, i ? "+" : "")], ""));
  write(["Σ", "", signed(total)], "all");
}
