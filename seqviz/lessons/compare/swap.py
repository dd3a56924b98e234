"""Who still knows a word at the end: it is changed, and every reader's verdicts are compared with those before."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from torch import Tensor

from seqviz.figures.compare import effect_by_step
from seqviz.frame import loading
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import between, linked, text
from seqviz.lessons.compare.readers import READERS, checkpoint_of
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import Asked, has_word_table
from seqviz.models.lane import some_words, swap_effect
from seqviz.models.reading import encode_words
from seqviz.tasks.sentiment import split_words
from seqviz.tasks.task import Task, Typed
from seqviz.traces.refusal import N_, Refusal

OTHERS = 40  # words that stand in for one, each in its turn


def who_still_knows(asked: Asked, sequence: Typed) -> None:
    """What becomes of one word: it is changed, and every reader's verdicts are compared with those before."""
    st.subheader(_("Who still knows the first word at the end?"), anchor="effect")
    step, word = ask_swap(sequence.tokens)
    effects = swapped(asked.task, sequence.inputs, step, word)
    figure = effect_by_step(
        effects, sequence.tokens, look(), name=_("step {n}, “{token}”"), moved=_("how far the verdict moves"),
        hover=_("{reader}, {step}: the verdict moves by {moved}"),
    )  # fmt: skip
    show(figure, "effect", _("Lines: how far each reader's verdict moves at every step when one word is changed."))
    say_swapped(effects, sequence.tokens[step], step, word)


def ask_swap(tokens: Sequence[str]) -> tuple[int, str]:
    """Which word is changed, as a step from 0, and into what; "" for many others in turn."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        step = st.selectbox(
            _("change the word"), range(1, len(tokens) + 1), format_func=lambda n: f"{n}. {tokens[n - 1]}", width=220,
            **linked("at", 1, between(1, len(tokens)), tokens),
        )  # fmt: skip
        word = st.text_input(
            _("into"), max_chars=60, width=320, placeholder=_("{count} other words, one by one").format(count=OTHERS),
            **linked("word", "", text(60)),
        )  # fmt: skip
    return step - 1, word.strip()


def swapped(task: Task, inputs: Tensor, step: int, word: str) -> dict[str, np.ndarray]:
    """How far each reader's verdict moves after every step, (T,). Raises Refusal where `word` is not one word."""
    readers = {reader: checkpoint_of(task, reader) for reader in READERS}
    asked = readers["GRU"]
    words = [one.key for one in split_words(word)] if word else some_words(asked, OTHERS)
    if word and len(words) != 1:
        raise Refusal(N_("“{word}” is not one word: type one, or nothing for many in turn."), word=word[:40])
    others, _status = encode_words(asked, words, loading.word_table() if has_word_table(asked) else None)
    return {reader: swap_effect(one, inputs, step, others) for reader, one in readers.items()}


def say_swapped(effects: dict[str, np.ndarray], token: str, step: int, word: str) -> None:
    """What became of the change at the end of the sentence."""
    if word:
        sentence = _(
            "With “{word}” in place of “{token}”, the verdict right after it moves by {now}; at the end, by {end}."
        )
    else:
        sentence = _(
            "With {count} other words in place of “{token}”, one by one, the verdict right after it moves on average "
            "by {now}; at the end, by {end}."
        )
    said = {"token": plain(token[:40]), "word": plain(word[:40]), "count": OTHERS}
    st.markdown(sentence.format(now=_listed(effects, step), end=_listed(effects, -1), **said))
    most = max(effects, key=lambda reader: float(effects[reader][-1]))
    if effects[most][-1] < 0.01:
        st.markdown(
            _("By then **nobody** knows any more which word stood there: whatever it was, the verdict is the same.")
        )
    else:
        st.markdown(
            _(
                "At the end it is the **{reader}** that still hangs on it most. To hang on a word is no merit by "
                "itself: “the” should leave no trace, “not” should."
            ).format(reader=most)
        )


def _listed(effects: dict[str, np.ndarray], step: int) -> str:
    return ", ".join(f"{reader} **{effect[step]:.2f}**" for reader, effect in effects.items())
