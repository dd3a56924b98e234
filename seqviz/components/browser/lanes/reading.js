// What the readers sent: one lane each, with what is still to come left out. No DOM.

import { split } from "../shared/math.js";

/** The lanes in the order in which they stand; each has what `explainReadout` asks for. */
export function lanesOf(trace) {
  return split(trace).map((lane) => ({ ...lane, readout: trace.readout, reach: reachOf(lane.h) }));
}

/** Where a colour is full: the largest |value|, but at least 1, so that what is small looks small. */
export const reachOf = (...arrays) =>
  arrays.flatMap(({ data }) => [...data]).reduce((most, value) => Math.max(most, Math.abs(value)), 1);

/** The place of (t, s ≤ t) in the rows of a lower triangle that stand one after the other. */
const under = (t, s) => (t * (t + 1)) / 2 + s;

/** What the word at step s does to the logit after step t. */
export const saliencyOf = (lane, t, s) => lane.saliency.data[under(t, s)];

/** How much of its look a head gives the word at step s when it reads the one at step t. */
export function weightOf({ weights: { data, shape } }, layer, head, t, s) {
  const [, heads, size] = shape;
  return data[(layer * heads + head) * size + under(t, s)];
}

/** The colour's strength of a saliency: its signed root, so that small ones stay visible. */
export const strength = (saliency, reach) => Math.sign(saliency) * Math.sqrt(Math.abs(saliency) / reach);

/** The reach of a scale in print, which may not be less than it is. */
export const printedReach = (reach) => (Math.ceil(10 * reach) / 10).toFixed(reach > 1 ? 1 : 0);

/** Heights as near as can be to those wanted, `gap` apart or more, between low and high. */
export function apart(wanted, gap, low, high) {
  const groups = [];
  const settle = (members) => {
    const half = ((members.length - 1) * gap) / 2;
    const mean = members.reduce((sum, i) => sum + wanted[i], 0) / members.length;
    return { members, half, middle: Math.max(low + half, Math.min(high - half, mean)) };
  };
  for (const i of [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b])) {
    let group = settle([i]);
    while (groups.length && groups.at(-1).middle + groups.at(-1).half + gap > group.middle - group.half)
      group = settle([...groups.pop().members, ...group.members]);
    groups.push(group);
  }
  const found = [];
  for (const { members, half, middle } of groups) members.forEach((i, k) => (found[i] = middle - half + k * gap));
  return found;
}
