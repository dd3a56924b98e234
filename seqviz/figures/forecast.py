"""A series and what is said of it: where it was cut, and forecasts over what really came."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn
from seqviz.tasks.windows import Cut

MOST_POINTS = 2000  # of a series: more of them are no more to see
SHOWN = 40  # values before a forecast


class Line(NamedTuple):
    """A forecast to draw."""

    name: str
    values: np.ndarray  # (A,)
    of: str  # the cell whose colour it has, or "" for a grey one
    dash: str = "solid"
    drift: int | None = None  # the step ahead, from 0, at which it is off too far


def series_in_parts(cut: Cut, look: Look, *, parts: Sequence[str]) -> go.Figure:
    """The whole series, with the names of its three parts over the steps that belong to each."""
    edges = [0, *cut.ends, sum(map(len, cut.series.pieces))]
    every = -(-edges[-1] // MOST_POINTS)
    steps: list[int | None] = []
    values: list[float | None] = []
    begin = 0
    for piece in cut.series.pieces:  # one is not joined to the next
        steps += [*range(begin, begin + len(piece), every), None]
        values += [*piece[::every], None]
        begin += len(piece)
    line = {
        "type": "scatter", "mode": "lines", "x": steps, "y": values, "connectgaps": False,
        "line": {"color": look.ink, "width": 1.3}, "hovertemplate": "%{x}: %{y:.4g}<extra></extra>",
        "showlegend": False,
    }  # fmt: skip
    shades = [
        {"type": "rect", "x0": a, "x1": b, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 0}, "layer": "below",
         "fillcolor": look.accent, "opacity": opacity}
        for a, b, opacity in zip(edges[1:-1], edges[2:], (0.1, 0.2), strict=True)
    ]  # fmt: skip
    notes = [
        {
            "x": (a + b) / 2,
            "y": 1,
            "yref": "paper",
            "text": part,
            "showarrow": False,
            "yanchor": "bottom",
            "font": {"size": 0.8 * look.size},
        }
        for a, b, part in zip(edges[:-1], edges[1:], parts, strict=True)
    ]
    return drawn(
        [line], look, 8 * look.size,
        xaxis={"name": "", "zeroline": False, "showgrid": False}, yaxis={"name": "", "zeroline": False, "nticks": 3},
        shapes=shades, annotations=notes, margin={"l": 8, "r": 12, "t": 1.6 * look.size, "b": 0},
    )  # fmt: skip


def forecasts(
    known: np.ndarray, truth: np.ndarray, lines: Sequence[Line], look: Look, *, step: str, value: str, recorded: str,
    drift: str, hover: str,
) -> go.Figure:  # fmt: skip
    """Forecasts of the steps ahead over what was recorded, with the step at which each has drifted off.

    `drift` names that step, with {step}; `hover` says one value, with {name}, {step} and {value}.
    """
    shown = known[-SHOWN:]
    ahead = np.arange(1, len(truth) + 1)
    said = {"step": "%{x}", "value": "%{y:.4g}"}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": recorded, "x": [*range(1 - len(shown), 1), *ahead],
            "y": [*shown, *truth], "line": {"color": look.ink, "width": 1.6},
            "hovertemplate": hover.format(name=recorded, **said) + "<extra></extra>",
        }
    ]  # fmt: skip
    marks, notes = [], []
    for place, line in enumerate(lines):
        colour = look.of[line.of] if line.of else look.muted
        data.append(
            {
                "type": "scatter", "mode": "lines", "name": line.name, "x": ahead, "y": line.values,
                "line": {"color": colour, "width": 3 if line.dash == "solid" else 1.8, "dash": line.dash},
                "hovertemplate": hover.format(name=line.name, **said) + "<extra></extra>",
            }
        )  # fmt: skip
        if line.drift is not None:
            x = line.drift + 1
            side, shift = ("left", 4) if 2 * x < len(truth) - len(shown) else ("right", -4)  # where there is more room
            edge = {"color": colour, "width": 1.5, "dash": "dot"}
            marks.append({"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": edge})
            notes.append(
                {"x": x, "y": 0.02 + 0.08 * place, "yref": "paper", "text": drift.format(step=x), "showarrow": False,
                 "xanchor": side, "yanchor": "bottom", "xshift": shift, "font": {"color": colour}}
            )  # fmt: skip
    lowest, highest = float(min(*shown, *truth)), float(max(*shown, *truth))
    room = 0.25 * (highest - lowest or 1)  # a forecast that runs away must not flatten what was recorded
    return drawn(
        data, look, 22 * look.size,
        xaxis={"name": step, "zeroline": False, "showgrid": False, "range": [-len(shown), len(truth) + 1]},
        yaxis={"name": value, "zeroline": False, "range": [lowest - room, highest + room]},
        shapes=marks, annotations=notes,
    )  # fmt: skip
