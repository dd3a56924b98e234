// A cell as the circuit that courses draw by hand (SVG), alive: signs by colour, sizes by width, gates as valves.
// plans.js says where everything stands; here it is drawn once and then follows the cursor.

import { at, before } from "../shared/math.js";
import { add } from "../shared/svg.js";
import { PLANS } from "./plans.js";

const RADIUS = 21;
const middle = { "text-anchor": "middle" };

export class Circuit {
  /** Draws the circuit of `cell` into `svg`; what belongs to a part has its name as data-part. */
  constructor(svg, cell, words) {
    this.plan = PLANS[cell.kind];
    this.svg = svg;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${this.plan.width} ${this.plan.height}`);
    add(svg, "rect", { ...this.plan.cell, rx: 18, class: "cell" });
    this.wires = this.plan.wires.map((wire) => ({ ...wire, element: this.part(wire, "path", { d: wire.path, class: "wire" }) }));
    for (const { x, y, part } of this.plan.sums) {
      this.part({ part }, "circle", { cx: x, cy: y, r: RADIUS, class: "valve" });
      this.part({ part }, "text", { x, y: y + 7, class: "sign", ...middle }, "+");
    }
    this.boxes = this.plan.boxes.map((box) => {
      this.part(box, "rect", { x: box.x - this.plan.box / 2, y: box.y - 25, width: this.plan.box, height: 50, rx: 9, class: "box" });
      this.part(box, "text", { x: box.x, y: box.y - 6, class: "name", ...middle }, words.boxes[box.part]);
      return { ...box, element: this.part(box, "text", { x: box.x, y: box.y + 16, class: "value", ...middle }) };
    });
    for (const { x, y, text, part } of this.plan.squashes) {
      this.part({ part }, "rect", { x: x - 28, y: y - 15, width: 56, height: 30, rx: 8, class: "box" });
      this.part({ part }, "text", { x, y: y + 5, ...middle }, text);
    }
    this.valves = this.plan.valves.map((valve) => {
      this.part(valve, "circle", { cx: valve.x, cy: valve.y, r: RADIUS, class: "valve" });
      const wedge = this.part(valve, "path", { class: "wedge" });
      this.part(valve, "text", { x: valve.x, y: valve.y + 6, class: "sign", ...middle }, "×");
      return { ...valve, wedge, element: this.part(valve, "text", { ...valve.label, class: "open" }) };
    });
    this.labels = this.plan.labels.map((label) => {
      const text = this.part(label, "text", { x: label.x, y: label.y, class: "label", "text-anchor": label.anchor ?? "start" });
      add(text, "tspan", { class: "name" }, words.wires[label.key] && `${words.wires[label.key]} `);
      return { ...label, element: add(text, "tspan", {}) };
    });
    this.words = words;
  }

  part({ part }, name, attributes, text) {
    return add(this.svg, name, { ...attributes, ...(part ? { "data-part": part } : {}) }, text);
  }

  /** What moves every frame: the strength of the wires and the opening of the valves, between two steps a mixture. */
  draw(cell, view, colours) {
    const unit = view.units[cell.kind];
    const t = Math.floor(view.position);
    const now = valuesAt(cell, t, unit);
    const next = t === view.position ? now : valuesAt(cell, t + 1, unit);
    const value = (key) => now[key] + (next[key] - now[key]) * (view.position - t);
    for (const { element, key } of this.wires) {
      if (!key) continue;
      const x = value(key);
      element.style.stroke = x < 0 ? colours.negative : colours.positive;
      element.style.strokeWidth = 1.5 + 5.5 * Math.min(1, Math.abs(x));
      element.style.strokeOpacity = 0.25 + 0.75 * Math.min(1, Math.abs(x));
    }
    for (const { wedge, x, y, key } of this.valves) wedge.setAttribute("d", pie(x, y, RADIUS - 1.5, value(key)));
  }

  /** What changes with the step, the unit or the chosen part: the numbers, and what is highlighted. */
  write(print, { part, token }) {
    for (const { element, key } of this.labels) element.textContent = key === "x" ? token : print[key];
    for (const { element, part: name } of this.boxes) element.textContent = `${name} ${print[name]}`;
    for (const { element, share } of this.valves) element.textContent = this.words.open.replace("{share}", print[share]);
    for (const element of this.svg.querySelectorAll("[data-part]")) element.classList.toggle("chosen", element.dataset.part === part);
  }
}

/** The numbers on the wires of a unit at a step. */
function valuesAt(cell, t, unit) {
  const get = (name) => at(cell[name], t, unit);
  const h0 = before(cell, cell.h, t, unit);
  if (cell.kind === "GRU") {
    const [r, z, n, h] = ["r", "z", "n", "h"].map(get);
    return { h0, r, z, n, h, rest: 1 - z, kept: z * h0, written: (1 - z) * n };
  }
  const [i, f, g, o, c, h] = ["i", "f", "g", "o", "c", "h"].map(get);
  const c0 = before(cell, cell.c, t, unit);
  return { h0, c0, i, f, g, o, c, h, kept: f * c0, written: i * g, squashed: Math.tanh(c) };
}

/** The sector that fills a share of a circle, from the top clockwise. */
function pie(x, y, radius, share) {
  const angle = 2 * Math.PI * Math.max(0, Math.min(0.9999, share));
  const [ex, ey] = [x + radius * Math.sin(angle), y - radius * Math.cos(angle)];
  return `M${x} ${y}V${y - radius}A${radius} ${radius} 0 ${angle > Math.PI ? 1 : 0} 1 ${ex.toFixed(2)} ${ey.toFixed(2)}Z`;
}
