// The arithmetic of one number as a waterfall (SVG): start at the bias, add every bar, squash.

import { activate, signed } from "./math.js";
import { add } from "./svg.js";

/** Fills `svg` with the printed sum. `lines` are { label, factors, amount }; widths in CSS pixels, `rem` 1 at 16 px. */
export function drawSum(svg, { lines, printed, arithmetic, width, rem, note }) {
  const narrow = width < 640 * rem;
  const row = (narrow ? 44 : 29) * rem;
  const curve = narrow ? width : Math.min(310 * rem, width * 0.34); // the width that the activation's curve may take
  const bars = narrow ? { left: 0, right: width } : { left: 345 * rem, right: width - curve };
  const top = 4 * rem;
  svg.replaceChildren();
  const running = [0];
  for (const line of lines) running.push(running.at(-1) + Number(line.amount));
  const low = Math.min(...running), high = Math.max(...running);
  const number = 62 * rem; // room for the number beside a bar that ends at the right
  const X = (value) => bars.left + 8 * rem + ((value - low) / (high - low || 1)) * (bars.right - bars.left - 8 * rem - number);
  const text = (string, x, y, attributes = {}) => add(svg, "text", { x, y, "font-size": 15 * rem, ...attributes }, string);
  const bottom = top + row * lines.length;

  add(svg, "line", { x1: X(0), x2: X(0), y1: top, y2: bottom + 4 * rem, class: "axis" });
  lines.forEach((line, i) => {
    const y = top + i * row;
    const bar = { y: y + (narrow ? 21 : 3) * rem, height: 17 * rem };
    const [from, to] = [running[i], running[i + 1]].map(X);
    text(line.label, 0, y + 16 * rem, { "font-size": (narrow ? 13 : 15) * rem });
    const factors = line.factors.map((factor) => signed(factor)).join(" × ");
    const end = narrow ? width : bars.left - 16 * rem;
    text(factors, end, y + 16 * rem, { "font-size": (narrow ? 12.5 : 14) * rem, class: "mute number", "text-anchor": "end" });
    const sign = Number(line.amount) < 0 ? "negative" : "positive";
    add(svg, "rect", { ...bar, x: Math.min(from, to), width: Math.max(1.5, Math.abs(to - from)), rx: 3, class: sign });
    text(signed(line.amount, "+"), Math.max(from, to) + 7 * rem, bar.y + 13.5 * rem, { "font-size": 14 * rem, class: "number" });
    if (i + 1 < lines.length) add(svg, "line", { x1: to, x2: to, y1: bar.y + bar.height, y2: bar.y + row, class: "link" });
  });
  const sum = X(running.at(-1));
  const anchor = sum - bars.left < number ? "start" : "middle";
  text(`${note.total} = ${signed(printed.total)}`, sum, bottom + 22 * rem, { class: "strong number", "text-anchor": anchor });
  if (Math.abs(X(0) - sum) > 70 * rem) text("0", X(0), bottom + 20 * rem, { class: "mute", "font-size": 12 * rem, "text-anchor": "middle" });

  const place = narrow
    ? { x: width / 2, y: bottom + (arithmetic.activation === "identity" ? 24 : 128) * rem }
    : { x: width - curve / 2, y: Math.max(90 * rem, bottom / 2 - 30 * rem) };
  const end = drawSquash(svg, text, { ...place, half: Math.min(118 * rem, curve * 0.42) }, printed, arithmetic, rem, note);
  const total = Math.max(bottom + 32 * rem, end);
  svg.setAttribute("viewBox", `0 0 ${width} ${total}`);
  svg.setAttribute("height", total);
}

/** The activation's curve with the sum's point on it, and the last line of the calculation; returns where it ends. */
function drawSquash(svg, text, { x, y, half }, printed, arithmetic, rem, note) {
  const { activation, total } = arithmetic;
  const middle = { "text-anchor": "middle" };
  if (activation !== "identity") {
    const reach = activation === "sigmoid" ? 5.6 : 3.6; // where the curve has flattened
    const tall = 66 * rem;
    const U = (z) => x + (Math.max(-reach, Math.min(reach, z)) / reach) * half;
    const V = (a) => y - (activation === "sigmoid" ? 2 * a - 1 : activation === "relu" ? a / reach : a) * tall;
    add(svg, "line", { x1: x - half, x2: x + half, y1: V(0), y2: V(0), class: "axis" });
    add(svg, "line", { x1: x, x2: x, y1: y - tall - 8 * rem, y2: y + tall + 8 * rem, class: "axis" });
    let path = "";
    for (let i = 0; i <= 60; i++) {
      const z = reach * (i / 30 - 1);
      path += `${i ? "L" : "M"}${U(z)} ${V(activate(activation, z))}`;
    }
    add(svg, "path", { d: path, class: "curve" });
    const point = Math.max(-reach, Math.min(reach, total));
    add(svg, "line", { x1: U(point), x2: U(point), y1: V(0), y2: V(activate(activation, point)), class: "drop" });
    add(svg, "circle", { cx: U(point), cy: V(activate(activation, point)), r: 7 * rem, class: total < 0 ? "negative" : "positive" });
    y += tall;
  }
  const name = { tanh: "tanh", sigmoid: "σ", relu: "relu" }[activation];
  const squashed = name ? `${name}(${signed(printed.total)})` : "";
  const left = [signed(printed.opening), squashed].filter(Boolean).join(" × ") || note.result;
  text(`${left} = ${signed(printed.result)}`, x, y + 36 * rem, { ...middle, "font-size": 17 * rem, class: "strong number" });
  note.checks.forEach((check, i) => text(check, x, y + (58 + 20 * i) * rem, { ...middle, "font-size": 13 * rem, class: "mute number" }));
  return y + (50 + 22 * note.checks.length) * rem;
}
