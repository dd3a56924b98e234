"""What the browser's document gets from every run of a page: the address, the language, the page."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit as st

from seqviz.frame import address, language

_component = st.components.v2.component(
    "seqviz_document", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def document() -> None:
    """Hand the document what the address shall be; what it answers is read at the start of the next run."""
    _mount(address.DOCUMENT, is_whole=True)


def local(part: Callable[[], None]) -> Callable[[], None]:
    """A part of a page that runs alone when one of its own widgets changes: `st.fragment`, and the address follows."""

    @st.fragment
    @wraps(part)
    def alone() -> None:
        address.take_over()
        _mount(f"document-{part.__name__}", is_whole=False)
        part()

    return alone


def _mount(key: str, is_whole: bool) -> None:
    data: dict[str, Any] = {"lang": language.current(), "page": address.visit().page, "whole": is_whole}
    _component(data=data | address.wish(), key=key, on_told_change=_heard)


def _heard() -> None:
    """The state of a component has only the keys for which there is a callback."""
