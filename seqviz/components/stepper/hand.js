// The reader's hand on the stepper: transport, keyboard, and the pointer on the stage and on the pictures.

import { hit } from "./draw.js";
import { at } from "./math.js";
import { signed } from "./sum.js";

/** Lets `stepper` follow the hand until `signal` aborts. */
export function listen(stepper, signal) {
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal });
  const { view } = stepper;
  const hand = (step) => {
    if (stepper.playing) stepper.pause();
    stepper.go(step);
  };
  const toggle = () => (stepper.playing ? stepper.pause() : stepper.play());
  onTransport(stepper, on, hand, toggle);
  onKeys(stepper, on, hand, toggle);
  onPointer(stepper, on, hand, stepper.canvas, (x, y) => hit(stepper.trace, stepper.place, view, x, y));
  for (const picture of stepper.pictures) onPointer(stepper, on, hand, picture.canvas, picture.hit);
  // A hand that types elsewhere does not rest: what it enters must reach Python before we make the page run again.
  for (const type of ["keydown", "pointerdown"])
    document.addEventListener(type, () => stepper.resting && stepper.rest(), { signal, capture: true });
  on(stepper.find("watch"), "transitionend", () => stepper.resize()); // its colour is the theme's: see stepper.css
}

function onTransport(stepper, on, hand, toggle) {
  const { find, view } = stepper;
  const move = { first: () => -Infinity, back: () => view.step - 1, forward: () => view.step + 1, end: () => Infinity };
  for (const [name, step] of Object.entries(move)) on(find(name), "click", () => hand(step()));
  on(find("play"), "click", toggle);
  on(find("scrub"), "input", (event) => hand(Number(event.target.value) - 1));
  on(find("speed"), "change", (event) => stepper.pace(Number(event.target.value)));
  on(find("tabs"), "click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    view.gate = button.dataset.gate || null;
    stepper.drawSum();
  });
}

function onKeys(stepper, on, hand, toggle) {
  const { view } = stepper;
  const keys = {
    ArrowLeft: () => hand(view.step - 1), ArrowRight: () => hand(view.step + 1),
    Home: () => hand(-Infinity), End: () => hand(Infinity), " ": toggle,
    ArrowUp: () => stepper.choose(view.unit - 1), ArrowDown: () => stepper.choose(view.unit + 1),
  };
  on(stepper.root, "keydown", (event) => {
    const owner = event.target.tagName;
    if (owner === "SELECT" || (owner === "BUTTON" && event.key === " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!keys[event.key] || !stepper.trace) return;
    event.preventDefault();
    event.stopPropagation(); // streamlit has shortcuts of its own
    keys[event.key]();
  });
}

/** Pointing at a canvas says what is there, pressing goes there, dragging scrubs; `find(x, y)` is { step, unit } or null. */
function onPointer(stepper, on, hand, canvas, find) {
  const { view } = stepper;
  let dragging = false;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return find(event.clientX - box.left, event.clientY - box.top);
  };
  const pick = (event) => {
    const found = point(event);
    if (!found) return;
    if (found.unit !== null) view.unit = found.unit;
    if (found.unit !== null && view.gate === "y") view.gate = null;
    hand(found.step);
  };
  on(canvas, "pointerdown", (event) => {
    dragging = event.pointerType === "mouse"; // a finger that moves scrolls the page
    pick(event);
    stepper.root.focus({ preventScroll: true });
  });
  on(canvas, "pointermove", (event) => {
    if (dragging && event.buttons) pick(event);
    showTip(stepper, canvas, point(event), event);
  });
  on(canvas, "pointerup", () => (dragging = false));
  on(canvas, "pointerleave", () => showTip(stepper, canvas, null));
}

function showTip({ trace, words }, canvas, found, event) {
  const tip = canvas.nextElementSibling;
  tip.hidden = !found || found.unit === null;
  if (tip.hidden) return;
  const { step, unit } = found;
  tip.textContent = `${words.unit.replace("{n}", unit + 1)} · ${trace.tokens[step]} · ${signed(at(trace.h, step, unit).toFixed(2))}`;
  const box = canvas.getBoundingClientRect();
  tip.style.left = `${Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4)}px`;
  tip.style.top = `${event.clientY - box.top - 34}px`;
}
