"""The reader's own network on the page of the gates: a file of weights, an input, a layer."""

import hashlib
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import nn

from seqviz.components.gates import CellRun, gates, payload_of
from seqviz.components.player import nothing
from seqviz.frame.address import leave_to_the_picture, picture
from seqviz.frame.language import _, translator
from seqviz.frame.state import flag, linked
from seqviz.lessons.gates.hold import ask_hold, say_difference
from seqviz.lessons.shared.sequence import plays
from seqviz.models.checkpoint import FOLDER
from seqviz.models.own import (
    MOST_BYTES,
    MOST_INPUTS,
    MOST_LAYERS,
    MOST_STEPS,
    MOST_UNITS,
    OwnModule,
    load_own,
    one_layer,
    read_numbers,
)
from seqviz.traces.recurrent import LayerTrace, trace_recurrent
from seqviz.traces.refusal import N_, Refusal
from seqviz.traces.whatif import HoldGate, trace_whatif


class Own(NamedTuple):
    """The choice “your own network”: it stands among the tasks, but it is not a task."""

    code: str = "own"
    name: str = N_("your own network")


OWN = Own()
EXAMPLE = "marked-number-lstm.safetensors"
EXAMPLE_INPUT = "0.3 0 0; -0.5 0 0; 0.8 1 0; 0.1 0 0; -0.9 0 0; 0.4 0 0; 0 0 1"


def read_own(row: DeltaGenerator) -> None:
    """One layer of the reader's own module reads the reader's own numbers; `row` has room for one more control."""
    asked = ask_own()
    if asked is None:
        gates(nothing(_("Choose a file of weights above, or switch the example on.")), key="gates")
        return
    module, inputs, name = asked
    run = CellRun(traced(module, inputs, name))
    tokens = [f"{x[0]:.2f}".replace("-", "−") if len(x) == 1 else f"t={t}" for t, x in enumerate(inputs, start=1)]
    if run.layer.gates:
        _cell, hold = ask_hold(row, tokens, {run.layer.kind: module.hidden_size})
        if hold:
            changed = traced(module, inputs, name, hold)
            say_difference(changed.kind, run.layer.h[-1], changed.h[-1])
            run = CellRun(changed, hold=hold, unchanged=run)
    status = ["known"] * len(tokens)
    leave_to_the_picture("step", "lstm", "gru", "rnn", "cell", "part", "sorted")
    address = picture({"task": OWN.code})
    gates(payload_of([run], tokens, status, None, translator(), address, name, plays()), key="gates")


def traced(module: nn.RNNBase, inputs: np.ndarray, name: str, hold: HoldGate | None = None) -> LayerTrace:
    """The trace of the layer called `name`; the session keeps the last one without a hold, and the last one with."""
    slot, read = f"own_trace_{hold is not None}", (name, st.session_state.get("own_layer"), inputs.tobytes(), hold)
    if st.session_state.get(slot, (None,))[0] != read:
        trace = trace_whatif(module, inputs, hold) if hold else trace_recurrent(module, inputs)
        st.session_state[slot] = (read, trace.layers[0])
    found: LayerTrace = st.session_state[slot][1]
    return found


def ask_own() -> tuple[nn.RNNBase, np.ndarray, str] | None:
    """The controls; returns one layer as a module, what it reads (T, I), and a name for it; None without a file.

    Raises Refusal where the file or the numbers cannot be used.
    """
    limits = _(
        "Weights of one nn.RNN, nn.LSTM or nn.GRU, saved with `safetensors.torch.save_file(lstm.state_dict(), "
        '"lstm.safetensors")`: at most {megabytes} MB, {layers} layers, {units} units, {inputs} inputs, {steps} '
        "steps. The file is read in memory and not kept."
    )
    st.markdown(
        limits.format(
            megabytes=MOST_BYTES // 1_000_000,
            layers=MOST_LAYERS,
            units=MOST_UNITS,
            inputs=MOST_INPUTS,
            steps=MOST_STEPS,
        )
    )
    left, right = st.columns(2)
    with left:
        file = st.file_uploader(_("Weights (.safetensors)"), type="safetensors", max_upload_size=5, key="own_weights")
        if file is None and st.toggle(
            _("use an example: the LSTM of the marked numbers"), **linked("example", True, flag)
        ):
            data, usual = (FOLDER / EXAMPLE).read_bytes(), EXAMPLE_INPUT
        elif file is None:
            return None
        else:
            data, usual = file.getvalue(), ""
    with right:
        table = st.file_uploader(
            _("Input (.csv): a line a step"), type=["csv", "tsv", "txt"], max_upload_size=1, key="own_table"
        )
        written = st.text_area(
            _("… or typed numbers: a line or a semicolon ends a step"), usual, max_chars=20_000, height=90,
            key="own_numbers" if file else "example_numbers",
        )  # fmt: skip
    own = load_own(data)
    if table is None and not written.strip():
        inputs = np.random.default_rng(0).standard_normal((20, own.inputs))
        st.info(_("No input yet: these are 20 random steps. Type numbers, or choose a file."))
    else:
        inputs = read_numbers(table.getvalue() if table else written, own.inputs)
    return (*_layer(own, inputs), hashlib.sha256(data).hexdigest()[:12])


def _layer(own: OwnModule, inputs: np.ndarray) -> tuple[nn.RNNBase, np.ndarray]:
    if own.module.proj_size:
        raise Refusal(
            N_("This LSTM has a projection (proj_size), which the page cannot draw; seqviz.trace_recurrent can.")
        )
    facts = _("{kind} · layers: {layers} · units: {units} · inputs: {inputs} · {dtype}.").format(
        kind=own.kind, layers=own.layers, units=own.units, inputs=own.inputs, dtype=own.dtype
    )
    if own.kind == "RNN":
        facts += " " + _("An RNN has no gates; tanh is assumed, the file does not say.")
    if own.directions == 2:
        facts += " " + _("The page shows the forward direction; seqviz.trace_recurrent both.")
    st.caption(facts)
    index = 0
    if own.layers > 1:
        index = st.selectbox(_("layer"), range(own.layers), format_func=lambda n: f"l{n}", width=110, key="own_layer")
    return one_layer(own, inputs, index)
