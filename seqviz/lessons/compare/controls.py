"""What the lesson on four readers asks, who reads, and what is said beside its pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from seqviz.frame import loading
from seqviz.frame.errors import plain
from seqviz.frame.language import _, current
from seqviz.frame.navigation import find
from seqviz.frame.state import between, linked, text
from seqviz.lessons.shared.sequence import Asked, ask_task, ask_text, checkpoint_name, has_word_table
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.induction import NAMES
from seqviz.models.lane import Lane, read_lane, some_words, swap_effect
from seqviz.models.reader import CELLS, TRANSFORMER
from seqviz.models.reading import encode_words
from seqviz.tasks.sentiment import split_words
from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
from seqviz.tasks.task import Task
from seqviz.traces.refusal import N_, Refusal

READERS = (*CELLS, TRANSFORMER)
OTHERS = 40  # words that stand in for one, each in its turn


def ask() -> Asked:
    """Which language is read, and the sentence; raises Refusal where it cannot be read."""
    arrival = st.session_state.setdefault("task_on_arrival", current())  # another language later changes no task
    return ask_text(ask_task(tuple(SENTENCES.values()), arrival), "GRU")  # all four look words up in the same way


def checkpoint_of(task: Task, reader: str) -> Checkpoint:
    """A reader of sentences that was trained on as many of them as the other three. Raises Refusal."""
    return loading.checkpoint(name_of(task, reader))


def cards_of(task: Task) -> dict[str, dict[str, Any]]:
    """What the four say of themselves, as far as that can be read."""
    found = {reader: loading.card(name_of(task, reader)) for reader in READERS}
    return {reader: card for reader, card in found.items() if card}


def name_of(task: Task, reader: str) -> str:
    """The shipped model of a reader of sentences."""
    # The RNN of lesson `rnn` read twice as many sentences as the others.
    return checkpoint_name(task, reader) + "-even" * (reader == "RNN")


def read_all(asked: Asked) -> list[Lane]:
    """How each of the four reads the sentence, of which there has to be one.

    It is kept for a while, since every move of the cursor asks for it again.
    """
    assert asked.sequence is not None
    return _read_all(asked.task.code, asked.written, _inputs=asked.sequence.inputs)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read_all(code: str, written: str, _inputs: Tensor) -> list[Lane]:
    return [read_lane(checkpoint_of(SENTENCES[code], reader), _inputs) for reader in READERS]


# ---- one word changed


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


# ---- how good they are


def kind_names() -> dict[str, str]:
    """The kinds of sentences that `phenomena` tells apart, as they are called."""
    return {
        "heldout": _("all kept out of training"), "plain": _("plain praise or complaint"), "negation": _("negation"),
        "contrast": _("contrast: “but …”"), "expectation": _("an expectation that fails"), "idiom": _("idioms"),
        "long gap": _("a long gap"), "unseen_words": _("opinion words never seen"), "free": _("written freely by hand"),
        "held": _("still right 100 words later"),
    }  # fmt: skip


def phenomena(cards: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Shares of right verdicts by the kind of a sentence, then by reader, one a seed; the shipped seed first."""
    found: dict[str, dict[str, list[float]]] = {kind: {} for kind in kind_names()}
    for reader, card in cards.items():
        for scores in card["scores_of_all_seeds"].values():
            shares = scores | scores["heldout_by_tag"] | {"held": scores["held_for"]["100"]}
            for kind, by_reader in found.items():
                by_reader.setdefault(reader, []).append(shares[kind])
    return found


def say_readers(cards: dict[str, dict[str, Any]]) -> None:
    """What was alike in their training and what was not."""
    readers = {reader: checkpoint_of(SENTENCES[card["language"]], reader).reader for reader, card in cards.items()}
    sizes = {reader: sum(weight.numel() for weight in one.cell.parameters()) for reader, one in readers.items()}
    said = ", ".join(f"{reader} {count:,}" for reader, count in sizes.items())
    first = next(iter(cards.values()))
    st.markdown(
        _(
            "Every dot is a seed of three, the shipped one larger. All were trained on the same sentences with the "
            "same word vectors, {steps} batches of {batch}, {units} units wide; so many weights do the reading: "
            "{sizes}."
        ).format(steps=f"{first['steps']:,}", batch=first["batch"], units=first["units"], sizes=said)
    )


def percents(found: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """From the worst seed to the best, by name: "94–95 %"."""
    ends = {reader: (f"{100 * min(shares):.0f}", f"{100 * max(shares):.0f}") for reader, shares in found.items()}
    return {reader: f"{low} %" if low == high else f"{low}–{high} %" for reader, (low, high) in ends.items()}


def ranges(found: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """From the worst seed to the best, by name: "0.61 … 0.95"."""
    ends = {reader: (f"{min(r2):.2f}", f"{max(r2):.2f}") for reader, r2 in found.items()}
    said = {reader: low if low == high else f"{low} … {high}" for reader, (low, high) in ends.items()}
    return {reader: text.replace("-", "−") for reader, text in said.items()}


# ---- copying


def induction_cards() -> list[dict[str, Any]]:
    """What the two tiny Transformers that copy say of themselves, one layer first. Raises Refusal."""
    found = [loading.card(name) for name in sorted(NAMES)]
    if not all(found):
        raise Refusal(N_("The cards of the models that copy cannot be read: get the project's files again."))
    return [card for card in found if card]


def say_induction(cards: Sequence[Mapping[str, Any]]) -> None:
    """What was learned, by what, and where it can be seen at work."""
    right = {card["name"]: [scores["right"] for scores in card["scores_of_all_seeds"].values()] for card in cards}
    (one, two), scores = percents(right).values(), cards[-1]["scores"]
    st.markdown(
        _(
            "Two more Transformers, of {width} numbers and one head a layer, saw nothing but rows of random symbols in "
            "which a piece comes again, and learned to go on with it. With two layers {two} of a second copy come "
            "out right, with one {one}, whatever the seed, and the two layers find it out all of a sudden. What they "
            "find is an **induction head** (Olsson et al. 2022): the first layer writes into every symbol which one "
            "stood before it (its score as a previous-token head is {previous}), so that the second can look for the "
            "symbol that came *after* the same one before (prefix-matching score {prefix}), and copies that. One layer "
            "cannot: it sees what a symbol is, not what stood before it."
        ).format(
            width=cards[-1]["width"], one=one, two=two, previous=f"{scores['previous'][0][0]:.2f}",
            prefix=f"{scores['prefix'][1][0]:.2f}",
        )
    )  # fmt: skip
    for card in reversed(cards):
        names = {1: _("Open the one with one layer in “{lesson}”"), 2: _("Open the one with two layers in “{lesson}”")}
        label = names[card["layers"]].format(lesson=_(find("attention").title))
        address = {"lang": current(), "model": card["name"]}
        st.page_link(find("attention").path, label=label, query_params=address)
