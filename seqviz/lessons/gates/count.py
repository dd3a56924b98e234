"""Who counts: which unit follows what is known, and after which step each cell loses count."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.models.card import ReaderCard
from seqviz.models.reading import Reading
from seqviz.tasks.counting import first_impossible, first_mistake
from seqviz.tasks.task import Task


def say_what_counts(task: Task, cards: dict[str, ReaderCard]) -> None:
    """One sentence: which unit of each cell was measured to keep count, and how well; nothing for other tasks."""
    if not task.follows:
        return
    parts = []
    for cell, card in cards.items():
        found = measured(card)
        part = _("{cell}, unit {unit} ({of}): {corr} (three seeds: {all})")
        seeds = [scores.get("inside") or scores for scores in card.scores_of_all_seeds.values()]
        every = ", ".join(f"{scores['corr']:.3f}" for scores in seeds)
        corr = f"**{found['corr']:.3f}**"
        parts.append(part.format(cell=cell, unit=found["unit"] + 1, of=found["of"], corr=corr, all=every))
    sentence = _(
        "Of all units of each cell, the one that best {follows}, with its |correlation| over many sequences: {parts}."
    )
    st.markdown(sentence.format(follows=_(task.follows), parts="; ".join(parts)))


def measured(card: ReaderCard) -> Mapping[str, Any]:
    """What a card says of the unit that follows the count or is on inside the quotation; {} where it says none."""
    scores = card.scores
    return scores.get("inside") or (scores if "unit" in scores else {})


def say_lost_count(word: str, symbols: str, readings: dict[str, Reading]) -> None:
    """One sentence: after which step of what was typed each cell first believes what cannot be."""
    if symbols[1] not in word:
        st.markdown(_("Nothing to count down yet: type some {symbol} as well.").format(symbol=plain(symbols[1])))
        return
    steps = {}
    for name, reading in readings.items():
        assert reading.probabilities is not None
        steps[name] = first_mistake(word, symbols, reading.probabilities)
    if all(step is None for step in steps.values()):
        said = _("No cell loses count here ({cells}).").format(cells=", ".join(steps))
    else:
        after = _("after step {n}")
        found = {name: _("never") if n is None else after.format(n=f"**{n + 1}**") for name, n in steps.items()}
        parts = " · ".join(f"{name}: {said}" for name, said in found.items())
        said = _("Here each cell loses count: {parts}.").format(parts=parts)
    if (end := first_impossible(word, symbols)) is not None:
        said += " " + _("From step {n} on this is the beginning of no word, so nothing is judged.").format(n=end + 1)
    st.markdown(said)
