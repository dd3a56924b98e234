"""What all figures share: colours for light and dark, type that reads from the back row, tokens along an axis."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import plotly.graph_objects as go

MOST_NAMED = 28  # tokens along an axis; of more, only some are named
LONGEST = 14  # characters of a token beside an axis


class Look(NamedTuple):
    """How the page looks that a figure stands on; its own background is transparent."""

    dark: bool
    size: int  # of type, in pixels

    @property
    def ink(self) -> str:
        """The colour of type."""
        return "#e6eaf0" if self.dark else "#1d2733"

    @property
    def grid(self) -> str:
        """The colour of lines that only help to read."""
        return "#2a333d" if self.dark else "#dfe4ea"

    @property
    def muted(self) -> str:
        """The colour of what stands back."""
        return "#98a2ae" if self.dark else "#586472"

    @property
    def shares(self) -> list[list[Any]]:
        """From nothing, the colour of the page, to one blue."""
        return [[0, "#0f1419"], [1, "#4fb3de"]] if self.dark else [[0, "#ffffff"], [1, "#0b6e99"]]

    @property
    def rooted(self) -> list[list[Any]]:
        """From nothing to the blue of attention, by the square root: 0.04 should not look like nothing."""
        return [[share, self.tint(share)] for share in ((root / 10) ** 2 for root in range(11))]

    def tint(self, share: float) -> str:
        """The colour of one weight from 0 to 1 on the scale `rooted`."""
        ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (self.paper, self.share)]
        return "#{:02x}{:02x}{:02x}".format(*(round(a + (b - a) * share**0.5) for a, b in zip(*ends, strict=True)))

    @property
    def share(self) -> str:
        """The blue of a weight of 1, the same as in the components."""
        return "#7cc4ff" if self.dark else "#0a5b9c"

    @property
    def signed(self) -> list[list[Any]]:
        """Blue below zero, the colour of the page at zero, orange above."""
        below, zero, above = ("#6aaef0", "#0f1419", "#f0934a") if self.dark else ("#2166ac", "#ffffff", "#c4620f")
        return [[0, below], [0.5, zero], [1, above]]

    @property
    def paper(self) -> str:
        """The colour of the page."""
        return "#0f1419" if self.dark else "#ffffff"

    @property
    def accent(self) -> str:
        """The one colour that says: this one."""
        return "#4fb3de" if self.dark else "#0b6e99"

    @property
    def of(self) -> dict[str, str]:
        """A colour for each state, told apart by colour-blind readers too."""
        if self.dark:
            states = {"RNN": "#f0894a", "GRU": "#3fbf9b", "LSTM h": "#b79be0", "LSTM c": "#4fb3de"}
            return states | {"LSTM": "#4fb3de", "Transformer": "#b79be0", "theory": self.ink}
        states = {"RNN": "#c2410c", "GRU": "#00806a", "LSTM h": "#7a4fb0", "LSTM c": "#0b6e99"}
        return states | {"LSTM": "#0b6e99", "Transformer": "#7a4fb0", "theory": self.ink}


def drawn(data: Sequence[Mapping[str, Any]], look: Look, height: int, **layout: Any) -> go.Figure:
    """These traces with the common layout, each axis with its `name`.

    Plotly's own validation and its template would cost more time than all the rest.
    """
    line = {"gridcolor": look.grid, "linecolor": look.grid, "fixedrange": True, "automargin": True, "ticks": ""}
    for axis in ("xaxis", "yaxis"):  # one finger on a phone scrolls the page, so nothing in a figure can be dragged
        title = {"title": {"text": layout[axis].pop("name"), "standoff": 12, "font": {"size": look.size}}}
        layout[axis] = line | title | layout[axis]
    common = {
        "template": {"layout": {}},
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": look.size, "color": look.ink},
        "hoverlabel": {"font": {"size": look.size}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "dragmode": False,
    }
    return go.Figure({"data": list(data), "layout": common | layout}, _validate=False)


def named(tokens: Sequence[str], name: str) -> list[str]:
    """Each step by its name, "step {n}, {token}": the categories of a token axis, no two of them the same."""
    return [name.format(n=t + 1, token=safe(token)) for t, token in enumerate(tokens)]


def safe(token: str) -> str:
    """A token that plotly shows as it was typed: it renders tags and turns entities into characters."""
    return escape(token if len(token) <= 40 else token[:39] + "…", quote=False)


def token_axis(tokens: Sequence[str], marked: int | None = None) -> dict[str, Any]:
    """An axis of categories that carries tokens, thinned out where there are many; the marked one is there, in bold."""
    every = -(-len(tokens) // MOST_NAMED)
    shown = [t for t in range(0, len(tokens), every) if marked is None or abs(t - marked) >= every]
    shown = sorted([*shown, marked]) if marked is not None else shown
    short = [escape(token if len(token) <= LONGEST else token[: LONGEST - 1] + "…", quote=False) for token in tokens]
    return {
        "type": "category",
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [f"<b>{short[t]}</b>" if t == marked else short[t] for t in shown],
        "showgrid": False,
    }
