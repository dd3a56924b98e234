// The host of the components in the app (what a host is: see shared/component.js), and the only module that knows
// Streamlit: its life cycle, the state of its page, the address that it reads, its theme.

/** What Streamlit calls on every run of the page: one `Kind` an element, which lives on through the runs. */
export function mounted(Kind) {
  const mounts = new WeakMap();
  return ({ data, parentElement }) => {
    if (!mounts.has(parentElement)) {
      mounts.set(parentElement, { component: new Kind(parentElement.querySelector(".player"), host), run: 0 });
    }
    const mount = mounts.get(parentElement);
    const run = (mount.run += 1);
    mount.component.update(data);
    // Streamlit may clean up after a rerun that a newer one has already replaced.
    return () => {
      if (mount.run !== run) return;
      mount.component.stop();
      mounts.delete(parentElement);
    };
  };
}

/** @type {import("./shared/component.js").Host} */
const host = { asked, say, isBusy, afterRuns, isDark };

/** What the address asks for. */
function asked(name) {
  return new URL(location.href).searchParams.get(name) ?? "";
}

/** Puts a place into the address, and of `usual` what is missing there; where that changes it, the page runs again. */
function say(place, usual) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(place)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  for (const [name, value] of Object.entries(usual)) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value); // what is there may be newer than what was sent
  }
  if (url.href === location.href) return;
  history.replaceState(history.state, "", url); // a push would fill the back button
  dispatchEvent(new PopStateEvent("popstate", { state: history.state })); // Streamlit knows the address only if told
}

const app = () => document.querySelector('[data-testid="stApp"]');

/** While the page runs, what it was asked for may not stand in the address yet. */
function isBusy() {
  const state = app()?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}

/** A run that is short may begin and end in one drawing of the page, and is not seen: what it changed is the address. */
function afterRuns(follow) {
  const observer = new MutationObserver(() => isBusy() || follow());
  if (app()) observer.observe(app(), { attributes: true, attributeFilter: ["data-test-script-state"] });
  globalThis.navigation?.addEventListener("currententrychange", follow); // not every browser tells it
  return () => {
    observer.disconnect();
    globalThis.navigation?.removeEventListener("currententrychange", follow);
  };
}

/** Streamlit tells its theme by nothing but its variables. */
function isDark(root) {
  const paper = getComputedStyle(root).getPropertyValue("--st-background-color");
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.trim().slice(i, i + 2), 16));
  return r + g + b < 384;
}
