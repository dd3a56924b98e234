"""What all figures share: colours that hold on white and on black, and text that is safe as a label."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

ACCENT, POSITIVE, NEGATIVE, QUIET = "#2187b5", "#d0741f", "#4583cf", "#8a95a1"
GRID = "rgba(138, 149, 161, 0.25)"
FAINT = "rgba(138, 149, 161, 0.45)"
MOST_LABELS = 28  # on one axis


def safe(text: str, longest: int = 16) -> str:
    """Typed text as a label: Plotly would render its tags, and typeset what stands between dollar signs."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return escape(short).replace("$", "&#36;")


def steps_axis(tokens: Sequence[str]) -> dict[str, Any]:
    """An axis of steps with their tokens under them; of many steps, only every so many are named."""
    shown = range(0, len(tokens), -(-len(tokens) // MOST_LABELS))
    return {"tickvals": [t + 1 for t in shown], "ticktext": [safe(tokens[t]) for t in shown], "tickangle": -40}


def calm(traces: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], **layout: Any) -> go.Figure:
    """A figure of these traces and axes with the look of all: no frame, faint grid, room for the labels.

    Made in one go: every later update of a plotly figure costs as much as making it.
    """
    grid = {"gridcolor": GRID, "zeroline": True, "zerolinecolor": FAINT, "automargin": True}
    look = {
        "height": 340,
        "margin": {"l": 10, "r": 10, "t": 20, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {"showgrid": False, "zeroline": False, "automargin": True} | x,
        "yaxis": grid | y,
    }
    return go.Figure(traces, look | layout)
