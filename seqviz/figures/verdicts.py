"""How good readers are: accuracies with their intervals, mistakes, calibration, learning curves."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, safe
from seqviz.jobs.learning_curve import Point
from seqviz.jobs.scores import Bin, Share


def colour_of(name: str, look: Look) -> str:
    """The colour of a reader: a cell's own, ink for what a Transformer reads, grey for the words in a bag."""
    if name in look.of:
        return look.of[name]
    return {"bag": look.muted, "tuned": look.of["LSTM h"]}.get(name, look.ink)


def accuracies(
    shares: Mapping[str, Share], names: Mapping[str, str], look: Look, *, accuracy: str, hover: str, chance: str
) -> go.Figure:
    """A dot for each share of right answers, with its 95 % interval; `hover` says one, with {right} and {n}.

    `names` are what the keys of `shares` are called; `chance` names the line of a coin.
    """
    found = list(shares.items())[::-1]  # plotly begins below
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [share.accuracy for _, share in found],
        "y": [safe(names.get(name, name)) for name, _ in found],
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 3, "width": 0, "color": look.muted,
            "array": [share.high - share.accuracy for _, share in found],
            "arrayminus": [share.accuracy - share.low for _, share in found],
        },
        "marker": {"size": look.size, "color": [colour_of(name, look) for name, _ in found]},
        "hovertemplate": [hover.format(right=share.right, n=share.n) + "<extra></extra>" for _, share in found],
        "showlegend": False,
    }  # fmt: skip
    lowest = min(0.3, *(share.low for share in shares.values()))
    coin = {"type": "line", "x0": 0.5, "x1": 0.5, "yref": "paper", "y0": 0, "y1": 1}
    note = {"x": 0.5, "y": 1, "yref": "paper", "text": chance, "showarrow": False, "yanchor": "bottom"}
    return drawn(
        [dots], look, round((4.5 + 2.2 * len(found)) * look.size),
        xaxis={"name": accuracy, "range": [lowest - 0.02, 1.005], "tickformat": ".0%", "zeroline": False},
        yaxis={"name": "", "showgrid": False},
        shapes=[coin | {"line": {"color": look.muted, "width": 1.5, "dash": "dot"}}],
        annotations=[note | {"font": {"color": look.muted, "size": 0.85 * look.size}}],
        margin={"l": 8, "r": 1.6 * look.size, "t": 1.8 * look.size, "b": 8},  # "100%" has room
    )  # fmt: skip


def confusion_map(
    counts: Sequence[Sequence[int]], look: Look, *, labels: Sequence[str], rows: str, columns: str
) -> go.Figure:
    """How many texts of each label (row) were read as each label (column); negative first.

    The colours end where ink can still be read on them.
    """
    share = np.array(counts) / np.maximum(np.sum(counts, axis=1, keepdims=True), 1)
    grid = {
        "type": "heatmap", "z": share, "x": list(labels), "y": list(labels), "zmin": 0, "zmax": 1.8,
        "colorscale": look.shares, "showscale": False, "text": [[str(n) for n in row] for row in counts],
        "texttemplate": "<b>%{text}</b>", "textfont": {"size": 1.3 * look.size, "color": look.ink}, "hoverinfo": "skip",
        "xgap": 3, "ygap": 3,
    }  # fmt: skip
    return drawn(
        [grid], look, 16 * look.size,
        xaxis={"name": columns, "showgrid": False}, yaxis={"name": rows, "showgrid": False, "autorange": "reversed"},
    )  # fmt: skip


def calibration_plot(bins: Sequence[Bin], look: Look, *, said: str, positive: str, hover: str) -> go.Figure:
    """How often texts are positive against how likely the reader called them so; a perfect one lies on the diagonal.

    `hover` says one dot, with {said}, {positive} and {n}.
    """
    shown = [one for one in bins if one.n]
    most = max(one.n for one in shown)
    dots = {
        "type": "scatter", "mode": "lines+markers", "x": [one.said for one in shown],
        "y": [one.positive for one in shown], "line": {"color": look.accent, "width": 2}, "showlegend": False,
        "marker": {"color": look.accent, "size": [8 + 24 * (one.n / most) ** 0.5 for one in shown]},
        "hovertemplate": [
            hover.format(said=f"{one.said:.0%}", positive=f"{one.positive:.0%}", n=one.n) + "<extra></extra>"
            for one in shown
        ],
    }  # fmt: skip
    diagonal = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1}
    axis = {"range": [-0.04, 1.04], "tickformat": ".0%", "zeroline": False, "tickvals": [0, 0.5, 1]}
    return drawn(
        [dots], look, 16 * look.size, xaxis={"name": said} | axis, yaxis={"name": positive} | axis,
        shapes=[diagonal | {"line": {"color": look.muted, "width": 1.5, "dash": "dot"}}],
    )  # fmt: skip


def learning_curves(
    points: Sequence[Point], names: Mapping[str, str], look: Look, *, sentences: str, accuracy: str, hover: str
) -> go.Figure:
    """The accuracy of each reader against how many sentences it was trained on: every draw a dot, their mean a line.

    `hover` says one dot, with {name}, {sentences} and {accuracy}.
    """
    data: list[dict[str, Any]] = []
    for name in dict.fromkeys(point.name for point in points):
        own = [point for point in points if point.name == name]
        sizes = sorted({point.sentences for point in own})
        means = [np.mean([p.share.accuracy for p in own if p.sentences == size]) for size in sizes]
        colour, called = colour_of(name, look), safe(names.get(name, name))
        said = hover.format(name=called, sentences="%{x}", accuracy="%{y:.0%}") + "<extra></extra>"
        data += [
            {"type": "scatter", "mode": "lines", "name": called, "x": sizes, "y": means,
             "line": {"color": colour, "width": 3}, "hoverinfo": "skip"},
            {"type": "scatter", "mode": "markers", "showlegend": False, "x": [point.sentences for point in own],
             "y": [point.share.accuracy for point in own], "marker": {"color": colour, "size": 8, "opacity": 0.6},
             "hovertemplate": said},
        ]  # fmt: skip
    every = sorted({point.sentences for point in points})
    has_room = [size * 1.3 < after for size, after in pairwise([*every, np.inf])]
    every = [size for size, room in zip(every, has_room, strict=True) if room]
    ticks = {"type": "log", "tickvals": every, "ticktext": list(map(str, every))}
    return drawn(
        data, look, 20 * look.size,
        xaxis={"name": sentences, "zeroline": False} | ticks,
        yaxis={"name": accuracy, "range": [0.35, 1.02], "tickformat": ".0%", "zeroline": False},
    )  # fmt: skip


def moved_bars(distances: np.ndarray, look: Look, *, head: str, distance: str) -> go.Figure:
    """How far each head of the last layer moved, (H,); the one that moved most stands out."""
    most = int(distances.argmax())
    bars = {
        "type": "bar", "x": [str(h + 1) for h in range(len(distances))], "y": distances,
        "marker": {"color": [look.accent if h == most else look.grid for h in range(len(distances))]},
        "hovertemplate": head + " %{x}: %{y:.3f}<extra></extra>",
    }  # fmt: skip
    return drawn(
        [bars], look, 13 * look.size,
        xaxis={"name": head, "type": "category", "showgrid": False},
        yaxis={"name": distance, "rangemode": "tozero", "zeroline": False, "nticks": 4},
    )  # fmt: skip
