// What every component has: a life that goes on through the runs of the page, listeners that end with it, the theme.

import { unpack } from "./math.js";
import { palette } from "./paint.js";

/** What streamlit calls on every run of the page: one instance of `Kind` an element, which lives on through the runs. */
export function mounted(Kind) {
  const instances = new WeakMap();
  return ({ data, parentElement }) => {
    let instance = instances.get(parentElement);
    if (!instance) instances.set(parentElement, (instance = new Kind(parentElement.querySelector(".player"))));
    const run = instance.update(data);
    // Streamlit may clean up after a rerun that a newer one has already replaced.
    return () => {
      if (instance.run !== run) return;
      instance.stop();
      instances.delete(parentElement);
    };
  };
}

/** A subclass has `update(bytes)`, which returns the number of the run, and `resize()`. */
export class Component {
  run = 0;

  constructor(root) {
    this.root = root;
    this.listening = new AbortController();
    this.resized = new ResizeObserver(() => this.resize());
  }

  /** To be called once by the subclass, when it is whole. */
  begin() {
    this.resized.observe(this.root);
    this.on(this.find("watch"), "transitionend", () => this.resize()); // its colour is the theme's: see base.css
  }

  stop() {
    this.listening.abort();
    this.resized.disconnect();
  }

  on = (element, type, handler, options) =>
    element.addEventListener(type, handler, { signal: this.listening.signal, ...options });

  find = (name) => this.root.querySelector(`.${name}`);
  fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /** What Python sent, or null where that is only a sentence, which is then all that is shown. */
  receive(bytes) {
    this.run += 1;
    const trace = unpack(bytes);
    this.find("nothing").textContent = trace.nothing ?? "";
    this.root.classList.toggle("empty", "nothing" in trace);
    return "nothing" in trace ? null : trace;
  }

  /** Light or dark is streamlit's to say, and it says so only by its variables. */
  theme() {
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.trim().slice(i, i + 2), 16));
    this.root.classList.toggle("dark", r + g + b < 384);
    this.colours = palette(this.root);
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  }
}
