"""The survival matrix as a heatmap over the tokens, and one row of it as the sentence itself."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, named, token_axis

PLACES = {"now": "%{y}", "wrote": "%{x}"}  # where plotly puts the names of a row and a column
FAINTEST = -6  # power of ten at which the logarithmic colours begin
GAPS = 40  # steps that are few enough for a gap between the cells


def survival_map(
    shares: np.ndarray, tokens: Sequence[str], look: Look, *, name: str, rows: str, columns: str, hover: str
) -> go.Figure:
    """Shares (T, T) from 0 to 1: row t, the step that has just been read; column s, the step that wrote.

    `name` names a step, with {n} and {token}; `hover` says one share, with {now}, {wrote} and {share}.
    """
    return step_map(shares, tokens, look, name, rows, columns, hover.format(**PLACES, share="%{z:.2f}"))


def survival_map_of_logs(
    logs: np.ndarray, tokens: Sequence[str], look: Look, *, name: str, rows: str, columns: str, hover: str
) -> go.Figure:
    """The same on a logarithmic scale of colours, from the natural logarithms (T, T) of the shares; −inf is none."""
    powers = logs / np.log(10)
    colours = np.maximum(powers, FAINTEST)
    colours[~np.tri(len(tokens), dtype=bool)] = np.nan
    hover = hover.format(**PLACES, share="10<sup>%{customdata:.1f}</sup>")
    ticks = ["≤ 10⁻⁶", "10⁻⁴", "10⁻²", "1"]
    return step_map(colours, tokens, look, name, rows, columns, hover, (FAINTEST, 0), ticks, powers)


def step_map(
    values: np.ndarray,
    tokens: Sequence[str],
    look: Look,
    name: str,
    rows: str,
    columns: str,
    hover: str,
    ends: tuple[float, float] = (0.0, 1.0),
    ticks: Sequence[str] = ("0", "½", "1"),
    numbers: np.ndarray | None = None,
) -> go.Figure:
    """One colour for each pair of steps, between two fixed ends; `ticks` name equal parts of the scale."""
    steps = named(tokens, name)
    heatmap = {
        "type": "heatmap",
        "x": steps,
        "y": steps,
        "z": values.astype(np.float32),  # half the bytes; nobody sees the difference in a colour
        "zmin": ends[0],
        "zmax": ends[1],
        "colorscale": look.shares,
        "hovertemplate": hover + "<extra></extra>",
        "hoverongaps": False,
        "xgap": int(len(tokens) <= GAPS),
        "ygap": int(len(tokens) <= GAPS),
        "colorbar": {
            "orientation": "h",
            "y": -0.03,
            "yanchor": "top",
            "thickness": 12,
            "len": 0.6,
            "outlinecolor": look.grid,
            "tickvals": np.linspace(*ends, len(ticks)).tolist(),
            "ticktext": list(ticks),
        },
    }
    if numbers is not None:
        heatmap["customdata"] = numbers
    height = min(max(26 * len(tokens), 130), 440) + 12 * look.size
    return drawn(
        [heatmap], look, height,
        xaxis=token_axis(tokens) | {"side": "top", "name": columns},
        yaxis=token_axis(tokens) | {"autorange": "reversed", "name": rows},
    )  # fmt: skip


def coloured(tokens: Sequence[str], shares: Sequence[float], look: Look) -> str:
    """The tokens as HTML, each on the colour of its share, with the share beneath it."""
    words = "".join(_word(token, float(share), look) for token, share in zip(tokens, shares, strict=True))
    return f'<div style="display:flex;flex-wrap:wrap;gap:0.3rem 0.25rem">{words}</div>'


def _word(token: str, share: float, look: Look) -> str:
    (_zero, nothing), (_one, everything) = look.shares
    # Large bold type, which turns over where it reads better the other way round: legible at every share (WCAG AA).
    ink = nothing if share > (0.6 if look.dark else 0.75) else look.ink
    colours = f"background:color-mix(in srgb, {everything} {100 * share:.1f}%, {nothing});color:{ink}"
    box = "padding:0.05rem 0.4rem;border-radius:0.35rem;font-weight:700;font-size:1.2rem"
    return (
        '<span style="display:inline-flex;flex-direction:column;align-items:center;max-width:100%">'
        f'<span style="{box};overflow-wrap:anywhere;{colours}">{escape(token)}</span>'
        f'<span style="font-size:0.85rem">{share:.2f}</span></span>'
    )
