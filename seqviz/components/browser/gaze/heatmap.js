// The heatmap of the same head, which plotly draws elsewhere on the page, inside the element that Python names: pointing
// at a cell is pointing at its tokens, and its frame goes with the cursor.

const selector = ({ heatmap }) => `${heatmap} .js-plotly-plot`;

const drawn = ({ hidden }) => [...hidden.keys()].filter((token) => !hidden[token]);

/** Moves the frame that plotly drew around a row, with the weight printed in it, to the row of another query. */
export function frameRow(trace, query) {
  const plot = trace.heatmap && document.querySelector(selector(trace));
  const [frame, area] = [".shapelayer path", ".nsewdrag"].map((name) => plot?.querySelector(name));
  if (!frame || !area) return; // it is drawn later than this, or its cursor is on something hidden
  const rows = drawn(trace.queries);
  const height = Number(area.getAttribute("height")) / rows.length;
  const box = frame.getBBox(); // where plotly put it, whatever it was moved by since
  const row = Math.round((box.y + box.height / 2 - Number(area.getAttribute("y"))) / height - 0.5);
  const way = rows.indexOf(query) - row;
  frame.style.transform = way ? `translateY(${way * height}px)` : "";
  for (const note of plot.querySelectorAll(".annotation")) note.style.visibility = way ? "hidden" : "";
}

/** Lets `player` follow the pointer on the heatmap, whose rows and columns are the tokens that are not hidden. */
export function followHeatmap(player) {
  const followed = new WeakSet();
  const cell = ({ points: [{ pointNumber: [row, column] }] }) => {
    if (!player.trace) return null;
    const [query, key] = [drawn(player.trace.queries)[row], drawn(player.trace.keys)[column]];
    return query === undefined || key === undefined ? null : { query, key }; // the column of what is hidden is no token
  };
  const handlers = {
    plotly_hover: (event) => player.glance(cell(event)),
    plotly_unhover: () => player.glance(null),
    plotly_click: (event) => {
      const found = cell(event);
      if (found) player.look(found.query, found.key);
    },
  };
  // The page may put another element in its place at any time, so it is looked for when the pointer comes.
  player.on(document, "pointerover", ({ target }) => {
    const plot = player.trace?.heatmap && target.closest?.(selector(player.trace));
    if (!plot || followed.has(plot)) return;
    followed.add(plot);
    // Nothing here holds on to a plot, which may be gone before the player is.
    for (const [name, handler] of Object.entries(handlers)) plot.on(name, (event) => player.listening.signal.aborted || handler(event));
  });
}
