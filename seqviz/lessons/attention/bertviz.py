"""BertViz's own three views of the same weights."""

import streamlit as st

from seqviz.figures import bertviz
from seqviz.figures.bertviz import LIMITS
from seqviz.frame.language import _, current
from seqviz.frame.state import linked, one_of
from seqviz.lessons.attention.view import View
from seqviz.lessons.shared.pictures import look
from seqviz.traces.attention import AttentionPart

VIEWS = ("head", "model", "neuron")


def in_bertviz(view: View) -> None:
    """BertViz's own three views of the same weights."""
    st.subheader(_("The same in BertViz"), anchor=False)
    layer, head = view.head
    name = ask_bertviz(view.pieces)
    if name is None:
        return
    words = bertviz.Words(
        current(), "BertViz", _("Layer"), _("Layers"), _("Head"), _("Heads"), _("Query"), _("Key"), _("product"),
        _("Softmax"), _("No token selected"),
    )  # fmt: skip
    if name == "head":
        sheet = bertviz.head_view(view.pieces, layer, words, look().size)
    elif name == "model":
        sheet = bertviz.model_view(view.pieces, words, look().size)
    else:
        sheet = bertviz.neuron_view(view.pieces, layer, head, words, look().size)
    st.iframe(sheet.html, height=sheet.height, alt=_("BertViz, {view}").format(view=name))


def ask_bertviz(part: AttentionPart) -> str | None:
    """Which of BertViz's views is drawn, if any; the limits are said before one waits."""
    names = {"head": _("head view"), "model": _("model view")}
    if bertviz.shows_neurons(part):
        names["neuron"] = _("neuron view")
    tokens = max(len(part.queries), len(part.keys))
    limit = _(
        "BertViz (Vig 2019) draws lines instead of cells. Its head view takes up to {head} tokens, its model and "
        "neuron views up to {model}; this text has {count}. They open within seconds, and answer the mouse only."
    )
    st.caption(limit.format(head=LIMITS["head"], model=LIMITS["model"], count=tokens))
    view = st.segmented_control(
        _("View"), list(names), label_visibility="collapsed",
        format_func=names.__getitem__, **linked("view", None, lambda raw: raw if one_of(VIEWS)(raw) in names else None),
    )  # fmt: skip
    if view and tokens > LIMITS[view]:
        sentence = _("The {view} stops at {most} tokens: beyond that a browser needs half a minute. Shorten the text.")
        st.info(sentence.format(view=names[view], most=LIMITS[view]))
        return None
    if view:
        st.caption(_what_to_do(view))
    return view


def _what_to_do(view: str) -> str:
    return {
        "head": _(
            "Point at a token to see its lines alone. Every colour is a head of the layer: a click on its square "
            "hides it or brings it back, a double click shows it alone."
        ),
        "model": _("Every picture is a head: a click enlarges it, another click closes it."),
        "neuron": _(
            "Point at a token on the left to see its lines alone; a click on the plus beside it opens the numbers "
            "that are multiplied."
        ),
    }[view]
