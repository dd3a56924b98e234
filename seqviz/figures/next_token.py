"""The most likely next tokens as bars, the one that came among them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, safe
from seqviz.traces.next_token import percent


def next_token_bars(
    tokens: Sequence[str],
    places: Sequence[int],
    shares: np.ndarray,
    own: np.ndarray,
    look: Look,
    *,
    actual: int | None,
    probability: str,
    hover: str,
) -> go.Figure:
    """A bar for the probability (n,) of each of n tokens, with its place among all; `actual` is the one that came.

    A line marks each one's `own` probability (n,), at temperature 1. `hover` says a bar, with {token}, {share}, {own}.
    """
    names = [f"{place} · {safe(token)}" for place, token in zip(places, tokens, strict=True)]
    said = zip(names, map(percent, shares), map(percent, own), strict=True)
    bars = {
        "type": "bar", "orientation": "h", "y": names, "x": shares, "cliponaxis": False,
        "marker": {"color": [look.accent if n == actual else look.tint(0.12) for n in range(len(names))]},
        "text": [percent(share) for share in shares], "textposition": "outside", "textfont": {"color": look.ink},
        "hovertemplate": [hover.format(token=t, share=s, own=o) + "<extra></extra>" for t, s, o in said],
        "showlegend": False,
    }  # fmt: skip
    marks = [
        {"type": "line", "x0": share, "x1": share, "y0": n - 0.42, "y1": n + 0.42,
         "line": {"color": look.ink, "width": 2}}
        for n, share in enumerate(own)
    ]  # fmt: skip
    return drawn(
        [bars], look, round((4 + 1.75 * len(names)) * look.size),
        xaxis={"name": probability, "range": [0, 1.3], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%",
               "zeroline": False},
        yaxis={"name": "", "type": "category", "autorange": "reversed", "showgrid": False, "tickmode": "array",
               "tickvals": list(range(len(names))),
               "ticktext": [f"<b>{name}</b>" if n == actual else name for n, name in enumerate(names)]},
        shapes=marks, bargap=0.25,
    )  # fmt: skip
