"""The chosen head, large; and how every heatmap of the lesson is drawn."""

import numpy as np
import streamlit as st

from seqviz.figures.attention import head_heatmap
from seqviz.frame.language import _
from seqviz.lessons.attention.view import View
from seqviz.lessons.shared.pictures import look, show

HEATMAP = "head"  # the key of what holds the heatmap of the chosen head


def one_head(view: View) -> None:
    """The chosen head, large."""
    layer, head = view.head
    st.subheader(_("Layer {layer}, head {head}").format(layer=layer + 1, head=head + 1), anchor=False)
    if view.columns.all():
        st.caption(_("Row: who looks (query). Column: at whom (key). Each row adds up to 1."))
    else:
        st.caption(_("Row: who looks (query). Column: at whom (key). With what is hidden, each row adds up to 1."))
    alt = _("Heatmap: how much each token looks at each other one in this head.")
    with st.container(key=HEATMAP):
        heatmap(view.pieces.weights[view.head], view, "map", alt, marked=view.marked)


def heatmap(matrix: np.ndarray, view: View, key: str, alt: str, **options) -> None:
    """A matrix (Tq, Tk) over pieces, as it is drawn; of shares, what goes to hidden tokens stands in a last column."""
    hidden = None if "limit" in options else view.hidden(matrix)
    figure = head_heatmap(
        view.drawn(matrix), view.queries, view.keys, look(), rows=_("query: who looks"), columns=_("key: at whom"),
        hover=_("{query} looks at {key}: {weight}"), hidden=hidden, hidden_name=_("hidden"), **options,
    )  # fmt: skip
    show(figure, key, alt)
