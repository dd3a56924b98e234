// What every component has: a host, listeners that end with the component, the theme.

import { unpack } from "./math.js";
import { palette } from "./paint.js";

/**
 * What surrounds a component: an app, a notebook, a file. It makes a component by `new Kind(root, host)`, hands it
 * whatever Python sends by `update(bytes)`, and ends it by `stop()`. Its CSS sets, on the root or around it, --ink,
 * --paper, --soft, --accent and --line, each as #rrggbb, and --font. A component knows nothing of it but this:
 *
 * @typedef {object} Host
 * @property {(name: string) => string} asked What the reader asks for under a name, as by a link; "" where nothing.
 * @property {(place: object, usual: object) => void} say Takes where the cursor rests: values by their names, null for
 *   what nobody chose. `usual` are values besides, for names under which nothing was said yet.
 * @property {() => boolean} isBusy Whether Python is at work: nothing may be said until it is done.
 * @property {(follow: () => void) => () => void} afterRuns Calls `follow` whenever Python is done, since that may have
 *   changed what is asked for; returns what ends that.
 * @property {(root: Element) => boolean} isDark Whether the component stands on something dark.
 */

/** A subclass has `update(bytes)` and `resize()`. */
export class Component {
  /** @param {Element} root @param {Host} host */
  constructor(root, host) {
    this.root = root;
    this.host = host;
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
    const trace = unpack(bytes);
    this.find("nothing").textContent = trace.nothing ?? "";
    this.root.classList.toggle("empty", "nothing" in trace);
    return "nothing" in trace ? null : trace;
  }

  theme() {
    this.root.classList.toggle("dark", this.host.isDark(this.root));
    this.colours = palette(this.root);
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  }
}
