// How often each unit's gate is shut and how often it is open (SVG), as Karpathy, Johnson & Fei-Fei (2015) draw it.

import { add } from "../shared/svg.js";

const SIZE = 170, EDGE = 30; // the square, and the room for its names

/** One square a gate: right is more often shut, up is more often open; a dot a unit. */
export function drawScatter(svg, cell, gate, words) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${SIZE + EDGE + 26} ${SIZE + 56}`);
  const [X, Y] = [(share) => EDGE + share * SIZE, (share) => 14 + (1 - share) * SIZE];
  add(svg, "rect", { x: EDGE, y: 14, width: SIZE, height: SIZE, class: "cell" });
  add(svg, "line", { x1: X(0), y1: Y(1), x2: X(1), y2: Y(0), class: "diagonal" });
  add(svg, "text", { x: X(0.5), y: SIZE + 50, class: "axis" }, words["axis-shut"]);
  add(svg, "text", { x: 14, y: Y(0.5), class: "axis", transform: `rotate(-90 14 ${Y(0.5)})` }, words["axis-open"]);
  for (const share of [0, 1]) add(svg, "text", { x: X(share), y: SIZE + 30, class: "axis" }, `${100 * share} %`);
  const [left, right] = [cell[`left_${gate}`].data, cell[`right_${gate}`].data];
  const crowd = new Map(); // units at the same spot stand around it, so that each can be seen and chosen
  for (let unit = 0; unit < left.length; unit++) {
    const spot = `${left[unit]},${right[unit]}`;
    crowd.set(spot, [...(crowd.get(spot) ?? []), unit]);
  }
  for (const members of crowd.values()) members.forEach((unit, place) => {
    const [dx, dy] = around(place);
    add(svg, "circle", { cx: X(left[unit]) + dx, cy: Y(right[unit]) + dy, r: 5.5, class: "dot", "data-unit": unit });
  });
}

/** Steps out from the middle in a spiral of equal gaps (Vogel 1979). */
function around(place) {
  const [radius, angle] = [7.5 * Math.sqrt(place), place * 2.39996];
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

export function highlight(svg, unit) {
  for (const dot of svg.querySelectorAll(".dot")) dot.classList.toggle("chosen", Number(dot.dataset.unit) === unit);
  const chosen = svg.querySelector(".dot.chosen");
  if (chosen) svg.append(chosen); // on top of its neighbours
}
