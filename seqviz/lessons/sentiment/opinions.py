"""The labelled sentences: ours or a file of the learner's own, and all of them to look through."""

from collections.abc import Sequence

import streamlit as st

from seqviz.frame.address import settle
from seqviz.frame.language import _, current
from seqviz.frame.page import table
from seqviz.frame.state import linked, one_of
from seqviz.lessons.shared.table import ask_table, look_at, name
from seqviz.tasks.opinions import SHARES, Opinion, load_opinions, split_opinions
from seqviz.tasks.sentiment import split_words
from seqviz.traces.refusal import N_, Refusal

FILE = "file"
DATA = ("en", "es", FILE)
LONGEST = 1000  # characters of a text, uploaded or typed
POSITIVE = {"positive", "positivo", "positiva", "pos", "1", "true", "yes", "sí", "si", "good", "+"}


def ask_data() -> str:
    """Which sentences: a language of ours, or `FILE`."""
    settle("data", current())
    names = {"en": _("English sentences"), "es": _("Spanish sentences"), FILE: _("your own (.csv)")}
    return st.segmented_control(
        _("Data"), DATA, required=True, label_visibility="collapsed", format_func=names.__getitem__,
        **linked("data", current(), one_of(DATA)),
    )  # fmt: skip


def opinions_of(data: str) -> tuple[Opinion, ...] | None:
    """These sentences; None as long as there is no file. Raises Refusal where they cannot be learned from."""
    return _ask_file() if data == FILE else load_opinions(data)


def _ask_file() -> tuple[Opinion, ...] | None:
    """An uploaded table: which column holds the texts, which their labels, and which label is the positive one."""
    uploaded = ask_table(_("A table with a column of texts and one of labels"), "opinions_file")
    if uploaded is None:
        return None
    look_at(uploaded)
    columns = range(len(uploaded.columns))
    left, middle, right = st.columns(3)
    label_column = next((i for i in columns if len(set(uploaded.columns[i])) == 2), 0)
    text_column = max(columns, key=lambda i: sum(map(len, uploaded.columns[i])))
    texts = left.selectbox(
        _("texts"), columns, text_column, lambda i: name(uploaded, i), key="opinions_texts", filter_mode=None
    )
    labels = middle.selectbox(
        _("labels"), columns, label_column, lambda i: name(uploaded, i), key="opinions_labels", filter_mode=None
    )
    found = sorted(set(uploaded.columns[labels]))
    if len(found) != 2:
        raise Refusal(
            N_(
                "The column of labels must hold exactly two different labels, such as positive and negative; this one "
                "holds {count}."
            ),
            count=len(found),
        )
    usual = next((i for i, label in enumerate(found) if label.casefold() in POSITIVE), 1)
    positive = right.selectbox(_("the positive label"), found, usual, key="opinions_positive", filter_mode=None)
    return _split(uploaded.columns[texts], [label == positive for label in uploaded.columns[labels]])


def _split(texts: Sequence[str], labels: Sequence[bool]) -> tuple[Opinion, ...]:
    rows = [row for row, text in enumerate(texts) if split_words(text)]
    if len(rows) < len(texts):
        st.caption(_("{count} rows without a word were left out.").format(count=len(texts) - len(rows)))
    opinions = split_opinions([texts[row][:LONGEST] for row in rows], [labels[row] for row in rows])
    if len({(opinion.part, opinion.is_positive) for opinion in opinions}) < 2 * len(SHARES):
        raise Refusal(
            N_(
                "Too many of the texts are alike. Those go to one part together, so that nothing of the test part is "
                "learned: leave out versions of the same text."
            )
        )
    return opinions


def mark_names() -> dict[str, str]:
    """What the marks of a sentence are called."""
    return {
        "negation": _("with negation"),
        "contrast": _("with contrast"),
        "irony": _("with irony"),
        "none": _("with none of these"),
    }


def show_opinions(opinions: Sequence[Opinion]) -> None:
    """The sentences: how many there are of each kind and part, and all of them to look through."""
    st.subheader(_("The sentences"), anchor=False)
    parts = {"training": _("training"), "validation": _("validation"), "test": _("test")}
    marks, sides = mark_names(), {True: _("positive"), False: _("negative")}
    kinds = {_("altogether"): opinions, _("positive"): [one for one in opinions if one.is_positive]}
    if any(one.marks for one in opinions):
        for mark, called in marks.items():
            kinds[called] = [one for one in opinions if mark in (one.marks or {"none"})]
    rows = [["", *parts.values()]]
    for called, those in kinds.items():
        rows.append([called, *(str(sum(one.part == part for one in those)) for part in parts)])
    table(rows, "sentences")
    with st.expander(_("All sentences")):
        columns = {
            _("sentence"): [one.text for one in opinions],
            _("label"): [sides[one.is_positive] for one in opinions],
            _("part"): [parts[one.part] for one in opinions],
            _("what is in it"): [", ".join(marks[mark] for mark in sorted(one.marks)) for one in opinions],
        }
        st.dataframe(columns, height=360)
