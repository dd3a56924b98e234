"""The sequence that a lesson about recurrent cells is about: what is read, by which cell, typed by the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame import loading
from seqviz.frame.address import hold, leave_to_the_picture, put, settle, visit
from seqviz.frame.errors import plain
from seqviz.frame.language import _, current
from seqviz.frame.state import between, button, linked, one_of, read, text
from seqviz.lessons.shared import trained
from seqviz.models import reading
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reader import CELLS
from seqviz.models.reading import Reading
from seqviz.tasks import marked_number
from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
from seqviz.tasks.task import MOST_CHARACTERS, MOST_STEPS, Example, Task, Typed
from seqviz.traces.whatif import Hold, HoldGate, Wipe

TASKS = (SENTENCES["en"], SENTENCES["es"], marked_number.TASK)  # that every lesson about recurrent cells offers
BOX = "text_box"


@dataclass(frozen=True)
class Asked:
    """What the reader asked for; `sequence` is None where there is nothing to read."""

    task: Task
    cell: str
    written: str  # as far as it is read
    checkpoint: Checkpoint  # of `cell`; all cells of a task read the same inputs
    sequence: Typed | None
    row: DeltaGenerator  # the row under the box, which has room at its end

    @property
    def address(self) -> dict[str, str]:
        """The parameters that lead a new browser to the same sequence and cell."""
        return {"task": self.task.code, "cell": self.cell, "text": self.written}


class Offer(Protocol):
    """What one may choose to read: a task, or what a lesson has besides."""

    @property
    def code(self) -> str:
        """What it is in the address."""

    @property
    def name(self) -> str:
        """What it is called: a message."""


Choice = TypeVar("Choice", bound=Offer)


def ask(cell: str | None = None) -> Asked:
    """The controls at the top of a lesson: task, text, and the cell unless the lesson itself names one.

    Raises Refusal where what was typed cannot be read.
    """
    settle("task", current())
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        # Who does not ask for a cell shows all of them, and those are not all trained by the reader.
        task = ask_task(TASKS if cell else offered(TASKS), current())
        cell = cell or st.segmented_control(
            _("Cell"), list(CELLS), required=True, label_visibility="collapsed",
            **linked("cell", "RNN", one_of(list(CELLS))),
        )  # fmt: skip
    return ask_text(task, cell)


def offered(choices: Sequence[Choice]) -> tuple[Choice | Task, ...]:
    """These and, where there is one or the address asks for it, the network that the reader has trained."""
    is_asked_for = visit().place.get("task") == trained.CODE
    return (*choices, trained.task()) if is_asked_for or trained.networks() else tuple(choices)


def ask_task(choices: Sequence[Choice], arrival: str) -> Choice:
    """Which of these is read; `arrival` is the code of the one to begin with."""
    by_code = {choice.code: choice for choice in choices}
    names = {choice.code: _(choice.name) for choice in choices}
    write = partial(_change_task, read("task", arrival, one_of(list(names))), by_code)
    link = linked("task", arrival, one_of(list(names)), write=write)
    options: dict[str, Any] = {"format_func": names.__getitem__, "label_visibility": "collapsed"} | link
    if len(names) <= 4:
        return by_code[st.segmented_control(_("What it reads"), list(names), required=True, **options)]
    return by_code[st.selectbox(_("What it reads"), list(names), filter_mode=None, width=280, **options)]


def ask_text(task: Task, cell: str) -> Asked:
    """The text box of a task with its examples; what is typed in it is read by `cell`."""
    written, row = _text_box(task)
    checkpoint = checkpoint_of(task, cell)
    return Asked(task, cell, written, checkpoint, encode(written, task, checkpoint), row)


def checkpoint_of(task: Task, cell: str) -> Checkpoint:
    """The model of a task and a cell, shipped or trained in this session. Raises Refusal where there is none."""
    return trained.network(cell) if task.code == trained.CODE else loading.checkpoint(checkpoint_name(task, cell))


def checkpoint_name(task: Task, cell: str) -> str:
    """The shipped model of a task and a cell."""
    return f"{task.model}-{cell.lower()}"


# A cursor that rests runs the page again, with all that it showed: the next two keep what was computed for it.
@lru_cache(maxsize=32)
def encode(written: str, task: Task, checkpoint: Checkpoint) -> Typed | None:
    """Typed text as the inputs of a reader; raises Refusal where it cannot be read."""
    table = loading.word_table() if has_word_table(checkpoint) else None
    return reading.encode(task, written, checkpoint, table)


@lru_cache(maxsize=32)
def read_typed(checkpoint: Checkpoint, sequence: Typed, change: Wipe | Hold | HoldGate | None = None) -> Reading:
    """How a reader reads what was typed, with an optional change to its memory or its gates."""
    return reading.read_sequence(checkpoint, sequence.inputs, change)


def has_word_table(checkpoint: Checkpoint) -> bool:
    """Whether a reader reads word vectors of MiniLM."""
    return checkpoint.card.front == "vectors" and bool(checkpoint.card.vocabulary)


def check_place(steps: int, units: dict[str, int]) -> None:
    """Say so where the address asks for a step or a unit that is not there; the component itself reads what it asks.

    `units` is how many units there are, by the parameter that names one.
    """
    for key, count in {"step": steps, **units}.items():
        read(key, 1, between(1, count))
    leave_to_the_picture(*_OF_THE_CURSOR)


def _text_box(task: Task) -> tuple[str, DeltaGenerator]:
    """The box, the examples under it, a word about what is too long; returns what is read, and the row of examples."""
    # The box may hold more than is read, and keeps it: nothing that was typed is lost. The address holds what is read.
    linked_to = read("text", task.examples[0].text, text(MOST_CHARACTERS))
    written = task.kept(linked_to)[0]
    typed = _texts().get(task.code, linked_to)
    if task.kept(typed)[0] != written:
        typed = linked_to
    prompt = _(task.prompt)
    link = hold(BOX, typed, partial(_write_text, task), lambda typed: task.kept(typed)[0])
    st.text_input(prompt, placeholder=prompt, label_visibility="collapsed", **link)
    row = st.container(horizontal=True, vertical_alignment="center", key="examples")
    with row:
        for example in task.examples:
            button(_(example.name), _choose, task, example)
        if task.hint:
            st.caption(_(task.hint))
    _written, left_out = task.kept(st.session_state[BOX])
    if left_out:
        sentence = _("That is long: it is read up to {most} steps, and {count} are left out, from “{word}” on.")
        st.info(plain(sentence.format(most=MOST_STEPS, count=len(left_out), word=left_out[0][:40])))
    return written, row


_CHANGES = ("what", "at", "word", "hold", "value", "held", "gate", "level", "whose", "since", "until", "from", "to")
_OF_THE_CURSOR = ("step", "unit", "sum", "lstm", "gru", "part", "beside", "sorted", "reader", "shows")
_FROM_THE_START = (*_OF_THE_CURSOR, *_CHANGES)


def _choose(task: Task, example: Example) -> None:
    st.session_state["plays"] = plays() + 1  # so that the example that is shown already plays again
    put(_FROM_THE_START, task=task.code, cell=example.cell, text=example.text)


def plays() -> int:
    """How many examples were chosen in this session."""
    return int(st.session_state.get("plays", 0))


def _texts() -> dict[str, str]:
    """What was typed last for each task: an English sentence is no row of numbers."""
    found: dict[str, str] = st.session_state.setdefault("texts", {})
    return found


def _change_task(before: str, choices: Mapping[str, Offer], code: str) -> None:
    if BOX in st.session_state:  # “your own network” has no box
        _texts()[before] = st.session_state[BOX]
    task = choices[code]
    text = task.kept(_texts()[code])[0] if isinstance(task, Task) and code in _texts() else None
    put(_FROM_THE_START, task=code, text=text)


def _write_text(task: Task, typed: str) -> None:
    _texts()[task.code] = typed
    if visit().place.get("task", task.code) == task.code:  # else another one was chosen in the same moment
        put(_FROM_THE_START, task=task.code, text=task.kept(typed)[0])
