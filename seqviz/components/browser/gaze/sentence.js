// The sentence in its own characters, every token coloured by the weight it gets, with arcs from the one that looks.

import { at, fixed } from "../shared/math.js";
import { add } from "../shared/svg.js";
import { drawable, element } from "./print.js";

const MOST = 12; // arcs
const LEAST = 0.01; // of the weight, for an arc
const SOFT = 48; // tokens whose colours change softly; with more of them it would cost frames
const PRINTED = 0.02; // of the weight, for its number

export class Sentence {
  constructor(element) {
    this.element = element;
    this.svg = element.querySelector(".arcs");
    this.svg.replaceChildren(); // the host may mount anew where there was a gaze before
    this.paths = Array.from({ length: MOST }, () => add(this.svg, "path", { class: "arc" }));
    this.lines = ["queries", "keys"].map((name) => element.querySelector(`.${name}`));
  }

  /** Writes the tokens, who looks above where these are not the keys too; whether there was anything new to write. */
  write({ queries, keys, cross }) {
    const written = JSON.stringify([queries, keys, cross]);
    if (written === this.written) return false; // another head on the same sentence: its boxes only change colour
    this.written = written;
    this.element.classList.toggle("cross", cross);
    this.element.classList.toggle("long", keys.texts.length > SOFT);
    this.lines[0].hidden = !cross;
    this.keys = fill(this.lines[1], keys, "key");
    this.queries = cross ? fill(this.lines[0], queries, "query") : this.keys;
    this.boxes = [...new Set([...this.queries, ...this.keys])].filter(Boolean);
    return true;
  }

  /** Finds where every token stands, once the page has its width; a sentence on one line has room for high arcs. */
  measure(rem) {
    const { classList } = this.element;
    const texts = this.element.querySelectorAll(".line").length;
    const lines = () => new Set(this.boxes.map(({ text }) => text.getBoundingClientRect().top)).size;
    classList.remove("tall", "tight");
    if (lines() > texts) classList.add("tight"); // where it helps to have each sentence on one line
    if (lines() > texts) classList.remove("tight");
    classList.toggle("tall", lines() === 1);
    const frame = this.element.getBoundingClientRect();
    for (const box of this.boxes) {
      const { left, top, width, height } = box.text.getBoundingClientRect();
      const foot = box.token.getBoundingClientRect().bottom - frame.top;
      box.place = { x: left + width / 2 - frame.left, top: top - frame.top, bottom: top + height - frame.top, foot };
    }
    this.svg.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    this.rem = rem;
    this.rise = (classList.contains("tall") ? 100 : 30) * rem;
  }

  /** Colours every token by the weight that a query gives it. */
  draw({ weights, allowed, cross }, query, colours) {
    const weight = (key) => at(weights, query, key);
    this.keys.forEach((box, key) => {
      if (!box) return;
      const root = Math.sqrt(weight(key)); // small weights stay visible
      const isQuery = !cross && key === query;
      paint(box, isQuery ? colours.accent : colours.share(root), isQuery ? colours.onAccent : colours.onShare(root));
      say(box, weight(key) >= PRINTED ? fixed(weight(key), 2) : "");
      mark(box, isQuery, !isQuery && allowed !== undefined && at(allowed, query, key) === 0);
    });
    if (cross)
      this.queries.forEach((box, i) => {
        if (!box) return;
        paint(box, i === query ? colours.accent : "", i === query ? colours.onAccent : "");
        mark(box, i === query, false);
      });
    this.drawArcs(query, weight, cross);
  }

  drawArcs(query, weight, cross) {
    const from = this.queries[query];
    const found = [...this.keys.keys()]
      .filter((key) => from && this.keys[key] && weight(key) >= LEAST && (cross || key !== query))
      .sort((a, b) => weight(b) - weight(a));
    this.paths.forEach((path, i) => {
      const to = this.keys[found[i]];
      path.style.display = to ? "" : "none";
      if (!to) return;
      path.setAttribute("d", cross ? thread(from.place, to.place) : arc(from.place, to.place, this.rem, this.rise));
      path.style.strokeWidth = `${(1 + 6 * weight(found[i])) * this.rem}px`;
      path.style.strokeOpacity = 0.3 + 0.6 * weight(found[i]);
    });
  }
}

/**
 * Writes tokens into a paragraph: pieces of one word stand together, the texts of a pair below each other. Returns their
 * boxes, null for what is hidden.
 */
function fill(paragraph, { texts, words, segments, hidden }, role) {
  paragraph.replaceChildren();
  let line, word;
  return texts.map((text, i) => {
    if (hidden[i]) return null;
    if (!line || segments[i] !== segments[i - 1]) line = element(paragraph, "span", "line");
    if (!word || words[i] !== words[i - 1]) word = element(line, "span", "word");
    const token = element(word, "span", "token");
    token.dataset[role] = i;
    return { token, text: element(token, "b", "", drawable(text)), share: element(token, "i") };
  });
}

// Writing a style that is there already costs as much as a new one, and a long sentence has hundreds of boxes.
function paint(box, background, colour) {
  if (box.background === background) return;
  box.background = background;
  box.text.style.background = background;
  box.text.style.color = colour;
}

function say(box, share) {
  if (box.said === share) return;
  box.said = share;
  box.share.textContent = share;
}

function mark(box, isQuery, isBarred) {
  const marks = `token${isQuery ? " query" : ""}${isBarred ? " barred" : ""}`;
  if (box.token.className !== marks) box.token.className = marks;
}

/** From one token to another of the same sentence: over the words of a line, or up or down to another line. */
function arc(from, to, rem, rise) {
  if (Math.abs(from.top - to.top) < 2) {
    const height = Math.min(rise, 12 * rem + 0.2 * Math.abs(to.x - from.x));
    const high = from.top - (height * 4) / 3; // a curve rises to three quarters of where its handles are
    return `M${from.x} ${from.top}C${from.x} ${high} ${to.x} ${high} ${to.x} ${to.top}`;
  }
  return to.top < from.top ? thread({ ...from, bottom: from.top }, { ...to, top: to.foot }) : thread(from, to);
}

/** From the lower edge of a token down to the upper edge of another. */
function thread(from, to) {
  const middle = (from.bottom + to.top) / 2;
  return `M${from.x} ${from.bottom}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.top}`;
}
