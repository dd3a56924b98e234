"""A number of which every step keeps a share."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.page import close_page, explain, open_page
from seqviz.lessons.toy.controls import ask_share, say_rest

open_page("toy")
lab = st.container(key="lab")
explain("toy", "idea")

with lab, calmly():
    say_rest(ask_share())

close_page()
