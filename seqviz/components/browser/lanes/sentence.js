// The sentence in words that can be pressed, each with its number: what it does to the logit at the cursor (DOM).

import { fixed, signed } from "../shared/math.js";
import { saliencyOf, strength } from "./reading.js";

export class Sentence {
  constructor(element) {
    this.element = element;
  }

  /** Writes the words; each remembers its step. */
  write({ tokens, status }) {
    this.boxes = tokens.map((token, s) => {
      const [word, text, number] = ["span", "b", "i"].map((name) => document.createElement(name));
      text.textContent = token;
      word.dataset.step = s;
      word.append(text, number);
      return { word, text, number, status: status[s] };
    });
    this.element.replaceChildren(...this.boxes.map(({ word }) => word));
  }

  /** Colours the words as far as a step by what they do to a reader's logit there; `most` is where a colour is full. */
  draw(lane, step, most, colours) {
    this.boxes.forEach(({ word, text, number, status }, s) => {
      const saliency = s > step ? null : saliencyOf(lane, step, s);
      const shade = saliency === null ? null : strength(saliency, most);
      text.style.background = shade === null ? "" : colours.of(shade);
      text.style.color = shade === null ? "" : colours.on(shade);
      number.textContent = saliency === null ? "" : signed(fixed(saliency, 2), "+");
      word.className = [status, s === step && "now", s > step && "ahead"].filter(Boolean).join(" ");
    });
  }
}
