"""The sequence that a lesson about recurrent cells is about: what is read, by which cell, typed by the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame import loading
from seqviz.frame.errors import plain
from seqviz.frame.language import _, current
from seqviz.frame.state import between, linked, one_of, put, read, text
from seqviz.lessons.shared import trained
from seqviz.models import typed
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.own import series
from seqviz.models.reader import CELLS
from seqviz.models.reading import Scale
from seqviz.models.typed import Typed

TASKS = ("en", "es", "number")  # that every lesson about recurrent cells offers
MODELS = {
    "en": "sentiment-en", "es": "sentiment-es", "number": "marked-number", "count": "counting", "brackets": "brackets",
    "quotes-en": "quotations-en", "quotes-es": "quotations-es",
}  # fmt: skip
BOX = "text_box"


# Chosen because the tanh RNN loses its verdict on the way; how often each cell does is on its card ("held_for").
_LONG_ENGLISH = (
    "I would not recommend this hotel. I was there with my sister and her class on a Monday afternoon after work, and "
    "after that we walked along the river to the museum to meet a friend from school who lives near the park, and on "
    "the way home we talked about the exam on Thursday."
)
_LONG_SPANISH = (
    "Me encantó el libro. Llovía cuando bajamos del autobús, y mi padre llamó a mi tía, que estaba en la oficina, y mi "
    "hermano leyó el periódico en la cocina, y en el camino paramos en la biblioteca de mi barrio, y de vuelta a casa "
    "hablamos del examen del jueves."
)


class Example(NamedTuple):
    """A sequence worth seeing, named for what it shows, with the cell that shows it."""

    name: str
    text: str
    cell: str


@dataclass(frozen=True)
class Asked:
    """What the reader asked for; `sequence` is None where there is nothing to read."""

    task: str
    cell: str
    written: str  # as far as it is read
    checkpoint: Checkpoint  # of `cell`; all cells of a task read the same inputs
    sequence: Typed | None
    row: DeltaGenerator  # the row under the box, which has room at its end

    @property
    def address(self) -> dict[str, str]:
        """The parameters that lead a new browser to the same sequence and cell."""
        return {"task": self.task, "cell": self.cell, "text": self.written}


def ask(cell: str | None = None) -> Asked:
    """The controls at the top of a lesson: task, text, and the cell unless the lesson itself names one.

    Raises Refusal where what was typed cannot be read.
    """
    arrival = st.session_state.setdefault("task_on_arrival", current())  # another language later changes no task
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        # Who does not ask for a cell shows all of them, and those are not all trained by the reader.
        task = ask_task(TASKS if cell else offered(TASKS), arrival)
        cell = cell or st.segmented_control(
            _("Cell"), list(CELLS), required=True, label_visibility="collapsed",
            **linked("cell", "RNN", one_of(list(CELLS))),
        )  # fmt: skip
    return ask_text(task, cell)


def offered(tasks: Sequence[str]) -> tuple[str, ...]:
    """These tasks and, where there is one or the address asks for it, the network that the reader has trained."""
    is_asked_for = st.query_params.get("task") == trained.TASK
    return (*tasks, trained.TASK) if is_asked_for or trained.networks() else tuple(tasks)


def ask_task(tasks: Sequence[str], arrival: str) -> str:
    """Which of these tasks the networks were trained on; `arrival` is the one to begin with."""
    names = {
        "en": _("English sentence"), "es": _("Spanish sentence"), "number": _("marked numbers"),
        "count": _("count: aⁿbⁿ"), "brackets": _("brackets"), "quotes-en": _("English quotations"),
        "quotes-es": _("Spanish quotations"), "own": _("your own network"),
        trained.TASK: _("the one you trained"),
    }  # fmt: skip
    link = linked("task", arrival, one_of(tasks))
    link |= {"on_change": _change_task, "args": (read("task", arrival, one_of(tasks)),)}
    options: dict[str, Any] = {"format_func": names.__getitem__, "label_visibility": "collapsed"} | link
    if len(tasks) <= 4:
        return st.segmented_control(_("What it reads"), tasks, required=True, **options)
    return st.selectbox(_("What it reads"), tasks, filter_mode=None, width=280, **options)


def ask_text(task: str, cell: str) -> Asked:
    """The text box of a task with its examples; what is typed in it is read by `cell`."""
    written, row = _text_box(task, examples(task))
    checkpoint = checkpoint_of(task, cell)
    return Asked(task, cell, written, checkpoint, encode(written, task, checkpoint), row)


def checkpoint_of(task: str, cell: str) -> Checkpoint:
    """The model of a task and a cell, shipped or trained in this session. Raises Refusal where there is none."""
    return trained.network(cell) if task == trained.TASK else loading.checkpoint(checkpoint_name(task, cell))


def checkpoint_name(task: str, cell: str) -> str:
    """The shipped model of a task and a cell."""
    return f"{MODELS[task]}-{cell.lower()}"


def encode(written: str, task: str, checkpoint: Checkpoint) -> Typed | None:
    """Typed text as the inputs of a reader; raises Refusal where it cannot be read."""
    if task in ("en", "es"):
        return typed.sentence(written, checkpoint, loading.word_table() if task == "en" else None)
    if task == trained.TASK:
        return series(written)
    return typed.numbers(written) if task == "number" else typed.symbols(written, checkpoint)


def check_place(steps: int, units: dict[str, int]) -> None:
    """Say so where the address asks for a step or a unit that is not there; the component itself reads what it asks.

    `units` is how many units there are, by the parameter that names one.
    """
    read("step", 1, between(1, steps))
    for key, count in units.items():
        read(key, 1, between(1, count))


def scale(task: str) -> Scale:
    """How the readout of a task is named and drawn."""
    if task == trained.TASK:
        return trained.scale()
    if task == "number":
        return Scale(_("answer"), "+1", "−1", -1.0, 1.0, 0.0)
    if task in ("count", "brackets"):
        return Scale(_("chance that the word ends here"), "100 %", "0 %", 0.0, 1.0, 0.5)
    if task in ("quotes-en", "quotes-es"):
        return Scale(_("chance that the quotation ends next"), "100 %", "0 %", 0.0, 1.0, 0.5)
    return Scale(_("verdict so far"), _("positive"), _("negative"), 0.0, 1.0, 0.5)


def feature_names(task: str, count: int) -> list[str]:
    """The names of a reader's inputs; {token} is filled in where they are shown."""
    if task == "number":
        return [_("value"), _("mark"), _("question")]
    if task == trained.TASK:
        return [_("value, scaled")]
    name = _("“{token}”, feature {n}")
    return [name.replace("{n}", str(i + 1)) for i in range(count)]


def examples(task: str) -> list[Example]:
    """Sequences to begin with, the first of them on arrival."""
    offered = {
        "en": _english, "es": _spanish, "number": _numbers, "count": _counts, "brackets": _brackets,
        "quotes-en": _english_quotations, "quotes-es": _spanish_quotations, trained.TASK: _own_series,
    }  # fmt: skip
    return offered[task]()


def _english() -> list[Example]:
    return [
        Example(_("not bad at all"), "The film was not bad at all", "RNN"),
        Example(_("at first … but in the end"), "At first I was bored but in the end I loved it", "RNN"),
        Example(_("a long wait"), _LONG_ENGLISH, "RNN"),
        Example(_("words it never saw"), "The soup was dreadful but the waiter was superb", "LSTM"),
    ]


def _spanish() -> list[Example]:
    return [
        Example(_("not bad at all"), "La película no estuvo nada mal", "RNN"),
        Example(_("at first … but in the end"), "Al principio me aburrí pero al final me encantó", "RNN"),
        Example(_("a long wait"), _LONG_SPANISH, "RNN"),
        Example(_("words it never saw"), "La sopa estaba horripilante", "LSTM"),
    ]


def _numbers() -> list[Example]:
    gap = "0.1 -0.6 0.9 -0.2 0.5 -0.8 0.3 0.7 -0.4 -0.9 0.6 0.2 -0.1 0.8 -0.7 0.4"
    return [
        Example(_("remember one"), "0.3 -0.5 *0.8 0.1 -0.9 0.4 ?", "LSTM"),
        Example(_("a new mark, a new memory"), "0.2 *0.9 -0.3 0.5 *-0.7 0.4 0.8 ?", "LSTM"),
        Example(_("a long wait"), f"*-0.8 {gap} {gap} ?", "RNN"),
    ]


def _counts() -> list[Example]:
    return [
        Example(_("twelve and twelve"), "a12 b12", "LSTM"),
        Example(_("beyond its training: thirty"), "a30 b30", "LSTM"),
        Example(_("forty: too many for all"), "a40 b40", "LSTM"),
    ]


def _brackets() -> list[Example]:
    return [
        Example(_("in and out again"), "(()(()))(()())", "LSTM"),
        Example(_("fifteen deep: deeper than its training"), "(15 )15", "LSTM"),
    ]


def _english_quotations() -> list[Example]:
    return [
        Example(_("inside and outside"), "the king says “a friend sees the boat”. the girl sings.", "LSTM"),
        Example(_("closed but never opened"), "the girl sees a red hat” and the king sings.", "LSTM"),
    ]


def _spanish_quotations() -> list[Example]:
    return [
        Example(_("inside and outside"), "el rey dice «una amiga ve el barco». la niña canta.", "LSTM"),
        Example(_("two clauses in one"), "mi hermana escribe «hoy el panadero ríe y la reina corre».", "LSTM"),
    ]


def _own_series() -> list[Example]:
    return [Example(_("your series, the part it never saw"), trained.values(), next(iter(trained.networks()), "RNN"))]


def _text_box(task: str, offered: list[Example]) -> tuple[str, DeltaGenerator]:
    """The box, the examples under it, a word about what is too long; returns what is read, and the row of examples."""
    # The box may hold more than is read, and keeps it: nothing that was typed is lost. The address holds what is read.
    linked_to = read("text", offered[0].text, text(typed.MOST_CHARACTERS))
    written = typed.kept(linked_to, task)[0]
    if BOX not in st.session_state or typed.kept(st.session_state[BOX], task)[0] != written:
        st.session_state[BOX] = linked_to
    prompts = {
        "number": _("Type numbers: *0.8 marks one, ? asks for it"),
        "count": _("Type a word of a and b; a20 is twenty times a"),
        "brackets": _("Type brackets: ( and )"),
        trained.TASK: _("Type the values of a series, in its own units"),
    }
    prompt = prompts.get(task, _("Type a sentence"))
    st.text_input(
        prompt, key=BOX, placeholder=prompt, label_visibility="collapsed",
        on_change=_write_text, args=(task,),
    )  # fmt: skip
    row = st.container(horizontal=True, vertical_alignment="center", key="examples")
    with row:
        for example in offered:
            st.button(example.name, on_click=_choose, args=(task, example))
        if task == "number":
            st.caption(_("a star marks the number to remember, a question mark asks for it"))
        if task.startswith("quotes"):
            st.caption(_("capitals are read as small letters; characters it does not know are grey"))
    _written, left_out = typed.kept(st.session_state[BOX], task)
    if left_out:
        sentence = _("That is long: it is read up to {most} steps, and {count} are left out, from “{word}” on.")
        st.info(plain(sentence.format(most=typed.MOST_STEPS, count=len(left_out), word=left_out[0][:40])))
    return written, row


_CHANGES = ("what", "at", "word", "hold", "value", "held", "gate", "level", "whose", "since", "until", "from", "to")
_FROM_THE_START = dict.fromkeys(("step", "unit", "lstm", "gru", "part", *_CHANGES))


def _choose(task: str, example: Example) -> None:
    st.session_state["plays"] = plays() + 1  # so that the example that is shown already plays again
    put(task=task, cell=example.cell, text=example.text, **_FROM_THE_START)


def plays() -> int:
    """How many examples were chosen in this session."""
    return int(st.session_state.get("plays", 0))


def _change_task(before: str) -> None:
    # Each task keeps its own text: an English sentence is no row of numbers.
    texts = st.session_state.setdefault("texts", {})
    texts[before] = st.session_state[BOX]
    task = st.session_state["task"]
    text = None
    if task in texts:
        st.session_state[BOX] = texts[task]
        text = typed.kept(texts[task], task)[0]
    put(task=task, text=text, **_FROM_THE_START)


def _write_text(task: str) -> None:
    put(task=task, text=typed.kept(st.session_state[BOX], task)[0], **_FROM_THE_START)
