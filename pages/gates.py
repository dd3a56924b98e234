"""The gates of an LSTM and a GRU on the same sequence, under one cursor."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.errors import calmly
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import explain, nothing_to_read, open_page, patience

open_page("gates")
lab = st.container(key="lab")
explain("gates", "idea", "circuit", "conventions", "tasks", "limits")

with lab, patience():
    from seqviz.components.gates import CellRun, gates, payload_of
    from seqviz.components.stepper import nothing
    from seqviz.frame.state import usual
    from seqviz.lessons.gates.controls import (
        ask_hold,
        measured,
        say_difference,
        say_hold,
        say_lost_count,
        say_what_counts,
    )
    from seqviz.lessons.gates.own import OWN, Own, ask_own
    from seqviz.lessons.shared import trained
    from seqviz.lessons.shared.sequence import ask_task, ask_text, check_place, checkpoint_of, offered, plays
    from seqviz.models.reading import read_sequence
    from seqviz.tasks import marked_number
    from seqviz.tasks.counting import COUNT, NEST
    from seqviz.tasks.quotations import TASKS as QUOTATIONS
    from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
    from seqviz.tasks.task import Task
    from seqviz.traces.recurrent import trace_recurrent
    from seqviz.traces.whatif import trace_whatif

CHOICES: tuple[Task | Own, ...] = (marked_number.TASK, COUNT, NEST, *QUOTATIONS.values(), *SENTENCES.values(), OWN)
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
    readings = {cell: read_sequence(reader, sequence.inputs) for cell, reader in readers.items()}
    units = {cell: reader.card["units"] for cell, reader in readers.items()}
    held_cell, hold = ask_hold(row, sequence.tokens, units)
    runs, shown = [], dict(readings)
    for cell, reading in readings.items():
        unit = measured(readers[cell].card).get("unit")
        run = CellRun(reading.layer, reading.readouts, unit)
        if cell == held_cell:
            changed = read_sequence(readers[cell], sequence.inputs, hold)
            run = CellRun(changed.layer, changed.readouts, unit, hold, unchanged=run)
            say_hold(cell, task.scale, reading.readouts, changed.readouts)
            shown[_("{cell} with the hold").format(cell=cell)] = changed
        runs.append(run)
    if task.symbols:
        rnn = read_sequence(checkpoint_of(task, "RNN"), sequence.inputs)
        say_lost_count("".join(sequence.tokens), task.symbols, {"RNN": rnn} | shown)
    check_place(len(sequence.tokens), {cell.lower(): count for cell, count in units.items()})
    address = usual({"task": task.code, "text": asked.written})
    payload = payload_of(
        runs, sequence.tokens, sequence.status, task.scale.said(_), translator(), address, task.code, plays()
    )
    gates(payload, key="gates")
    with st.container(key="prose-measured"):
        say_what_counts(task, {cell: reader.card for cell, reader in readers.items()})


def read_own(row: DeltaGenerator) -> None:
    """One layer of the reader's own module reads the reader's own numbers."""
    asked = ask_own()
    if asked is None:
        gates(nothing(_("Choose a file of weights above, or switch the example on.")), key="gates")
        return
    module, inputs, name = asked
    run = CellRun(trace_recurrent(module, inputs).layers[0])
    tokens = [f"{x[0]:.2f}".replace("-", "−") if len(x) == 1 else f"t={t}" for t, x in enumerate(inputs, start=1)]
    if run.layer.gates:
        _cell, hold = ask_hold(row, tokens, {run.layer.kind: module.hidden_size})
        if hold:
            changed = trace_whatif(module, inputs, hold).layers[0]
            say_difference(changed.kind, run.layer.h[-1], changed.h[-1])
            run = CellRun(changed, hold=hold, unchanged=run)
    status = ["known"] * len(tokens)
    gates(payload_of([run], tokens, status, None, translator(), {"task": "own"}, name, plays()), key="gates")


with lab, calmly():
    row = st.container(horizontal=True)
    with row:
        task = ask_task(offered(CHOICES), marked_number.TASK.code)
    if isinstance(task, Task):
        read_together(task, row)
    else:
        read_own(row)

with st.container(key="prose-code"):
    st.markdown(prose("gates")["code"])
    st.code(
        """import seqviz
trace = seqviz.trace_recurrent(lstm, inputs)   # any nn.RNN, nn.LSTM, nn.GRU; inputs (T, I)
trace.layers[0].gates["f"]                     # the forget gate of every step and unit, (T, H)""",
        language="python",
    )
