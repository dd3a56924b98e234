"""Recall against the gap: what the four that remember a marked number came to, and one sequence to try on them."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
import torch

from seqviz.figures.compare import answers
from seqviz.frame import loading
from seqviz.frame.address import put
from seqviz.frame.course import find
from seqviz.frame.document import local
from seqviz.frame.errors import calmly
from seqviz.frame.language import _, current
from seqviz.frame.state import between, button, linked, read
from seqviz.lessons.compare.readers import READERS
from seqviz.lessons.compare.seeds import ranges
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.recall import recall_cards, show_recall
from seqviz.lessons.shared.sequence import checkpoint_name
from seqviz.models.card import ReaderCard
from seqviz.tasks import marked_number
from seqviz.tasks.marked_number import Step, one_sequence

MOST_GAP = 150  # steps


def how_far_it_recalls() -> None:
    """How well each of the four recalls a marked number, by the gap, every seed; and one sequence to try."""
    st.subheader(_("Recall against the gap"), anchor="recall")
    cards = recall_cards(READERS)
    alt = _("Lines: how well each reader recalls the marked number, by the length of the gap, every seed a line.")
    show_recall(cards, alt)
    say_recall(cards)
    one_try()


@local
def one_try() -> None:
    """One sequence through all four. It runs alone when the gap changes, and so has to be calm by itself."""
    with calmly():
        gap, number = ask_gap()
        steps = one_sequence(gap, number)
        found = recalled(steps)
        truth = next(step.value for step in reversed(steps) if step.marked)
        figure = answers(
            found, truth, look(), answer=_("answer at the question mark"), wanted=_("the marked number"),
            hover=_("{reader} answers {answer}"),
        )  # fmt: skip
        show(figure, "answers", _("Dots: what each reader answers, beside a line at the number that was marked."))
        say_answers(steps, found, truth)


def r2_after(cards: Sequence[ReaderCard], gap: int) -> dict[str, list[float]]:
    """R² by reader, one a seed, `gap` steps after the mark."""
    by_seed = {card.cell: card.scores_of_all_seeds.values() for card in cards}
    return {reader: [scores["r2_by_gap"][str(gap)] for scores in found] for reader, found in by_seed.items()}


def say_recall(cards: Sequence[ReaderCard]) -> None:
    """How well each recalls within its training and beyond."""
    within, beyond = (
        ", ".join(f"{reader} {said}" for reader, said in ranges(r2_after(cards, gap)).items()) for gap in (39, 80)
    )
    st.markdown(
        _(
            "Every seed is a line, the shipped one bold; 1 is perfect, 0 no better than always answering the mean. At "
            "39 steps, the longest gap of the training: {within}. At 80, which none of them has ever seen: {beyond}. "
            "Attention reaches any word in one step, yet what a head has learned at some distances need not hold at "
            "others."
        ).format(within=within, beyond=beyond)
    )


def ask_gap() -> tuple[int, int]:
    """How many steps lie between mark and question, and which of endless sequences it is."""
    number = read("draw", 1, between(1, 10_000))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        gap = st.number_input(
            _("steps from the mark to the question"), 1, MOST_GAP, width=340, **linked("gap", 60, between(1, MOST_GAP))
        )
        button(_("Another sequence"), partial(put, draw=number % 10_000 + 1), icon=":material/casino:")
    return gap, number


def recalled(steps: list[Step]) -> dict[str, float]:
    """What each of the four answers at the end of a sequence."""
    # Loaded in inference mode, where all lessons share them, they would be of no use to who needs a gradient.
    readers = {reader: loading.checkpoint(checkpoint_name(marked_number.TASK, reader)).reader for reader in READERS}
    inputs = marked_number.encode(steps)[None].double()
    with torch.inference_mode():
        return {reader: one(inputs)[0, -1].item() for reader, one in readers.items()}


def say_answers(steps: Sequence[Step], found: dict[str, float], truth: float) -> None:
    """Who answers best, and where the same sequence can be stepped."""
    errors = {reader: abs(answer - truth) for reader, answer in found.items()}
    said = ", ".join(f"{reader} **{error:.2f}**" for reader, error in errors.items())
    sentence = _("So far off are they: {errors}. Closest this time: **{best}**.")
    st.markdown(sentence.format(errors=said, best=min(errors, key=lambda reader: errors[reader])))
    address = {"lang": current(), "task": marked_number.TASK.code, "cell": "LSTM", "text": " ".join(map(str, steps))}
    label = _("Step through this sequence in “{lesson}”").format(lesson=_(find("rnn").title))
    st.page_link(find("rnn").path, label=label, query_params=address)
