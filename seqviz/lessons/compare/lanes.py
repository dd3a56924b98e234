"""The four readers under one cursor."""

from time import sleep

import streamlit as st

from seqviz.components.lanes import lanes, payload_of
from seqviz.frame.address import picture
from seqviz.frame.language import _, translator
from seqviz.lessons.compare.readers import read_all
from seqviz.lessons.shared.sequence import Asked, check_place, plays
from seqviz.tasks.task import Typed

# Seconds that the lanes of another sentence are sent alone: what comes together the browser draws together, and so one
# waited for all pictures of the page to see one's own sentence (some 630 ms, not 180).
ALONE = 0.06


def read_together(asked: Asked, sequence: Typed) -> None:
    """The four readers under one cursor."""
    found = read_all(asked)
    check_place(len(sequence.tokens), {})
    address = picture({"task": asked.task.code, "text": asked.written})
    scale = asked.task.scale.said(_)
    payload = payload_of(found, sequence.tokens, sequence.status, scale, translator(), address, plays())
    lanes(payload, key="lanes")
    if st.session_state.get("in_lanes") != address:
        st.session_state["in_lanes"] = address
        sleep(ALONE)
