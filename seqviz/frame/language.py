"""In which language this reader reads."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

import streamlit as st

from seqviz.frame import address
from seqviz.frame.course import find
from seqviz.words import LANGUAGES, catalogue, sections

HOME = Path(__file__).parent / "home"
LESSONS = Path(__file__).parents[1] / "lessons"

_of_this_run: ContextVar[str] = ContextVar("language")  # every run of a page is a new thread, with a new context


def begin() -> None:
    """Settle the language for this run of the page: a page asks for it some forty times."""
    found = _found()
    _of_this_run.set(found)
    st.session_state["language"] = address.visit().place["lang"] = found


def current() -> str:
    """The language of this session: the address, then the last one used, then the browser's, then English."""
    return _of_this_run.get(None) or _found()


def _found() -> str:
    browser = (st.context.locale or "").split("-")[0].lower()
    asked = address.visit().place.get("lang") if address.VISIT in st.session_state else None
    for lang in (asked, st.session_state.get("language"), browser):
        if lang in LANGUAGES:
            return lang
    return "en"


def translator() -> Callable[[str], str]:
    """The function that translates into the reader's language, for whoever says much or may not know the reader."""
    return catalogue(current())


def _(message: str) -> str:
    """`message` in the reader's language."""
    return translator()(message)


def prose(name: str) -> dict[str, str]:
    """The prose of a lesson, or of "home", in the reader's language: Markdown by section id.

    Where it says `{lesson rnn}`, the reader gets the title of that lesson in quotation marks.
    """
    folder = HOME if name == "home" else LESSONS / name
    found = sections(folder / f"{current()}.md")
    return {key: re.sub(r"\{lesson (\w+)\}", _title, section) for key, section in found.items()}


def _title(lesson: re.Match[str]) -> str:
    return _("“{lesson}”").format(lesson=_(find(lesson[1]).title))
