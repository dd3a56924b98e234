"""Hold a gate: the controls, ready-made holds that show a point, and a sentence on what they did."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.language import _
from seqviz.frame.state import between, linked, one_of, read
from seqviz.models.reading import Reading, Scale
from seqviz.tasks.counting import first_mistake
from seqviz.traces.recurrent import GATES
from seqviz.traces.whatif import HoldGate

READY = ("amnesia", "never", "shut")  # holds with a point; "shut" needs a mark in the sequence
CHOICES = ("no", *READY, "own")
HELD = [f"{kind}.{gate}" for kind in ("LSTM", "GRU") for gate in GATES[kind]]
EVERY = "all"


def ask_hold(
    row: DeltaGenerator, tokens: Sequence[str], units: dict[str, int]
) -> tuple[str, HoldGate] | tuple[None, None]:
    """The controls, the first of them in `row`; returns a cell and what is held in it, or twice None.

    `units` is how many units each cell has.
    """
    last = len(tokens) - 1
    mark = max((t for t, token in enumerate(tokens) if token.startswith("◆")), default=last)
    names = {
        "no": _("Hold a gate …"),
        "amnesia": _("forget gate stuck at 0: amnesia"),
        "never": _("forget gate stuck open: it can never let go"),
        "shut": _("input gate shut after the mark"),
        "own": _("a hold of your own"),
    }
    offered = [choice for choice in CHOICES if choice not in READY or "LSTM" in units]
    if mark == last:
        offered = [choice for choice in offered if choice != "shut"]
    choice = row.selectbox(
        names["no"], offered, format_func=names.__getitem__, filter_mode=None, label_visibility="collapsed", width=320,
        **linked("held", "no", one_of(offered)),
    )  # fmt: skip
    if choice == "no":
        return None, None
    if choice == "own":
        return _ask_own(tokens, units)
    first = mark + 1 if choice == "shut" else 0
    gate, value = {"amnesia": ("f", 0.0), "never": ("f", 1.0), "shut": ("i", 0.0)}[choice]
    return "LSTM", HoldGate(gate, value, None, first, last)


def _ask_own(tokens: Sequence[str], units: dict[str, int]) -> tuple[str, HoldGate]:
    offered = [held for held in HELD if held.split(".")[0] in units]
    steps = range(1, len(tokens) + 1)
    step: dict[str, Any] = {"format_func": lambda t: f"{t}. {tokens[t - 1]}", "width": 150}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        held = st.selectbox(
            _("gate"), offered, format_func=lambda name: name.replace(".", " "), filter_mode=None, width=130,
            **linked("gate", offered[0], one_of(offered)),
        )  # fmt: skip
        kind, gate = held.split(".")
        least = -1.0 if gate in "gn" else 0.0
        value = st.slider(_("held at"), least, 1.0, step=0.05, width=200, **linked("level", 0.0, between(least, 1.0)))
        numbers = [EVERY, *map(str, range(1, units[kind] + 1))]
        unit = st.selectbox(
            _("unit"), numbers, format_func=lambda n: _("every unit") if n == EVERY else n, width=150,
            **linked("whose", EVERY, one_of(numbers)),
        )  # fmt: skip
        first = st.selectbox(_("from step"), steps, **step, **linked("since", 1, between(1, len(tokens)), tokens))
        until = range(first, len(tokens) + 1)
        last = st.selectbox(
            _("to step"), until, **step, **linked("until", len(tokens), between(first, len(tokens)), tokens)
        )
    return kind, HoldGate(gate, value, None if unit == EVERY else int(unit) - 1, first - 1, last - 1)


def check_units(units: dict[str, int], steps: int) -> None:
    """Say so where the address asks for a step or a unit that is not there; the component itself reads what it asks."""
    read("step", 1, between(1, steps))
    for cell, count in units.items():
        read(cell.lower(), 1, between(1, count))


def say_hold(cell: str, task_scale: Scale, before: float, after: float) -> None:
    """One sentence: what the cell ends with, without and with the hold."""
    is_share = task_scale.max - task_scale.min == 1
    old, new = (f"{100 * x:.0f} %" if is_share else f"{x:.2f}".replace("-", "−") for x in (before, after))
    sentence = _("With this gate held, the {cell} ends with **{new}** instead of **{old}** ({name}).")
    st.markdown(sentence.format(cell=cell, new=new, old=old, name=task_scale.name))


def say_difference(cell: str, before: np.ndarray, after: np.ndarray) -> None:
    """The same for a cell that says nothing, from its last state (H,) without and with the hold."""
    sentence = _("After the last step the {cell}'s state differs, by up to **{difference}** in a unit.")
    st.markdown(sentence.format(cell=cell, difference=f"{np.abs(after - before).max():.2f}"))


def say_what_counts(task: str, cards: dict[str, dict[str, Any]]) -> None:
    """One sentence: which unit of each cell was measured to keep count, and how well; nothing for other tasks."""
    follows = {
        "number": _("follows the number marked last"),
        "count": _("follows the count of a's less b's"),
        "brackets": _("follows the depth of the brackets"),
        "quotes-en": _("is on inside the quotation"),
        "quotes-es": _("is on inside the quotation"),
    }
    if task not in follows:
        return
    parts = []
    for cell, card in cards.items():
        found = measured(card)
        part = _("{cell}, unit {unit} ({of}): {corr}")
        parts.append(part.format(cell=cell, unit=found["unit"] + 1, of=found["of"], corr=f"{found['corr']:.3f}"))
    sentence = _(
        "Of all units of each cell, the one that best {follows}, with its |correlation| over many sequences: {parts}."
    )
    st.markdown(sentence.format(follows=follows[task], parts="; ".join(parts)))


def measured(card: dict[str, Any]) -> dict[str, Any]:
    """What a card says of the unit that follows the count or is on inside the quotation; {} where it says none."""
    scores = card["scores"]
    return scores.get("inside") or (scores if "unit" in scores else {})


def say_lost_count(word: str, symbols: str, readings: dict[str, Reading]) -> None:
    """One sentence: after which step of what was typed each cell first believes what cannot be."""
    parts = []
    for cell, reading in readings.items():
        assert reading.probabilities is not None
        step = first_mistake(word, symbols, reading.probabilities)
        parts.append(f"{cell}: " + (_("never") if step is None else _("after step {n}").format(n=f"**{step + 1}**")))
    st.markdown(_("Here each cell loses count: {parts}.").format(parts=" · ".join(parts)))
