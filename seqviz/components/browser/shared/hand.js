// The reader's hand on a player: transport, keyboard, and the pointer on its canvases.

/** Lets `player` follow the hand. */
export function listen(player) {
  const { on, find, view } = player;
  const move = { first: () => -Infinity, back: () => view.step - 1, forward: () => view.step + 1, end: () => Infinity };
  for (const [name, step] of Object.entries(move)) on(find(name), "click", () => player.go(step()));
  on(find("play"), "click", () => player.toggle());
  on(find("scrub"), "input", (event) => player.go(Number(event.target.value) - 1));
  on(find("speed"), "change", (event) => player.pace(Number(event.target.value)));
  onKeys(player);
}

function onKeys(player) {
  const { view } = player;
  const keys = {
    ArrowLeft: () => player.go(view.step - 1), ArrowRight: () => player.go(view.step + 1),
    Home: () => player.go(-Infinity), End: () => player.go(Infinity), " ": () => player.toggle(),
    ArrowUp: () => player.shift(-1), ArrowDown: () => player.shift(1),
  };
  player.on(player.root, "keydown", (event) => {
    const owner = event.target.tagName;
    if (owner === "SELECT" || (owner === "BUTTON" && event.key === " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!keys[event.key] || !player.trace) return;
    event.preventDefault();
    event.stopPropagation(); // the host may have shortcuts of its own
    keys[event.key]();
  });
}

/**
 * Pointing at a canvas says what is there, pressing goes there, dragging scrubs. `find(x, y)` is what is there, with its
 * `step`, or null; `pick(found)` chooses what it is besides the step; `tip(found)` says it, or is null.
 */
export function onPointer(player, canvas, { find, pick, tip }) {
  const { on } = player;
  let dragging = false;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return find(event.clientX - box.left, event.clientY - box.top);
  };
  const choose = (event) => {
    const found = point(event);
    if (!found) return;
    pick(found);
    player.go(found.step);
  };
  const show = (found, event) => sayAt(canvas, found && tip(found), event);
  on(canvas, "pointerdown", (event) => {
    dragging = event.pointerType === "mouse"; // a finger that moves scrolls the page
    choose(event);
    player.root.focus({ preventScroll: true });
  });
  on(canvas, "pointermove", (event) => {
    if (dragging && event.buttons) choose(event);
    show(point(event), event);
  });
  on(canvas, "pointerup", () => (dragging = false));
  on(canvas, "pointerleave", () => show(null));
}

/** Shows the tip of a canvas beside the pointer, or hides it where there is nothing to say. */
export function sayAt(canvas, text, event) {
  const box = canvas.getBoundingClientRect();
  const sign = canvas.nextElementSibling;
  sign.hidden = !text;
  if (!text) return;
  sign.textContent = text;
  sign.style.left = `${Math.max(0, Math.min(event.clientX - box.left + 14, box.width - sign.offsetWidth - 4))}px`;
  sign.style.top = `${event.clientY - box.top - 34}px`;
}

/** Fills `group` with one button a name, of which `press` shows the chosen one. */
export function offer(group, names, label) {
  group.replaceChildren(...names.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label(name);
    button.dataset.name = name;
    return button;
  }));
}

export function press(group, chosen) {
  for (const button of group.children) button.setAttribute("aria-pressed", String(button.dataset.name === chosen));
}
