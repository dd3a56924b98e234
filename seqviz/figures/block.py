"""One block of a Transformer as a drawing: norms and layers, each wire as thick as its vector is long."""

from collections.abc import Callable
from html import escape

import numpy as np

from seqviz.figures.look import Look
from seqviz.traces.block import BlockNorms

WIDTH, STREAM, BRANCH = 470, 120, 300  # of the drawing; where the residual stream and the branches run
THICKEST = 12


def block_drawing(norms: BlockNorms, token: int, look: Look, _: Callable[[str], str]) -> str:
    """An SVG of the block from top to bottom, with the length of one token's vector at every point."""
    length = {name: float(value[token]) for name, value in vars(norms).items() if isinstance(value, np.ndarray)}
    pen = _Pen(look, THICKEST / max(length.values()))
    is_post = norms.kind == "post"
    pen.wire(STREAM, 0, 34, length["input"])
    pen.number(STREAM, 20, length["input"], _("in"))
    y, stream = 34, length["input"]
    layers = {"attention": _("attention, all heads"), "feed_forward": _("feed-forward")}
    for n, (layer, name) in enumerate(layers.items(), start=1):
        added, normed, total = length[layer], length[f"norm{n}"], length[f"sum{n}"]
        if is_post:
            bottom = y + 120
            pen.turn(y, y + 28, stream, into=True)
            pen.box(BRANCH, y + 28, name, 190)
            pen.turn(y + 64, bottom, added, into=False)
        else:
            bottom = y + 176
            pen.turn(y, y + 28, stream, into=True)
            pen.box(BRANCH, y + 28, _("layer norm"), 140)
            pen.wire(BRANCH, y + 64, y + 88, normed)
            pen.number(BRANCH, y + 81, normed)
            pen.box(BRANCH, y + 88, name, 190)
            pen.turn(y + 124, bottom, added, into=False)
        pen.number(BRANCH, bottom - 22, added)
        pen.wire(STREAM, y, bottom, stream)
        pen.plus(STREAM, bottom)
        y, stream = bottom, total
        pen.wire(STREAM, y + 13, y + 46, stream)
        pen.number(STREAM, y + 36, stream, _("out") if n == 2 and not is_post else "")
        y += 46
        if is_post:
            pen.box(STREAM, y, _("layer norm"), 140)
            pen.wire(STREAM, y + 36, y + 70, normed)
            pen.number(STREAM, y + 58, normed, _("out") if n == 2 else "")
            y, stream = y + 70, normed
    font = f"font:15px system-ui,sans-serif;fill:{look.ink}"
    return f'<svg viewBox="0 0 {WIDTH} {y + 26}" style="{font}">{"".join(pen.under + pen.over)}</svg>'


class _Pen:
    """Collects the parts of a drawing; wires lie under boxes."""

    def __init__(self, look: Look, scale: float):
        self.look, self.scale = look, scale
        self.under: list[str] = []
        self.over: list[str] = []

    def wire(self, x: float, top: float, bottom: float, length: float) -> None:
        self.path(f"M{x} {top}V{bottom}", length)

    def turn(self, top: float, bottom: float, length: float, into: bool) -> None:
        """From the stream into the branch, or back."""
        from_x, to_x = (STREAM, BRANCH) if into else (BRANCH, STREAM)
        path = f"M{from_x} {top}H{to_x}V{bottom}" if into else f"M{from_x} {top}V{bottom}H{to_x + 13}"
        self.path(path, length)

    def path(self, path: str, length: float) -> None:
        width = max(1.5, length * self.scale)
        colour = f"stroke:color-mix(in srgb, {self.look.accent} 55%, {self.look.paper})"  # solid: wires cross
        self.under.append(f'<path d="{path}" fill="none" stroke-width="{width:.1f}" style="{colour}"/>')

    def box(self, x: float, top: float, name: str, width: float) -> None:
        paint = f'rx="8" fill="{self.look.paper}" stroke="{self.look.muted}"'
        self.over.append(f'<rect x="{x - width / 2}" y="{top}" width="{width}" height="36" {paint}/>')
        self.text(x, top + 23, name, self.look.ink, "middle")

    def plus(self, x: float, y: float) -> None:
        look = self.look
        self.over.append(f'<circle cx="{x}" cy="{y}" r="13" fill="{look.paper}" stroke="{look.muted}"/>')
        self.over.append(f'<path d="M{x - 6} {y}h12m-6 -6v12" stroke="{look.ink}" stroke-width="2"/>')

    def number(self, x: float, y: float, length: float, name: str = "") -> None:
        self.text(x + 16, y, f"{name} {length:.1f}".strip(), self.look.ink, weight=650)

    def text(self, x: float, y: float, text: str, colour: str, anchor: str = "start", weight: int = 400) -> None:
        place = f'x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}"'
        self.over.append(f"<text {place}>{escape(text)}</text>")
