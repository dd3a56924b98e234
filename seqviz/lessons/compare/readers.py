"""The four who read: what they are asked to read, and what they say of themselves."""

import streamlit as st
from torch import Tensor

from seqviz.frame import loading
from seqviz.frame.address import settle
from seqviz.frame.language import current
from seqviz.lessons.shared.sequence import Asked, ask_task, ask_text, checkpoint_name
from seqviz.models.card import ReaderCard
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.lane import Lane, read_lane
from seqviz.models.reader import CELLS, TRANSFORMER
from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
from seqviz.tasks.task import Task

READERS = (*CELLS, TRANSFORMER)


def ask() -> Asked:
    """Which language is read, and the sentence; raises Refusal where it cannot be read."""
    settle("task", current())
    return ask_text(ask_task(tuple(SENTENCES.values()), current()), "GRU")  # all four look words up in the same way


def checkpoint_of(task: Task, reader: str) -> Checkpoint:
    """A reader of sentences that was trained on as many of them as the other three. Raises Refusal."""
    return loading.checkpoint(name_of(task, reader))


def cards_of(task: Task) -> dict[str, ReaderCard]:
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
