"""The gates of an LSTM and a GRU on the same sequence, under one cursor."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, open_page, patience

open_page("gates")
lab = st.container(key="lab")
explain("gates", "idea", "circuit", "conventions", "tasks", "limits")

with lab, patience():
    from seqviz.lessons.gates.own import OWN, Own, read_own
    from seqviz.lessons.gates.program import program
    from seqviz.lessons.gates.together import read_together
    from seqviz.lessons.shared.sequence import ask_task, offered
    from seqviz.tasks import marked_number
    from seqviz.tasks.counting import COUNT, NEST
    from seqviz.tasks.quotations import TASKS as QUOTATIONS
    from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
    from seqviz.tasks.task import Task

CHOICES: tuple[Task | Own, ...] = (marked_number.TASK, COUNT, NEST, *QUOTATIONS.values(), *SENTENCES.values(), OWN)

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
    program()

close_page()
