"""The components as Streamlit knows them: HTML and CSS with what they share, JavaScript by the address of its file."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

BROWSER = Path(__file__).parent / "browser"
_INCLUDE = re.compile(r"<!-- include (\S+) -->")


@cache
def component(name: str) -> Callable[..., Any]:
    """The component of the folder browser/`name`; call it inside a running app, where Streamlit knows its files."""

    def text(file: str) -> str:
        return (BROWSER / file).read_text(encoding="utf-8")

    return st.components.v2.component(
        f"seqviz.{name}",
        html=_INCLUDE.sub(lambda found: text(found[1]), text(f"{name}/{name}.html")),
        css=text("streamlit.css") + text("shared/base.css") + text(f"{name}/{name}.css"),
        js=f"{name}/streamlit.js",
    )
