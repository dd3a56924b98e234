"""Lesson 1: step a recurrent network through a sequence, one token at a time."""

import streamlit as st

from seqviz.components.stepper import nothing, payload_of, stepper
from seqviz.figures.recurrent import state_path, unit_lines
from seqviz.frame.errors import calmly
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import open_page
from seqviz.frame.sequence import ask, feature_names, plays, scale
from seqviz.frame.show import figure, programs, scores
from seqviz.frame.state import between, read
from seqviz.frame.whatif import ask_whatif, say_effect
from seqviz.models.reading import read_sequence

open_page("rnn")
text, say = prose("rnn"), translator()

with calmly():
    asked = ask()
    if asked.sequence is None:
        sentence = _("There is nothing to read yet: type something above, or choose one of the examples.")
        stepper(nothing(sentence), key="stepper")
        st.stop()

    stage = st.container()
    now, change = ask_whatif(asked, asked.sequence)
    plain = read_sequence(asked.checkpoint, asked.sequence.inputs)
    is_changed = change is not None or now is not asked.sequence
    reading = read_sequence(asked.checkpoint, now.inputs, change) if is_changed else plain
    tokens, ends = now.tokens, scale(asked.task)
    payload = payload_of(
        reading, tokens, now.status, feature_names(asked.task, reading.layer.inputs.shape[1]), ends, say, asked.address,
        plays(), change, unchanged=plain.readouts if is_changed else None,
    )  # fmt: skip
    with stage:
        stepper(payload, key="stepper")
    if is_changed:
        say_effect(asked, plain, reading)

    without_change = plain.layer.h if is_changed else None
    h = reading.layer.h
    step = read("step", len(h), between(1, len(h))) - 1
    unit = read("unit", 1, between(1, h.shape[1])) - 1
    left, right = st.columns(2)
    with left:
        st.markdown(text["units"])
        figure(unit_lines(h, tokens, step, unit, say, without_change), key="unit_lines")
    with right:
        st.markdown(text["path"])
        figure(state_path(h, reading.readouts, ends.middle, tokens, step, say, without_change), key="state_path")

    with st.container(key="prose-idea"):
        st.markdown(text["idea"])
        st.markdown(text["cells"])
    with st.container(key="prose-code"):
        st.markdown(text["code"])
        programs(asked.checkpoint.card, asked.written)
    with st.container(key="prose-limits"):
        st.markdown(text["limits"])
        scores(asked.checkpoint.card)
