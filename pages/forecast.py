"""Train a recurrent network on a time series, and see what it learns, epoch by epoch."""

from functools import partial

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, open_page, patience

open_page("forecast")
lab = st.container(key="lab")
explain("forecast", "idea", "leakage", "limits")

with lab, patience():
    from seqviz.lessons.forecast.asked import ask, say_asked
    from seqviz.lessons.forecast.download import offer_download
    from seqviz.lessons.forecast.open_up import offer_lessons
    from seqviz.lessons.forecast.program import say_code
    from seqviz.lessons.forecast.sealed import show_sealed
    from seqviz.lessons.forecast.series import show_series
    from seqviz.lessons.forecast.training import run_of, trained, watch
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
    show_series(asked.cut)
    begun = run_of(asked, is_wanted)
    if begun is None:
        return
    run, about = begun
    say_asked(about, is_old=about.key != asked.key)
    if follow(run, partial(watch, run, about)):
        return
    say_end(run)

    networks = trained(run)
    if not networks:
        return
    show_sealed(about.cut, networks)
    offer_lessons(list(networks))
    offer_download(about.cut, list(networks.values()))
    with st.container(key="prose-code"):
        st.markdown(prose("forecast")["code"])
        say_code(next(iter(networks.values())).card)


with lab, calmly():
    lesson()

close_page()
