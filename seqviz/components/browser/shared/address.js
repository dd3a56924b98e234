// The address bar, where what is shown has to stand, and streamlit, which reads it.

/** Whether streamlit is running the page: what it was asked for may not stand in the address yet. */
export const isRunning = () => {
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
};

/** Calls `follow` whenever streamlit has run the page; returns what ends that. */
export function afterRuns(follow) {
  const observer = new MutationObserver(() => isRunning() || follow());
  const app = document.querySelector('[data-testid="stApp"]');
  if (app) observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  return observer;
}

/** What the address asks for under a name; "" where it does not. */
export const asked = (name) => new URL(location.href).searchParams.get(name) ?? "";

/**
 * Puts `place` into the address, without what is null, and of `usual` what is missing there. Where that changed anything,
 * the page runs again.
 */
export function write(place, usual) {
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
  dispatchEvent(new PopStateEvent("popstate", { state: history.state })); // streamlit knows the address only if told
}
