// What every picture is painted with: the theme's colours, text, lines, dots.

/** The colours of the theme as it is now; colours are fixed for all steps: −1, 0, +1. */
export function palette(element) {
  const style = getComputedStyle(element);
  const get = (name) => style.getPropertyValue(name).trim();
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [zero, positive, negative] = ["--zero", "--positive", "--negative"].map((name) => rgb(get(name)));
  const mix = (colour, share) => zero.map((v, i) => Math.round(v + (colour[i] - v) * share));
  const css = (colour) => `rgb(${colour})`;
  const types = [rgb(get("--ink")), rgb(get("--paper")), [0, 0, 0], [255, 255, 255]];
  const ink = (paper) => css(readable(types, paper));
  const signed = Array.from({ length: 257 }, (_, i) => mix(i < 128 ? negative : positive, Math.abs(i - 128) / 128));
  const blues = Array.from({ length: 257 }, (_, i) => mix(rgb(get("--share")), i / 256));
  const [shades, inks, shares, shareInks] = [signed.map(css), signed.map(ink), blues.map(css), blues.map(ink)];
  const side = (value) => Math.round(128 + 128 * Math.max(-1, Math.min(1, value)));
  const place = (value) => Math.round(256 * Math.max(0, Math.min(1, value)));
  return {
    of: (value) => shades[side(value)], // signed
    on: (value) => inks[side(value)], // of type on it
    share: (value) => shares[place(value)], // from 0 to 1
    onShare: (value) => shareInks[place(value)],
    blues,
    ink: get("--ink"), mute: get("--mute"), line: get("--line"), soft: get("--soft"), accent: get("--accent"),
    onAccent: get("--on-accent"), paper: get("--paper"), positive: get("--positive"), negative: get("--negative"),
    font: style.fontFamily,
  };
}

/** The first of these colours (red, green, blue) that can be read on another: contrast of WCAG AA, 4.5 : 1. */
function readable(colours, paper) {
  const linear = (v) => (v <= 10 ? v / 3295 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05;
  const contrast = (colour) => Math.max(light(colour) / light(paper), light(paper) / light(colour));
  return colours.find((colour) => contrast(colour) >= 4.5);
}

/** The canvas's brush in CSS pixels, after giving it this size; one that has it already keeps what is on it. */
export function fitted(canvas, width, height) {
  const pixels = [width, height].map((length) => Math.round(length * devicePixelRatio));
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.lineCap = context.lineJoin = "round";
  return context;
}

/** A picture of one pixel a value, to be stretched; `colour(x, y)` is the colour of each. */
export function mosaic(width, height, colour) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      context.fillStyle = colour(x, y);
      context.fillRect(x, y, 1, 1);
    }
  return canvas;
}

/** What every picture writes and draws with; sizes are in pixels at a root font of 16. */
export function brushes(context, rem, colours) {
  return {
    text(string, x, y, { size = 13, colour = colours.mute, align = "left", weight = 400, halo } = {}) {
      context.font = `${weight} ${size * rem}px ${colours.font}`;
      context.fillStyle = colour;
      context.textAlign = align;
      if (halo) {
        context.setLineDash([]);
        [context.strokeStyle, context.lineWidth] = [halo, 5 * rem];
        context.strokeText(string, x, y);
      }
      context.fillText(string, x, y);
    },
    stroke(colour, width, dash = []) {
      context.strokeStyle = colour;
      context.lineWidth = width * rem;
      context.setLineDash(dash.map((length) => length * rem));
    },
    dot(x, y, radius, colour, edge) {
      context.beginPath();
      context.arc(x, y, radius * rem, 0, 7);
      context.fillStyle = colour;
      context.fill();
      if (!edge) return;
      context.setLineDash([]);
      [context.strokeStyle, context.lineWidth] = [edge, 2 * rem];
      context.stroke();
    },
  };
}

/** The point at a position that may lie between two steps. */
export function midway(point, position) {
  const t = Math.floor(position);
  if (t === position) return point(t);
  const [from, to] = [point(t), point(t + 1)];
  return from.map((value, axis) => value + (to[axis] - value) * (position - t));
}

/** The line through point(first) … point(last); `last` may lie between two points. */
export function line(context, last, point, first = 0) {
  context.beginPath();
  for (let t = first; t <= last; t++) context.lineTo(...point(t));
  if (last > Math.floor(last)) context.lineTo(...midway(point, last));
  context.stroke();
}

const shortened = new Map(); // measuring text is slow, and every frame asks for the same few words
export function shorten(context, string, room, font) {
  const key = `${font}|${room}|${string}`;
  if (!shortened.has(key)) {
    if (shortened.size > 2000) shortened.clear();
    context.font = font;
    const characters = Array.from(string).slice(0, 40);
    let text = characters.join("");
    while (characters.length > 1 && context.measureText(text).width > room) {
      characters.pop();
      text = `${characters.join("")}…`;
    }
    shortened.set(key, { text, width: context.measureText(text).width, whole: text === string });
  }
  return shortened.get(key);
}

/** A readout as it is printed: a share in per cent, or a number. */
export function shownReadout({ min, max }, value) {
  if (max - min === 1) return `${Math.round(100 * value)} %`;
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}
