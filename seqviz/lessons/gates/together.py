"""An LSTM and a GRU on the same sequence, under one cursor."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.components.gates import CellRun, gates, payload_of
from seqviz.components.player import nothing
from seqviz.frame.address import leave_to_the_picture, picture
from seqviz.frame.language import _, translator
from seqviz.frame.page import nothing_to_read
from seqviz.lessons.gates.count import measured, say_lost_count, say_what_counts
from seqviz.lessons.gates.hold import ask_hold, say_hold
from seqviz.lessons.shared import trained
from seqviz.lessons.shared.sequence import ask_text, check_place, checkpoint_of, plays, read_typed
from seqviz.tasks.task import Task

CELLS = ("LSTM", "GRU")


def read_together(task: Task, row: DeltaGenerator) -> None:
    """An LSTM and a GRU that were trained alike read what the reader types; `row` has room for one more control."""
    cells = CELLS if task.code != trained.CODE else [cell for cell in CELLS if cell in trained.networks()] or CELLS
    asked = ask_text(task, cells[0])
    if asked.sequence is None:
        gates(nothing(nothing_to_read()), key="gates")
        return

    sequence = asked.sequence
    readers = {cell: checkpoint_of(task, cell) for cell in cells}
    readings = {cell: read_typed(reader, sequence) for cell, reader in readers.items()}
    units = {cell: reader.card.units for cell, reader in readers.items()}
    held_cell, hold = ask_hold(row, sequence.tokens, units)
    scale = task.scale.said(_)
    runs, shown = [], dict(readings)
    for cell, reading in readings.items():
        unit = measured(readers[cell].card).get("unit")
        run = CellRun(reading.layer, reading.readouts, unit)
        if cell == held_cell:
            changed = read_typed(readers[cell], sequence, hold)
            run = CellRun(changed.layer, changed.readouts, unit, hold, unchanged=run)
            say_hold(cell, scale, reading.readouts, changed.readouts)
            shown[_("{cell} with the hold").format(cell=cell)] = changed
        runs.append(run)
    if task.symbols:
        rnn = read_typed(checkpoint_of(task, "RNN"), sequence)
        say_lost_count("".join(sequence.tokens), task.symbols, {"RNN": rnn} | shown)
    check_place(len(sequence.tokens), {cell.lower(): count for cell, count in units.items()})
    leave_to_the_picture("cell")
    address = picture({"task": task.code, "text": asked.written})
    payload = payload_of(runs, sequence.tokens, sequence.status, scale, translator(), address, task.code, plays())
    gates(payload, key="gates")
    with st.container(key="prose-measured"):
        say_what_counts(task, {cell: reader.card for cell, reader in readers.items()})
