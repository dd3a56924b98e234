"""What a page shows besides controls: figures, programs."""

from typing import Any

import streamlit as st

from seqviz.frame.language import _
from seqviz.words.code import FRAMEWORKS, recurrent_code


def figure(drawn: Any, key: str) -> None:
    """Show a plotly figure without its toolbar; the page's theme gives the fonts and colours of the text."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False, "scrollZoom": False})


def scores(card: dict[str, Any]) -> None:
    """What the card of the present reader says about how good it is."""
    found = card["scores"]
    if card["front"] == "numbers":
        sentence = _(
            "**This reader** ({cell}, {units} units): its answer explains {near} % of the marked numbers after 10 "
            "steps, {trained} % after 39, the longest it was trained on, and {far} % after 80."
        )
        shares = {name: found["r2_by_gap"][gap] for name, gap in (("near", "10"), ("trained", "39"), ("far", "80"))}
    else:
        sentence = _(
            "**This reader** ({cell}, {units} units): right on {heldout} % of sentences kept out of its training, on "
            "{unseen_words} % of those whose opinion words it never saw (a coin gets 50 %), and on {free} % of "
            "{free_count} sentences written freely by hand. After a hundred neutral words, {held} % of its right "
            "verdicts are still right."
        )
        shares = {name: found[name] for name in ("heldout", "unseen_words", "free")}
        shares["held"] = found["held_for"]["100"]
    shown = {name: f"{100 * share:.0f}" for name, share in shares.items()}
    st.markdown(sentence.format(cell=card["cell"], units=card["units"], free_count=found.get("free_count"), **shown))


def programs(card: dict[str, Any], written: str) -> None:
    """The code that computes what a recurrent lesson shows, one tab a library, each with a button to copy it."""
    for tab, framework in zip(st.tabs(list(FRAMEWORKS.values())), FRAMEWORKS, strict=True):
        tab.code(recurrent_code(framework, card, written, _), language="python")
