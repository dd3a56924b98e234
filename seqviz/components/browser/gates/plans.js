// Where the parts of the two circuits stand. `part` is what is explained when the reader points there; `key` is the
// number on a wire: h0, c0 before the step, a gate, kept = f c0 or z h0, written = i g or (1 − z) n, c, h.

export const PLANS = {
  LSTM: {
    box: 82, width: 620, height: 424, cell: { x: 92, y: 22, width: 452, height: 372 },
    wires: [
      { path: "M8 84H154", key: "c0", part: "c" },
      { path: "M196 84H324", key: "kept", part: "c" },
      { path: "M366 84H612", key: "c", part: "c" },
      { path: "M345 159V105", key: "written", part: "c" },
      { path: "M175 275V105", key: "f", part: "f" },
      { path: "M260 275V180H324", key: "i", part: "i" },
      { path: "M345 275V201", key: "g", part: "g" },
      { path: "M508 84V127", key: "c", part: "h" },
      { path: "M508 157V201", key: "squashed", part: "h" },
      { path: "M432 275V222H487", key: "o", part: "o" },
      { path: "M508 243V362H612", key: "h", part: "h" },
      { path: "M8 362H432M175 362V325M260 362V325M345 362V325M432 362V325M52 406C52 380 64 362 92 362" },
    ],
    sums: [{ x: 345, y: 84, part: "c" }],
    boxes: [
      { x: 175, y: 300, part: "f" }, { x: 260, y: 300, part: "i" }, { x: 345, y: 300, part: "g" }, { x: 432, y: 300, part: "o" },
    ],
    squashes: [{ x: 508, y: 142, text: "tanh", part: "h" }],
    valves: [
      { x: 175, y: 84, key: "f", share: "f%", part: "f", label: { x: 175, y: 52, "text-anchor": "middle" } },
      { x: 345, y: 180, key: "i", share: "i%", part: "i", label: { x: 374, y: 199, "text-anchor": "start" } },
      { x: 508, y: 222, key: "o", share: "o%", part: "o", label: { x: 534, y: 252, "text-anchor": "start" } },
    ],
    labels: [
      { x: 8, y: 68, key: "c0", part: "c" }, { x: 208, y: 68, key: "kept", part: "c" }, { x: 612, y: 68, key: "c", part: "c", anchor: "end" },
      { x: 356, y: 140, key: "written", part: "c" }, { x: 8, y: 346, key: "h0" }, { x: 612, y: 346, key: "h", part: "h", anchor: "end" },
      { x: 64, y: 416, key: "x" },
    ],
  },
  GRU: {
    box: 102, width: 620, height: 424, cell: { x: 92, y: 22, width: 452, height: 372 },
    wires: [
      { path: "M8 84H219", key: "h0", part: "h" },
      { path: "M261 84H439", key: "kept", part: "h" },
      { path: "M481 84H612", key: "h", part: "h" },
      { path: "M460 149V105", key: "written", part: "h" },
      { path: "M240 275V105", key: "z", part: "z" },
      { path: "M240 170H439", key: "rest", part: "z" },
      { path: "M460 275V191", key: "n", part: "n" },
      { path: "M134 275V228H231A9 9 0 0 1 249 228H340V341", key: "r", part: "r" },
      { path: "M72 84V362H319M134 362V325M240 362V325M52 406C52 380 64 362 92 362" },
      { path: "M361 362H440V325", part: "n" },
      { path: "M500 406C500 372 480 372 480 325", part: "n" },
    ],
    sums: [{ x: 460, y: 84, part: "h" }],
    boxes: [{ x: 134, y: 300, part: "r" }, { x: 240, y: 300, part: "z" }, { x: 460, y: 300, part: "n" }],
    squashes: [],
    valves: [
      { x: 240, y: 84, key: "z", share: "z%", part: "z", label: { x: 240, y: 52, "text-anchor": "middle" } },
      { x: 460, y: 170, key: "rest", share: "rest%", part: "z", label: { x: 489, y: 189, "text-anchor": "start" } },
      { x: 340, y: 362, key: "r", share: "r%", part: "r", label: { x: 366, y: 386, "text-anchor": "start" } },
    ],
    labels: [
      { x: 8, y: 68, key: "h0", part: "h" }, { x: 282, y: 68, key: "kept", part: "h" }, { x: 612, y: 68, key: "h", part: "h", anchor: "end" },
      { x: 471, y: 135, key: "written", part: "h" }, { x: 64, y: 416, key: "x" }, { x: 512, y: 416, key: "x" },
    ],
  },
};
