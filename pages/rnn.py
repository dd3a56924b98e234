"""Step a recurrent network through a sequence, one token at a time."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import close_page, explain, nothing_to_read, open_page, patience

open_page("rnn")
lab = st.container(key="lab")
explain("rnn", "idea", "cells", "limits")

with lab, patience():
    from seqviz.components.player import nothing
    from seqviz.components.stepper import payload_of, stepper
    from seqviz.frame.address import picture
    from seqviz.lessons.rnn.program import programs
    from seqviz.lessons.rnn.sentences import scores
    from seqviz.lessons.rnn.whatif import ask_whatif, say_effect
    from seqviz.lessons.shared import trained
    from seqviz.lessons.shared.sequence import ask, check_place, plays, read_typed


def step_through() -> None:
    """All that changes with what the reader types."""
    asked = ask()
    if asked.sequence is None:
        stepper(nothing(nothing_to_read()), key="stepper")
        return

    now, change = ask_whatif(asked, asked.sequence)
    plain = read_typed(asked.checkpoint, asked.sequence)
    reading = plain
    if is_changed := change is not None or now is not asked.sequence:
        reading = read_typed(asked.checkpoint, now, change)
        say_effect(asked, plain, reading)
    steps, units = reading.layer.h.shape
    check_place(steps, {"unit": units})
    features = asked.task.feature_names(reading.layer.inputs.shape[1], _)
    payload = payload_of(
        reading, now.tokens, now.status, features, asked.task.scale.said(_), translator(), picture(asked.address),
        plays(), change, unchanged=plain if is_changed else None,
    )  # fmt: skip
    stepper(payload, key="stepper")

    if asked.task.code == trained.CODE:
        return
    with st.container(key="prose-reader"):
        scores(asked)
        st.markdown(prose("rnn")["code"])
        programs(asked.checkpoint.card, asked.written)


with lab, calmly():
    step_through()

close_page()
