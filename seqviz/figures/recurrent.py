"""Pictures of a recurrent pass: every unit over time, and the path of the state."""

from collections.abc import Callable, Sequence

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
    figure = go.Figure()
    time = np.arange(1, len(h) + 1)
    names = [_("unit {n}").format(n=i + 1) for i in range(h.shape[1])]
    for i, values in enumerate(h.T):
        line = {"color": ACCENT, "width": 3} if i == unit else {"color": FAINT, "width": 1}
        trace = go.Scatter(
            x=time, y=values, mode="lines+markers" if i == unit or len(h) == 1 else "lines", line=line, name=names[i],
            zorder=int(i == unit), text=[safe(token) for token in tokens],
            hovertemplate="%{text}<br>%{y:.2f}<extra>" + names[i] + "</extra>",
        )  # fmt: skip
        figure.add_trace(trace)
    if without_change is not None:
        before = without_change[:, unit]
        dashed = {"color": QUIET, "width": 2, "dash": "dash"}
        name = _("without your change")
        figure.add_scatter(x=np.arange(1, len(before) + 1), y=before, mode="lines", line=dashed, name=name, zorder=2)
    figure.add_vline(x=step + 1, line={"color": ACCENT, "width": 1, "dash": "dot"})
    figure.update_yaxes(range=[-1.08, 1.08])
    figure.update_xaxes(**steps_axis(tokens))
    return calm(figure)


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
        return (run - centre) @ axes.T  # (T, H) x (H, 2) -> (T, 2)

    figure = go.Figure()
    if without_change is not None:
        x, y = plane(without_change).T
        dashed = {"color": QUIET, "width": 2, "dash": "dash"}
        figure.add_scatter(x=x, y=y, mode="lines", line=dashed, name=_("without your change"))
    x, y = plane(h).T
    figure.add_scatter(
        x=x, y=y, mode="lines+markers+text" if len(h) <= 30 else "lines+markers",
        text=[safe(token) for token in tokens], textposition="top center", line={"color": FAINT, "width": 1.5},
        marker={
            "color": [POSITIVE if value >= middle else NEGATIVE for value in readouts],
            "size": [16 if t == step else 8 for t in range(len(h))],
            "line": {"color": ACCENT, "width": [3 if t == step else 0 for t in range(len(h))]},
        },
        customdata=np.arange(1, len(h) + 1), hovertemplate="%{customdata}. %{text}<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    axis = _("direction {n}: {share} % of the movement")
    figure.update_xaxes(title=axis.format(n=1, share=round(100 * share[0])), showticklabels=False)
    figure.update_yaxes(title=axis.format(n=2, share=round(100 * share[1])), showticklabels=False)
    figure = calm(figure)
    return figure.update_yaxes(zeroline=False)
