"""The learner's own sentence, and what every reader says of it."""

from collections.abc import Mapping
from functools import partial
from html import escape

import streamlit as st

from seqviz.frame.address import put
from seqviz.frame.language import _, current
from seqviz.frame.page import nothing_to_read
from seqviz.frame.state import button, linked, text
from seqviz.jobs.opinions import Trained
from seqviz.lessons.sentiment.opinions import LONGEST
from seqviz.lessons.sentiment.readers import reader_names
from seqviz.lessons.sentiment.scores import percent
from seqviz.tasks.sentiment import split_words


def ask_sentence(data: str) -> str:
    """The learner's own sentence, for all readers, with a few to begin with."""
    offered = {
        "en": {
            _("not bad at all"): "The film was not bad at all",
            _("at first … but in the end"): "At first I was bored, but in the end I loved it",
            _("irony"): "Great, another two hours of my life that I will never get back",
            _("no opinion word"): "I would go there again tomorrow",
        },
        "es": {
            _("not bad at all"): "La película no estuvo nada mal",
            _("at first … but in the end"): "Al principio me aburrí, pero al final me encantó",
            _("irony"): "Genial, otras dos horas de mi vida que no volverán",
            _("no opinion word"): "Volvería mañana mismo",
        },
    }[data if data in ("en", "es") else current()]
    sentence = st.text_input(
        _("Type a sentence"), max_chars=LONGEST, placeholder=_("Type a sentence"),
        label_visibility="collapsed", **linked("text", next(iter(offered.values())), text(LONGEST)),
    )  # fmt: skip
    with st.container(horizontal=True, key="examples"):
        for label, example in offered.items():
            button(label, partial(put, text=example))
    return sentence.strip()


def show_verdicts(ready: Mapping[str, Trained], sentence: str, transformer: str) -> None:
    """A bar from the middle to one side for each reader: how likely it calls the sentence positive."""
    if not split_words(sentence):
        st.info(nothing_to_read())
        return
    names, rows = reader_names(transformer), []
    for key, one in ready.items():
        share = float(one.classifier.probabilities([sentence])[0])
        side, kind = (_("positive"), "plus") if share >= 0.5 else (_("negative"), "minus")
        left, width = min(50, 100 * share), abs(100 * share - 50)
        rows.append(
            f"<div class='who'>{escape(names[key])}</div>"
            f"<div class='says'>{escape(side)} <b>{percent(max(share, 1 - share))}</b></div>"
            f"<div class='bar'><i class='{kind}' style='left:{left:.2f}%;width:{width:.2f}%'></i></div>"
        )
    st.html(f"<div class='verdicts'>{''.join(rows)}</div>")
