"""The weights of one head as a heatmap over the tokens, and the same drawing of what may stand beside them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn, named, token_axis

GAPS = 40  # tokens that are few enough for a gap between the cells


def head_heatmap(
    weights: np.ndarray,
    queries: Sequence[str],
    keys: Sequence[str],
    look: Look,
    *,
    rows: str,
    columns: str,
    hover: str,
    hidden: np.ndarray | None = None,
    hidden_name: str = "",
    marked: tuple[int, int] | None = None,
    limit: float | None = None,
) -> go.Figure:
    """Weights (Tq, Tk) from 0 to 1: a row is a query, a column a key; `hover` has {query}, {key} and {weight}.

    `hidden` (Tq,) is what of each row goes to tokens that are not drawn, as one more column called `hidden_name`.
    `marked` is a (query, key): its row is framed and its weight printed. With a `limit` the numbers lie between −limit
    and limit, blue below zero and orange above.
    """
    y, x = named(queries, "{n} · {token}"), named(keys, "{n} · {token}")
    values = weights.astype(np.float32)  # half the bytes; nobody sees the difference in a colour
    if hidden is not None:
        gap = np.full((len(queries), 1), np.nan, np.float32)
        values = np.hstack([values, gap, hidden[:, None].astype(np.float32)])
        x += [" ", hidden_name]
    low, high = (0.0, 1.0) if limit is None else (-limit or -1.0, limit or 1.0)
    few = len(x) <= GAPS
    heatmap = {
        "type": "heatmap",
        "x": x,
        "y": y,
        "z": values,
        "zmin": low,
        "zmax": high,
        "colorscale": look.rooted if limit is None else look.signed,
        "showscale": False,
        "hovertemplate": hover.format(query="%{y}", key="%{x}", weight="%{z:.2f}" if limit is None else "%{z:.4f}")
        + "<extra></extra>",
        "hoverongaps": False,
        "xgap": int(few),
        "ygap": int(few),
    }
    shapes, notes = [], []
    if marked is not None:
        query, key = marked
        edge = {"color": look.accent, "width": 2}
        ends = {"x0": -0.5, "x1": len(keys) - 0.5, "y0": query - 0.5, "y1": query + 0.5}
        shapes.append({"type": "rect", **ends, "line": edge})
        if few:
            share = float(weights[query, key])
            # Black or white: one of them can be read on every blue (WCAG AA), ink and page on some of them only.
            ink = ["#000000", "#ffffff"][(share**0.5 > (0.578 if look.dark else 0.81)) != look.dark]
            # On its own colour: where a cell is narrow, the number stands over the edges of its neighbours.
            box = {"bgcolor": look.tint(share), "borderpad": 1, "font": {"color": ink, "size": 0.66 * look.size}}
            notes.append(box | {"x": key, "y": query, "text": f"<b>{share:.2f}</b>", "showarrow": False})
    across = token_axis(keys, marked and marked[1])
    if hidden is not None:  # named even where tokens are thinned out
        across["tickvals"] = [*across["tickvals"], len(keys) + 1]
        across["ticktext"] = [*across["ticktext"], hidden_name]
    height = min(max(24 * len(queries), 110), 420) + 9 * look.size
    return drawn(
        [heatmap], look, height,
        xaxis=across | {"side": "top", "name": columns, "autotickangles": [-50, -90]},
        yaxis=token_axis(queries, marked and marked[0]) | {"autorange": "reversed", "name": rows},
        shapes=shapes, annotations=notes,
    )  # fmt: skip
