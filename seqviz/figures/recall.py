"""How well each cell recalls a number against the gap it had to be kept over."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn
from seqviz.models.card import ReaderCard

LONGEST_TRAINED = 39  # steps between mark and question


class Recall(NamedTuple):
    """R² by gap of every seed of one cell, and which of them is shipped."""

    cell: str
    r2: dict[int, dict[int, float]]  # seed: gap: R²
    shipped: int

    @classmethod
    def of(cls, card: ReaderCard) -> "Recall":
        """What the card of a reader of marked numbers says of all its seeds."""
        scores = card.scores_of_all_seeds.items()
        r2 = {int(seed): {int(gap): r2 for gap, r2 in found["r2_by_gap"].items()} for seed, found in scores}
        return cls(card.cell, r2, card.seed)

    def at(self, gap: int) -> list[float]:
        """R² of every seed after one gap."""
        return [scores[gap] for scores in self.r2.values()]


def recall_against_gap(
    cells: Sequence[Recall], look: Look, *, gap: str, r2: str, hover: str, trained: str
) -> go.Figure:
    """Every seed a line, the shipped one bold; `trained` names the longest gap of the training.

    `hover` says one score, with {cell}, {seed}, {gap} and {r2}.
    """
    lines = [
        _line(one, seed, look, hover)
        for one in cells
        for seed in sorted(one.r2, key=lambda seed: seed == one.shipped)  # the bold one on top
    ]
    edge = {"type": "line", "x0": LONGEST_TRAINED, "x1": LONGEST_TRAINED, "yref": "paper", "y0": 0, "y1": 1}
    note = {"x": LONGEST_TRAINED, "y": 0.14, "yref": "paper", "showarrow": False, "xanchor": "right", "align": "right"}
    note["text"] = trained.replace(" ", "<br>", 1)  # a phone has no room for it on one line
    longest = max(gap for one in cells for scores in one.r2.values() for gap in scores)
    lowest = min(0.0, *(r2 for one in cells for scores in one.r2.values() for r2 in scores.values()))
    return drawn(
        lines, look, 24 * look.size,
        xaxis={"name": gap, "zeroline": False, "range": [0, 1.04 * longest]},
        yaxis={"name": r2, "range": [1.1 * lowest, 1.02]},
        shapes=[edge | {"line": {"color": look.muted, "width": 1.5, "dash": "dot"}}],
        annotations=[note | {"xshift": -6, "yanchor": "bottom", "font": {"color": look.muted}}],
    )  # fmt: skip


def _line(one: Recall, seed: int, look: Look, hover: str) -> dict[str, Any]:
    is_shipped = seed == one.shipped
    scores = one.r2[seed]
    colour = look.of[one.cell]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": one.cell,
        "legendgroup": one.cell,
        "showlegend": is_shipped,
        "opacity": 1 if is_shipped else 0.5,
        "x": list(scores),
        "y": list(scores.values()),
        "line": {"color": colour, "width": 4 if is_shipped else 1.5},
        "marker": {"size": 9 if is_shipped else 5},
        "hovertemplate": hover.format(cell=one.cell, seed=seed, gap="%{x}", r2="%{y:.3f}") + "<extra></extra>",
    }
