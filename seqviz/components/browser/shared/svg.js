// Drawings whose parts can be pointed at.

/** Appends an SVG element; `text` is never markup: it may hold what somebody typed. */
export function add(parent, name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}
