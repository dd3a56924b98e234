"""One reader from near: what it takes for what, whether it knows how sure it is, what is hard for it, its mistakes."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from seqviz.figures.verdicts import accuracies, calibration_plot, confusion_map
from seqviz.frame.address import put
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import button, linked, one_of
from seqviz.jobs.opinions import Trained, part_of
from seqviz.jobs.scores import Scores
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.opinions import mark_names
from seqviz.lessons.sentiment.readers import reader_names
from seqviz.lessons.sentiment.scores import percent
from seqviz.lessons.shared.pictures import look, show
from seqviz.tasks.opinions import Opinion

MOST_MISTAKES = 12


def look_closer(ready: Mapping[str, Trained], about: Asked) -> None:
    """All of it, of the reader that is chosen: at first the best one."""
    st.subheader(_("A closer look at one reader"), anchor=False)
    one = ask_reader(ready, about.transformer)
    left, right = st.columns(2, gap="medium")
    with left:
        show_confusion(one.scores)
    with right:
        show_calibration(one.scores)
    show_marks(one.scores)
    offer_mistakes(one, part_of(about.opinions, "test"))


def ask_reader(ready: Mapping[str, Trained], transformer: str) -> Trained:
    """Which reader is looked at."""
    names = reader_names(transformer)
    usual = max(ready, key=lambda name: ready[name].scores.all.accuracy)
    name = st.segmented_control(
        _("Reader"), list(ready), required=True, label_visibility="collapsed",
        format_func=lambda key: plain(names[key]), **linked("reader", usual, one_of(list(ready))),
    )  # fmt: skip
    return ready[name]


def show_confusion(scores: Scores) -> None:
    """Labels against verdicts."""
    st.markdown(_("**What it takes for what**"))
    labels = (_("negative"), _("positive"))
    figure = confusion_map(scores.confusion, look(), labels=labels, rows=_("label"), columns=_("it says"))
    show(figure, "confusion", _("Grid: sentences by their label and by what the reader says."))


def show_calibration(scores: Scores) -> None:
    """How sure it is against how often it is right."""
    st.markdown(_("**When it says 80 %, is it right in 80 %?**"))
    figure = calibration_plot(
        scores.bins, look(), said=_("it says positive with"), positive=_("are positive"),
        hover=_("It says {said}; {positive} of {n} are positive"),
    )  # fmt: skip
    alt = _("Dots: how often sentences are positive, by how likely the reader called them so.")
    show(figure, "calibration", alt)


def show_marks(scores: Scores) -> None:
    """Right answers by the marks of a sentence, where the sentences have any."""
    if not scores.by_mark:
        return
    st.markdown(_("**What is hard for it**"))
    kinds = mark_names()
    figure = accuracies(
        {mark: scores.by_mark[mark] for mark in kinds if mark in scores.by_mark}, kinds, look(),
        accuracy=_("right on the test part"), hover=_("{right} of {n} right"), chance=_("a coin"),
    )  # fmt: skip
    show(figure, "marks", _("Dots: the share of right answers by what a sentence is made of."))


def offer_mistakes(one: Trained, test: Sequence[Opinion]) -> None:
    """The sentences that a reader got wrong, the surest first; a click puts one into the box."""
    wrong = one.scores.mistakes
    if not wrong:
        st.markdown(_("It made no mistake on the test part."))
        return
    shown = wrong[:MOST_MISTAKES]
    st.markdown(
        _("**{count} mistakes**, the surest first. Click one to let all read it.").format(count=len(wrong))
        if len(shown) == len(wrong)
        else _("**{count} mistakes**, the {most} surest first. Click one to let all read it.").format(
            count=len(wrong), most=len(shown)
        )
    )
    with st.container(key="mistakes"):
        for mistake in shown:
            opinion = test[mistake.row]
            is_positive = mistake.probability >= 0.5
            said = _("says positive, {share}") if is_positive else _("says negative, {share}")
            share = percent(max(mistake.probability, 1 - mistake.probability))
            label = f"{plain(opinion.text)} · *{said.format(share=share)}*"
            button(label, partial(put, text=opinion.text), key=f"mistake_{mistake.row}")
