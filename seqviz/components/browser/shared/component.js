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
 * @property {(place: object, picture: object, assumed: object) => boolean} say Takes where the cursor rests: values by
 *   their names, null for what nobody chose. `picture` is what Python sent to say of what the picture is, `assumed` what
 *   Python takes for granted, of the names that it asks for. False where the host cannot take it yet: say it again later.
 * @property {(follow: (byReader: boolean) => void) => () => void} onMove Calls `follow` when something else is asked for
 *   than the component has said; `byReader` is true for the way back. Returns what ends that.
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
