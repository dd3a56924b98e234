"""Hold a gate: the controls, ready-made holds that show a point, and a sentence on what they did."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.address import put
from seqviz.frame.language import _
from seqviz.frame.state import between, linked, one_of
from seqviz.lessons.shared.sequence import BOX
from seqviz.tasks import marked_number
from seqviz.tasks.task import Scale
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
    mark = next((t for t, token in enumerate(tokens) if token.startswith("◆")), last)  # the first
    names = {
        "no": _("Hold a gate …"),
        "amnesia": _("forget gate stuck at 0: amnesia"),
        "never": _("forget gate stuck open: it can never let go"),
        "shut": _("input gate shut after the first mark"),
        "own": _("a hold of your own"),
    }
    offered = [choice for choice in CHOICES if choice not in READY or "LSTM" in units]
    if mark == last:
        offered = [choice for choice in offered if choice != "shut"]
    choice = row.selectbox(
        names["no"], offered, format_func=names.__getitem__, filter_mode=None, label_visibility="collapsed", width=380,
        **linked("held", "no", one_of(offered), write=_write_hold),
    )  # fmt: skip
    if choice == "no":
        return None, None
    if choice == "own":
        return _ask_own(tokens, units)
    first = mark + 1 if choice == "shut" else 0
    gate, value = {"amnesia": ("f", 0.0), "never": ("f", 1.0), "shut": ("i", 0.0)}[choice]
    return "LSTM", HoldGate(gate, value, None, first, last)


def _write_hold(held: str) -> None:
    """Note the choice; where an example of marked numbers stands in the box, the one that shows the point comes in."""
    examples = marked_number.TASK.examples
    shown = {example.text for example in examples}
    if held in ("never", "shut") and st.session_state.get(BOX) in shown:
        put(("step",), held=held, text=examples[1].text)
    else:
        put(held=held)


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


def say_hold(cell: str, scale: Scale, before: np.ndarray, after: np.ndarray) -> None:
    """One sentence: what the cell says, (T,) without and with the hold, at the end and where that differs most."""

    def shown(value: float) -> str:
        if scale.is_share:
            return f"{100 * value:.0f} %"
        return f"{value:.2f}".replace("-", "−").replace("−0.00", "0.00")

    most = int(np.abs(after - before).argmax())
    ends = {"new": shown(after[-1]), "old": shown(before[-1])}
    sentence = _("With this gate held, the {cell} ends with **{new}** instead of **{old}** ({name}).")
    said = sentence.format(cell=cell, name=scale.name, **ends)
    if most < len(before) - 1:
        sentence = _("The most it changes is after step {n}: **{new}** instead of **{old}**.")
        said += " " + sentence.format(n=most + 1, new=shown(after[most]), old=shown(before[most]))
    st.markdown(said)


def say_difference(cell: str, before: np.ndarray, after: np.ndarray) -> None:
    """The same for a cell that says nothing, from its last state (H,) without and with the hold."""
    sentence = _("After the last step the {cell}'s state differs, by up to **{difference}** in a unit.")
    st.markdown(sentence.format(cell=cell, difference=f"{np.abs(after - before).max():.2f}"))
