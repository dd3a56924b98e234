"""What the lesson on sentiment says of trained readers: their verdicts, how good they are, where they err."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.page import nothing_to_read, table
from seqviz.frame.state import put
from seqviz.jobs.opinions import Trained, labels_of, part_of
from seqviz.jobs.scores import p_value
from seqviz.lessons.sentiment.controls import Asked
from seqviz.tasks.opinions import Opinion
from seqviz.tasks.sentiment import split_words

ORDER = ("bag", "RNN", "GRU", "LSTM", "shipped", "frozen", "tuned")
MOST_MISTAKES = 12


def reader_names(transformer: str = "MiniLM") -> dict[str, str]:
    """What the readers are called."""
    return {
        "bag": _("bag of words"),
        "RNN": "RNN",
        "GRU": "GRU",
        "LSTM": "LSTM",
        "shipped": _("pretrained cell"),
        "frozen": _("{name}, frozen").format(name=transformer),
        "tuned": _("{name}, last layer tuned").format(name=transformer),
    }


def mark_names() -> dict[str, str]:
    """What the marks of a sentence are called."""
    return {
        "negation": _("with negation"),
        "contrast": _("with contrast"),
        "irony": _("with irony"),
        "none": _("with none of these"),
    }


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
            st.button(label, key=f"mistake_{mistake.row}", on_click=put, kwargs={"text": opinion.text})


def show_data(about: Asked) -> None:
    """The sentences: how many there are of each kind and part, and all of them to look through."""
    st.subheader(_("The sentences"), anchor=False)
    parts = {"training": _("training"), "validation": _("validation"), "test": _("test")}
    marks, sides = mark_names(), {True: _("positive"), False: _("negative")}
    kinds = {_("altogether"): about.opinions, _("positive"): [one for one in about.opinions if one.is_positive]}
    if any(one.marks for one in about.opinions):
        for mark, called in marks.items():
            kinds[called] = [one for one in about.opinions if mark in (one.marks or {"none"})]
    rows = [["", *parts.values()]]
    for called, those in kinds.items():
        rows.append([called, *(str(sum(one.part == part for one in those)) for part in parts)])
    table(rows, "sentences")
    with st.expander(_("All sentences")):
        columns = {
            _("sentence"): [one.text for one in about.opinions],
            _("label"): [sides[one.is_positive] for one in about.opinions],
            _("part"): [parts[one.part] for one in about.opinions],
            _("what is in it"): [", ".join(marks[mark] for mark in sorted(one.marks)) for one in about.opinions],
        }
        st.dataframe(columns, height=360)
