"""How a lesson shows a figure: in the page's colours, as large as the view asks for."""

from typing import Any

import streamlit as st

from seqviz.figures.look import Look
from seqviz.frame import presenter


def look() -> Look:
    """Light or dark as the page is, larger type where it is projected."""
    return Look(dark=st.context.theme.type == "dark", size=22 if presenter.on() else 15)


def show(figure: Any, key: str, alt: str) -> None:
    """A figure in the page's own colours, with nothing on it to press; `alt` says it to those who do not see it."""
    st.plotly_chart(figure, key=key, alt=alt, theme=None, config={"displayModeBar": False})
