"""Four readers side by side: what a word does to their verdicts, what they answer, how a rule was learned."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, named, token_axis


def effect_by_step(
    effects: Mapping[str, np.ndarray], tokens: Sequence[str], look: Look, *, name: str, moved: str, hover: str
) -> go.Figure:
    """How far each reader's verdict moves after every step, (T,) by reader, for one word that was changed.

    `name` says a step with {n} and {token}, `hover` one number with {reader}, {step} and {moved}.
    """
    steps = named(tokens, name)
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": reader,
            "x": steps,
            "y": effect,
            "line": {"color": look.of[reader], "width": 3},
            "marker": {"size": 7},
            "hovertemplate": hover.format(reader=reader, step="%{x}", moved="%{y:.2f}") + "<extra></extra>",
        }
        for reader, effect in effects.items()
    ]
    most = max(0.1, *(float(effect.max()) for effect in effects.values()))
    return drawn(
        lines, look, 20 * look.size,
        xaxis=token_axis(tokens) | {"name": ""},
        yaxis={"name": moved, "range": [-0.03 * most, 1.1 * most], "zeroline": False},
    )  # fmt: skip


def answers(found: Mapping[str, float], truth: float, look: Look, *, answer: str, wanted: str, hover: str) -> go.Figure:
    """What each reader answers, a dot on a line from −1 to 1, beside what was marked, which `wanted` names.

    `hover` says one answer, with {reader} and {answer}.
    """
    readers = list(found)[::-1]  # plotly begins below
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [found[reader] for reader in readers],
        "y": readers,
        "text": [f" {found[reader]:.2f} ".replace("-", "−") for reader in readers],
        "textposition": ["middle right" if found[reader] < 0.5 else "middle left" for reader in readers],
        "marker": {"size": 1.1 * look.size, "color": [look.of[reader] for reader in readers]},
        "hovertemplate": [
            hover.format(reader=reader, answer=f"{found[reader]:.3f}".replace("-", "−")) + "<extra></extra>"
            for reader in readers
        ],
        "showlegend": False,
        "cliponaxis": False,
    }
    line = {"type": "line", "x0": truth, "x1": truth, "yref": "paper", "y0": 0, "y1": 1}
    note = {"x": truth, "y": 1, "yref": "paper", "text": wanted, "showarrow": False, "yanchor": "bottom"}
    most = max(1.15, *(1.1 * abs(x) for x in found.values()))
    return drawn(
        [dots], look, 16 * look.size,
        xaxis={"name": answer, "range": [-most, most], "zeroline": False},
        yaxis={"name": "", "showgrid": False},
        shapes=[line | {"line": {"color": look.ink, "width": 2, "dash": "dot"}}],
        annotations=[note | {"font": {"color": look.ink, "size": look.size}}],
        margin={"l": 8, "r": 12, "t": 1.8 * look.size, "b": 8},
    )  # fmt: skip


def accuracies_by_kind(
    shares: Mapping[str, Mapping[str, Sequence[float]]], look: Look, *, right: str, hover: str
) -> go.Figure:
    """Shares of right answers by kind of text, then by reader: a dot a seed, the first one, which is shipped, larger.

    A kind's name stands above its dots, not beside them, where on a phone it would leave them no room. `hover` says one
    share, with {reader}, {kind} and {right}.
    """
    kinds = list(shares)
    readers = list(dict.fromkeys(reader for kind in kinds for reader in shares[kind]))
    dots = []
    for i, reader in enumerate(readers):
        lane = 0.02 + 0.36 * (i + 0.5) / len(readers)  # side by side within a row, below its name
        found = [(k, j, share) for k, kind in enumerate(kinds) for j, share in enumerate(shares[kind].get(reader, ()))]
        dots.append({
            "type": "scatter",
            "mode": "markers",
            "name": reader,
            "x": [share for _k, _j, share in found],
            "y": [k + lane for k, _j, _share in found],
            "customdata": [kinds[k] for k, _j, _share in found],
            "marker": {
                "color": look.of[reader],
                "size": [(0.75 if j == 0 else 0.45) * look.size for _k, j, _share in found],
                "opacity": [1 if j == 0 else 0.6 for _k, j, _share in found],
            },
            "hovertemplate": hover.format(reader=reader, kind="%{customdata}", right="%{x:.1%}") + "<extra></extra>",
        })  # fmt: skip
    lowest = min(share for kind in kinds for found in shares[kind].values() for share in found)
    lines = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": k + 0.5, "y1": k + 0.5,
         "line": {"color": look.grid, "width": 1}}
        for k in range(len(kinds) - 1)
    ]  # fmt: skip
    names = [
        {"text": kind, "xref": "paper", "x": 0, "xanchor": "left", "y": k - 0.24, "showarrow": False}
        for k, kind in enumerate(kinds)
    ]
    return drawn(
        dots, look, round((5 + 3.4 * len(kinds)) * look.size),
        xaxis={"name": right, "range": [lowest - 0.03, 1.035], "tickformat": ".0%", "zeroline": False},
        yaxis={"name": "", "range": [len(kinds) - 0.5, -0.5], "visible": False},
        shapes=lines, annotations=names,
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "itemsizing": "constant"},
    )  # fmt: skip


class Learned(NamedTuple):
    """How one seed of one model came to its rule: a share of right answers after so many steps of training."""

    name: str
    seed: int
    steps: Sequence[float]
    right: Sequence[float]
    colour: str  # a key of Look.of
    is_shipped: bool


def learned_by_step(curves: Sequence[Learned], look: Look, *, step: str, right: str, hover: str) -> go.Figure:
    """Every seed a line, the shipped one bold; `hover` says one point, with {name}, {seed}, {step} and {right}."""
    lines: list[dict[str, Any]] = []
    for curve in sorted(curves, key=lambda curve: curve.is_shipped):
        places = {"name": curve.name, "seed": curve.seed, "step": "%{x}", "right": "%{y:.0%}"}
        lines.append({
            "type": "scatter",
            "mode": "lines",
            "name": curve.name,
            "legendgroup": curve.name,
            "showlegend": curve.is_shipped,
            "opacity": 1 if curve.is_shipped else 0.5,
            "x": list(curve.steps),
            "y": list(curve.right),
            "line": {"color": look.of[curve.colour], "width": 4 if curve.is_shipped else 1.5},
            "hovertemplate": hover.format(**places) + "<extra></extra>",
        })  # fmt: skip
    return drawn(
        lines, look, 20 * look.size,
        xaxis={"name": step, "zeroline": False},
        yaxis={"name": right, "range": [-0.02, 1.03], "tickformat": ".0%", "zeroline": False},
    )  # fmt: skip
