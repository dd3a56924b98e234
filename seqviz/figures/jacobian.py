"""How strongly one step's state hangs on an earlier one: for every pair of steps, and along the way back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, safe
from seqviz.figures.survival import PLACES, step_map

FAINTEST, STRONGEST = -3, 1  # powers of ten between which the map has its colours
FEW = 40  # steps that get a mark each


def jacobian_heatmap(
    norms: np.ndarray, tokens: Sequence[str], look: Look, *, name: str, rows: str, columns: str, hover: str
) -> go.Figure:
    """Norms (T, T) on a logarithmic scale of colours, from a thousandth to ten; labels as in survival_map."""
    logs = np.log10(norms, where=norms > 0, out=np.full(norms.shape, float(FAINTEST)))
    logs[~np.tri(len(tokens), dtype=bool)] = np.nan
    ticks = ["≤ 0.001", "0.01", "0.1", "1", "≥ 10"]
    hover = hover.format(**PLACES, share="%{customdata:.3~g}")
    return step_map(logs, tokens, look, name, rows, columns, hover, (FAINTEST, STRONGEST), ticks, norms)


class Curve(NamedTuple):
    """One line of norms, the last entry lag 0; `state` is the key of its colour in Look.of."""

    name: str
    state: str
    norms: np.ndarray  # (T,)
    dash: str = "solid"
    listed: bool = True  # in the legend


def against_lag(
    curves: Sequence[Curve],
    look: Look,
    *,
    lag: str,
    norm: str,
    hover: str,
    tokens: Sequence[str] | None = None,
    powers: tuple[int, int] | None = None,
) -> go.Figure:
    """Norms on a logarithmic axis against how many steps back from the last one.

    `hover` says one number, with {name}, {lag}, {norm} and, where there are tokens, {token}. The axis ends at `powers`
    of ten; without them it shows all that is between 10⁻¹² and 10⁴.
    """
    data: list[dict[str, Any]] = []
    for curve in curves:
        values = curve.norms[::-1]
        places = {"name": curve.name, "lag": "%{x}", "norm": "%{y:.3~g}", "token": "%{customdata}"}
        is_solid = curve.dash == "solid"
        data.append({
            "type": "scatter",
            "mode": "lines+markers" if is_solid and len(values) <= FEW else "lines",
            "name": curve.name,
            "showlegend": curve.listed,
            "x": np.arange(len(values)),
            "y": np.where(values > 0, values, np.nan),  # zero has no place on a logarithmic axis
            "line": {"color": look.of[curve.state], "width": 3 if is_solid else 2, "dash": curve.dash},
            "marker": {"size": 6},
            "hovertemplate": hover.format(**places) + "<extra></extra>",
        })  # fmt: skip
        if tokens is not None:
            data[-1]["customdata"] = [safe(token) for token in reversed(tokens)]
    low, high = powers or _powers([curve.norms for curve in curves])
    decades = {"type": "log", "range": [low, high], "exponentformat": "power", "dtick": max(1, round((high - low) / 6))}
    return drawn(
        data, look, 24 * look.size,
        xaxis={"name": lag, "zeroline": False, "tickformat": "d"},
        yaxis=decades | {"name": norm},
    )  # fmt: skip


def _powers(norms: Sequence[np.ndarray]) -> tuple[int, int]:
    """The powers of ten between which these norms lie, within reason."""
    seen = np.concatenate(norms)
    seen = seen[seen > 0]
    return max(int(np.floor(np.log10(seen.min()))), -12), min(int(np.ceil(np.log10(seen.max()) + 0.1)), 4)
