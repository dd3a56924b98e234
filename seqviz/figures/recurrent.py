"""Pictures of a recurrent pass: every unit over time, and the path of the state."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.style import ACCENT, FAINT, NEGATIVE, POSITIVE, QUIET, calm, safe, steps_axis


def unit_lines(
    h: np.ndarray,
    tokens: Sequence[str],
    step: int,
    unit: int,
    _: Callable[[str], str],
    without_change: np.ndarray | None = None,
) -> go.Figure:
    """Every unit of h (T, H) over the steps, one of them in front; dashed, the same unit of a second run (T', H)."""
    count = h.shape[1]
    time = np.arange(1, len(h) + 1)
    labels = [safe(token) for token in tokens]
    names = [_("unit {n}").format(n=i + 1) for i in range(count)]
    # All quiet units are one line with gaps: sixty-four traces would cost the server a hundred times more.
    with_gap = np.concatenate([h, np.full((1, count), np.nan)])  # (T + 1, H)
    quiet = {
        "x": np.tile(np.append(time, np.nan), count), "y": with_gap.T.ravel(), "mode": "lines",
        "line": {"color": FAINT, "width": 1},
        "text": [f"{name}<br>{label}" for name in names for label in (*labels, "")],
        "hovertemplate": "%{text}<br>%{y:.2f}<extra></extra>",
    }  # fmt: skip
    chosen = {
        "x": time, "y": h[:, unit], "mode": "lines+markers", "line": {"color": ACCENT, "width": 3},
        "text": [f"{names[unit]}<br>{label}" for label in labels],
        "hovertemplate": "%{text}<br>%{y:.2f}<extra></extra>",
    }  # fmt: skip
    traces = [quiet, chosen]
    if without_change is not None:
        x = np.arange(1, len(without_change) + 1)
        traces.append(_dashed(x, without_change[:, unit], _("without your change")))
    cursor = {"type": "line", "x0": step + 1, "x1": step + 1, "yref": "paper", "y0": 0, "y1": 1}
    shapes = [cursor | {"line": {"color": ACCENT, "width": 1, "dash": "dot"}}]
    return calm(traces, steps_axis(tokens), {"range": [-1.08, 1.08]}, shapes=shapes)


def state_path(
    h: np.ndarray,
    readouts: np.ndarray,
    middle: float,
    tokens: Sequence[str],
    step: int,
    _: Callable[[str], str],
    without_change: np.ndarray | None = None,
) -> go.Figure:
    """The path of h (T, H) in the plane that shows most of it (PCA of all states drawn), dots coloured by readout (T,).

    A second run (T', H) lies dashed in the same plane. The axes say which share of the variance each shows.
    """
    states = h if without_change is None else np.concatenate([h, without_change])
    centre = states.mean(axis=0)
    _u, spread, axes = np.linalg.svd(states - centre, full_matrices=False)
    axes = np.concatenate([axes, np.zeros((2, h.shape[1]))])[:2]  # a single step has no second direction
    share = np.concatenate([spread**2 / max((spread**2).sum(), 1e-12), [0.0, 0.0]])

    def plane(run: np.ndarray) -> np.ndarray:
        return ((run - centre) @ axes.T).T  # (T, H) x (H, 2) -> (2, T)

    x, y = plane(h)
    path = {
        "x": x, "y": y, "mode": "lines+markers+text" if len(h) <= 30 else "lines+markers",
        "text": [safe(token) for token in tokens], "textposition": "top center", "cliponaxis": False,
        "line": {"color": FAINT, "width": 1.5},
        "marker": {
            "color": [POSITIVE if value >= middle else NEGATIVE for value in readouts],
            "size": [16 if t == step else 8 for t in range(len(h))],
            "line": {"color": ACCENT, "width": [3 if t == step else 0 for t in range(len(h))]},
        },
        "customdata": np.arange(1, len(h) + 1), "hovertemplate": "%{customdata}. %{text}<extra></extra>",
    }  # fmt: skip
    traces = [path]
    if without_change is not None:
        before = plane(without_change)
        traces.insert(0, _dashed(before[0], before[1], _("without your change")))
    axis = _("direction {n}: {share} % of the movement")
    titles = [axis.format(n=n + 1, share=round(100 * share[n])) for n in range(2)]
    x_axis, y_axis = ({"title": title, "showticklabels": False} for title in titles)
    return calm(traces, x_axis, y_axis | {"zeroline": False})


def _dashed(x: np.ndarray, y: np.ndarray, name: str) -> dict[str, Any]:
    line = {"color": QUIET, "width": 2, "dash": "dash"}
    return {"x": x, "y": y, "mode": "lines", "line": line, "name": name}
