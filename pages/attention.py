"""Where the heads of a Transformer look, on a sentence that the reader types."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, nothing_to_read, open_page, patience

open_page("attention")
lab = st.container(key="lab")
explain("attention", "idea", "arithmetic", "induction", "limits")

with lab, patience():
    from seqviz.components.attention import gaze
    from seqviz.components.player import nothing
    from seqviz.lessons.attention.bertviz import in_bertviz
    from seqviz.lessons.attention.beside import beside
    from seqviz.lessons.attention.block import one_block
    from seqviz.lessons.attention.gaze import gaze_of
    from seqviz.lessons.attention.head import one_head
    from seqviz.lessons.attention.heads import all_heads
    from seqviz.lessons.attention.next_token import what_comes_next
    from seqviz.lessons.attention.passes import traced
    from seqviz.lessons.attention.program import programs
    from seqviz.lessons.attention.text import ask, say_left_out
    from seqviz.lessons.attention.view import ask_part, ask_view
    from seqviz.lessons.attention.whatif import what_if
    from seqviz.lessons.shared.transformer import say_transformer


def look_around() -> None:
    """All that changes with what the reader types."""
    boxes, options = st.container(), st.container(horizontal=True, vertical_alignment="center")
    loaded, asked = ask(boxes, options)
    if asked.is_empty:
        gaze(nothing(nothing_to_read()), key="gaze")
        return

    trace = traced(loaded, asked)
    say_left_out(asked, trace)
    with options:
        view = ask_view(ask_part(trace), asked)
    narrow, wide = st.columns([4, 5], gap="medium")
    with narrow, st.container(border=True, key="panel-all"):
        all_heads(loaded, asked, view)
    with wide, st.container(border=True, key="panel-head"):
        one_head(view)
    gaze_of(view, asked, loaded.key)

    with calmly():  # where one fails, the others stay
        what_comes_next(loaded, asked, trace, view)
    with calmly():
        beside(loaded, asked, view)
    with calmly():
        what_if(loaded, asked, trace, view)
    with calmly(), st.container(border=True, key="prose-not"):
        st.markdown(prose("attention")["not"])
    with calmly():
        one_block(loaded, trace, view)
    with calmly():
        in_bertviz(view)
    say_transformer(loaded)
    with st.container(key="prose-code"):
        st.markdown(prose("attention")["code"])
        programs(loaded, asked, view.head)


with lab, calmly():
    look_around()

close_page()
