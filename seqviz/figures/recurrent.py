"""All gates and states of one recurrent layer over one time axis, for a notebook."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from seqviz.figures.look import Look, safe, token_axis
from seqviz.traces.recurrent import LayerTrace

LOOK = Look(dark=False, size=14)
SHARES, SIGNED = LOOK.shares, LOOK.signed


def gate_heatmaps(layer: LayerTrace, tokens: Sequence[str] | None = None) -> go.Figure:
    """All gates, then c and h, each as a heatmap (units × steps), stacked over one time axis.

    A gate goes from white, shut at 0, to blue, open at 1. What has a sign is blue below zero and orange above, between
    −1 and 1; c, and an h that leaves them, between its largest value and that with the other sign. `tokens` name the
    steps. Raises ValueError where they are not as many.
    """
    steps = len(layer.h)
    if tokens is not None and len(tokens) != steps:
        raise ValueError(f"There are {len(tokens)} tokens for {steps} steps: give one for each step.")
    x = [f"{t}" if tokens is None else f"{t}, {safe(tokens[t])}" for t in range(steps)]
    panels = {**layer.gates, **({} if layer.c is None else {"c": layer.c}), "h": layer.h}  # name: (T, H)
    heights = [min(max(12 * values.shape[1], 48), 192) for values in panels.values()]  # pixels
    figure = make_subplots(len(panels), shared_xaxes=True, row_heights=heights, vertical_spacing=0.15 / len(panels))
    for row, (name, values) in enumerate(panels.items(), start=1):
        low, high, colours = _scale(name, values)
        axis = figure.layout["yaxis" if row == 1 else f"yaxis{row}"]
        bottom, top = axis.domain
        figure.add_heatmap(
            row=row,
            col=1,
            name=name,
            x=x,
            z=np.ascontiguousarray(values.T),  # (H, T)
            zmin=low,
            zmax=high,
            colorscale=colours,
            colorbar={
                "y": (bottom + top) / 2,
                "len": top - bottom,
                "thickness": 10,
                "outlinewidth": 0,
                "tickvals": [low, (low + high) / 2, high],
                "tickformat": ".3~g",
            },
            hovertemplate=f"t = %{{x}}<br>unit = %{{y}}<br>{name} = %{{z:.4f}}<extra></extra>",
        )
        figure.add_annotation(
            text=f"<i>{name}</i>", x=0, xref="paper", xanchor="right", xshift=-32, y=(bottom + top) / 2, yref="paper",
            showarrow=False, font={"size": 18},
        )  # fmt: skip
    figure.update_xaxes(token_axis(x if tokens is None else tokens))
    figure.update_xaxes(title="t", row=len(panels))
    figure.update_yaxes(autorange="reversed", tickformat="d", nticks=4, showgrid=False, zeroline=False)
    figure.update_layout(template="plotly_white", height=round(1.2 * sum(heights)) + 120, margin={"l": 70, "t": 30})
    return figure


def _scale(name: str, values: np.ndarray) -> tuple[float, float, list[list[Any]]]:
    """The numbers at both ends of a panel's colours, and the colours."""
    if name in ("i", "f", "o", "r", "z"):
        return 0.0, 1.0, SHARES
    largest = float(np.abs(values).max()) or 1.0
    limit = largest if name == "c" else max(largest, 1.0)
    return -limit, limit, SIGNED
