"""How good each reader is on the sentences that none has seen, and whether the two best differ by more than chance."""

from collections.abc import Mapping

import streamlit as st

from seqviz.figures.verdicts import accuracies
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.page import table
from seqviz.jobs.opinions import Trained, labels_of, part_of
from seqviz.jobs.scores import p_value
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.readers import reader_names
from seqviz.lessons.shared.pictures import look, show


def percent(share: float) -> str:
    """A share as all of the app prints it."""
    return f"{100 * share:.0f} %"


def say_scores(ready: Mapping[str, Trained], transformer: str) -> None:
    """The table of all readers: right answers with their interval, log loss, weights, seconds."""
    if not ready:
        return
    names = reader_names(transformer)
    rows = [
        [
            _("reader"), _("right"), _("95 % interval"), _("log loss"), _("weights trained"), _("weights in all"),
            _("seconds"),
        ]
    ]  # fmt: skip
    for key, one in ready.items():
        share, classifier = one.scores.all, one.classifier
        rows.append(
            [
                plain(names[key]), f"**{percent(share.accuracy)}**", f"{100 * share.low:.0f}–{percent(share.high)}",
                f"{one.scores.log_loss:.2f}", f"{classifier.trained:,}", f"{classifier.parameters:,}",
                f"{one.seconds:.1f}",
            ]
        )  # fmt: skip
    table(rows, "readers")


def compare_scores(ready: Mapping[str, Trained], about: Asked) -> None:
    """Who is right how often, on the sentences that none has seen."""
    st.subheader(_("How good is each?"), anchor=False)
    names = reader_names(about.transformer)
    figure = accuracies(
        {name: one.scores.all for name, one in ready.items()}, names, look(), accuracy=_("right on the test part"),
        hover=_("{right} of {n} right"), chance=_("a coin"),
    )  # fmt: skip
    show(figure, "accuracies", _("Dots: the share of right answers of each reader, with its 95 % interval."))
    say_difference(ready, about)


def say_difference(ready: Mapping[str, Trained], about: Asked) -> None:
    """Whether the two best readers differ by more than chance."""
    if len(ready) < 2:
        return
    names, labels = reader_names(about.transformer), labels_of(part_of(about.opinions, "test"))
    right = {key: (one.probabilities >= 0.5) == labels for key, one in ready.items()}
    first, second = sorted(right, key=lambda key: -right[key].mean())[:2]
    p = p_value(right[first], right[second])
    sentences = {
        True: _("**{first}** is better than **{second}** beyond chance (McNemar's exact test, p {p})."),
        False: _("Whether **{first}** or **{second}** is better stays open (McNemar's exact test, p {p})."),
    }
    facts = {"first": plain(names[first]), "second": plain(names[second])}
    st.markdown(sentences[p < 0.05].format(p="< 0.001" if p < 0.001 else f"= {p:.2g}", **facts))
