"""Train several readers to tell praise from complaint, on the same sentences, and read their mistakes."""

from functools import partial

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, open_page, patience

open_page("sentiment")
lab = st.container(key="lab")
explain("sentiment", "idea", "measures", "limits")

with lab, patience():
    from seqviz.lessons.sentiment.asked import ask, say_asked
    from seqviz.lessons.sentiment.closer import look_closer
    from seqviz.lessons.sentiment.curve import grow_curve
    from seqviz.lessons.sentiment.opinions import show_opinions
    from seqviz.lessons.sentiment.program import say_code
    from seqviz.lessons.sentiment.readers import trained
    from seqviz.lessons.sentiment.scores import compare_scores
    from seqviz.lessons.sentiment.training import run_of, watch
    from seqviz.lessons.sentiment.tuning import fine_tune
    from seqviz.lessons.sentiment.verdicts import ask_sentence
    from seqviz.lessons.shared.on_arrival import ask_to_train
    from seqviz.lessons.shared.runs import follow, say_end
    from seqviz.lessons.shared.table import say_no_file


def lesson() -> None:
    """All that changes with what the learner chooses."""
    row = st.container(horizontal=True, vertical_alignment="center")
    asked = ask(row)
    if asked is None:
        say_no_file()
        return
    is_wanted = ask_to_train(row)
    sentence = ask_sentence(asked.data)
    begun = run_of(asked, is_wanted)
    if begun is None:
        return
    run, about = begun
    say_asked(about, is_old=about.key != asked.key)
    is_live = follow(run, partial(watch, run, about, sentence))
    say_end(run)

    ready = trained(about)
    if is_live or not ready:
        return
    compare_scores(ready, about)
    look_closer(ready, about)
    fine_tune(ready, about, sentence)
    grow_curve(about)
    show_opinions(about.opinions)
    with st.container(key="prose-code"):
        st.markdown(prose("sentiment")["code"])
        say_code(about)


with lab, calmly():
    lesson()

close_page()
