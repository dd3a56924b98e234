"""The unrolled graph: the way from one word to another, and when each word can be done."""

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, named, token_axis
from seqviz.traces.unrolled import Node, Unrolled

MOST_ARROWS = 24  # steps up to which all that a Transformer reads can be drawn; of more, only the way
FEW_NAMED = 12  # names along an axis that have room anywhere
MOST_DIGITS = 30  # of the numbers along a way, so that they have room on a phone too
MOST_APART = 40  # rows that are high enough for a gap between them


def path_drawing(
    graph: Unrolled, path: Sequence[Node], tokens: Sequence[str], look: Look, *, name: str, layer: str, hover: str
) -> go.Figure:
    """The graph, layers above the words, with one way through it: its operations are numbered, all else is pale.

    `name` names a step, with {n} and {token}; `layer` a layer, with {n}; `hover` says one state, with {step}, {layer}
    and how many states or words it {reads}.
    """
    layers = {n: layer.format(n=n) for n in range(1, graph.layers + 1)}
    steps = named(tokens, name)
    hovers = [
        hover.format(step=steps[t], layer=layers[n], reads=len(reads)) if n else steps[t]
        for (n, t), reads in graph.reads.items()
    ]
    size = min(0.8 * look.size, max(3.0, 200 / graph.steps))
    arrow = {"symbol": "arrow", "angleref": "previous", "size": size, "standoff": size / 2, "color": look.accent}
    way = {
        "type": "scatter", "mode": "lines+markers", "hoverinfo": "skip", **_at(path), "marker": arrow,
        "line": {"color": look.accent, "width": 0.2 * look.size},
    }  # fmt: skip
    rows = {"tickmode": "array", "tickvals": list(layers), "ticktext": list(layers.values())}
    return drawn(
        [_arrows(graph, look), way, _states(graph, set(path), hovers, size, look)],
        look, round((8 + 5 * graph.layers) * look.size), showlegend=False, annotations=_numbers(path, look),
        xaxis=_word_axis(tokens, (path[0][1], path[-1][1])) | {"name": ""},
        yaxis=rows | {"name": "", "showgrid": False, "zeroline": False, "range": [-0.3, graph.layers + 0.45]},
    )  # fmt: skip


def _at(nodes: Sequence[Node | None]) -> dict[str, list[int | None]]:
    """Where these nodes stand: steps from left to right, layers above one another; None is a gap in a line."""
    return {"x": [node and node[1] for node in nodes], "y": [node and node[0] for node in nodes]}


def _arrows(graph: Unrolled, look: Look) -> dict[str, Any]:
    """What each state reads, as pale lines; where a Transformer reads too much for that, its own place alone."""
    shows_all = graph.kind == "RNN" or graph.steps <= MOST_ARROWS
    ends = [
        (read, node, None) for node, reads in graph.reads.items() for read in reads if shows_all or read[1] == node[1]
    ]
    line = {"color": look.grid, "width": 1}
    return {"type": "scatter", "mode": "lines", "line": line, "hoverinfo": "skip", **_at([*chain.from_iterable(ends)])}


def _states(graph: Unrolled, on_it: set[Node], hovers: list[str], size: float, look: Look) -> dict[str, Any]:
    """Every word and state as a circle, filled if it is on the way."""
    edge = {"width": 1.5, "color": [look.accent if node in on_it else look.muted for node in graph.reads]}
    fill = [look.accent if node in on_it else look.paper for node in graph.reads]
    return {
        "type": "scatter", "mode": "markers", **_at([*graph.reads]), "hoverinfo": "text", "hovertext": hovers,
        "marker": {"size": size, "color": fill, "line": edge},
    }  # fmt: skip


def _numbers(path: Sequence[Node], look: Look) -> list[dict[str, Any]]:
    """The operations of a way, counted above its arrows; of many, only every so many, and the last."""
    crossed = [(one, other) for one, other in pairwise(path) if one[1] != other[1]]
    last = len(crossed)
    every = -(-last * len(str(last)) // MOST_DIGITS)
    font = {"size": 0.9 * look.size, "color": look.accent, "weight": 700}
    return [
        {"x": (one[1] + other[1]) / 2, "y": (one[0] + other[0]) / 2, "text": str(n), "yshift": 0.9 * look.size,
         "showarrow": False, "bgcolor": look.paper, "borderpad": 0, "font": font}
        for n, (one, other) in enumerate(crossed, start=1)
        if n == last or (n % every == 0 and last - n >= every)
    ]  # fmt: skip


def _word_axis(tokens: Sequence[str], ends: tuple[int, int]) -> dict[str, Any]:
    """The words along the axis, at their steps, thinned out where there are many; both ends are there, in bold."""
    every = 1 if len(tokens) <= MOST_ARROWS else -(-len(tokens) // FEW_NAMED)
    shown = {t for t in range(0, len(tokens), every) if all(abs(t - end) >= every for end in ends)}
    steps = sorted({*shown, *ends})
    axis = token_axis([tokens[t] for t in steps])
    texts = [f"<b>{text}</b>" if t in ends else text for t, text in zip(steps, axis["ticktext"], strict=True)]
    place = {"type": "linear", "range": [-0.6, len(tokens) - 0.4], "zeroline": False}
    return axis | place | {"tickvals": steps, "ticktext": texts}


def timeline(
    done: np.ndarray, tokens: Sequence[str], look: Look, *, name: str, time: str, hover: str, until: int
) -> go.Figure:
    """A row for each word: how long it waits (pale), and when each of its layers is computed.

    `done` (layers + 1, T) is when each state is done; `until` is where the axis of time ends, so that two pictures can
    have the same. `name` names a step, with {n} and {token}; `hover` says one state, with {step}, {layer} and {time}.
    """
    steps, few = named(tokens, name), len(tokens) <= MOST_APART
    bars: dict[str, Any] = {"type": "bar", "orientation": "h", "y": steps, "hoverinfo": "skip"}
    waits = bars | {"base": 0.5, "x": (done[1] - 1).tolist(), "marker": {"color": look.grid}}
    works = [
        bars | {
            "base": (row - 0.5).tolist(), "x": [1] * len(row), "hoverinfo": "text",
            "marker": {"color": look.accent, "line": {"color": look.paper, "width": int(few)}},
            "hovertext": [
                hover.format(step=step, layer=layer, time=when) for step, when in zip(steps, row, strict=True)
            ],
        }
        for layer, row in enumerate(done[1:], start=1)
    ]  # fmt: skip
    ticks = {"tickmode": "linear", "tick0": 1, "dtick": 1} if until <= FEW_NAMED else {"nticks": 8}
    height = round(min(max(1.5 * len(tokens), 5), 32) * look.size) + 5 * look.size
    return drawn(
        [waits, *works], look, height, barmode="overlay", bargap=0.2 * few, showlegend=False,
        xaxis={"name": time, "range": [0.5, until + 0.5], "zeroline": False} | ticks,
        yaxis=token_axis(tokens) | {"name": "", "autorange": "reversed"},
    )  # fmt: skip
