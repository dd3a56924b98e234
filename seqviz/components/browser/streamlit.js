// The host of the components in the app (what a host is: see shared/component.js), and the only module here that knows
// Streamlit: its life cycle, its theme, and the document that writes the address (frame/document.js).

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
const host = { asked, say, onMove, isDark };

/** What the address asks for. */
function asked(name) {
  return new URL(location.href).searchParams.get(name) ?? "";
}

/** Tells the document, which prevents what it cannot take yet. */
function say(place, picture, assumed) {
  return dispatchEvent(new CustomEvent("seqviz:place", { cancelable: true, detail: { place, picture, assumed } }));
}

/** The document says when it has changed the address, or the reader has. */
function onMove(follow) {
  const heard = ({ detail }) => follow(detail.byReader);
  addEventListener("seqviz:address", heard);
  return () => removeEventListener("seqviz:address", heard);
}

/** Streamlit tells its theme by nothing but its variables. */
function isDark(root) {
  const paper = getComputedStyle(root).getPropertyValue("--st-background-color");
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.trim().slice(i, i + 2), 16));
  return r + g + b < 384;
}
