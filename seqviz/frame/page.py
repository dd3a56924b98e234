"""The first line of every page: title, look, language of the document, navigation, heading."""

import sys
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

import streamlit as st

from seqviz.frame import address, language, navigation, presenter, state
from seqviz.frame.course import find
from seqviz.frame.document import document
from seqviz.frame.language import _

HERE = Path(__file__).parent


def open_page(name: str) -> None:
    """Open the page of lesson `name`: call it first, then write the lesson.

    Where its folder has a page.css, or a presenter.css for the projected view, the page follows them.
    """
    lesson = find(name)
    frame(name, lesson.title)
    for file in (language.LESSONS / name / sheet for sheet in ("page.css", *(["presenter.css"] * presenter.on()))):
        if file.exists():
            st.html(_style(file))
    heading(_(lesson.title), _(lesson.line))


def close_page() -> None:
    """The last line of every page: what the browser has drawn once this is drawn is noted."""
    address.end()


def explain(name: str, *sections: str) -> None:
    """These sections of a lesson's prose, in the reader's language."""
    text = language.prose(name)
    with st.container(key="prose"):
        st.markdown("\n".join(text[section] for section in sections))


def patience() -> AbstractContextManager[None]:
    """Around the imports of a lesson that works with torch: the first reader of all is told what takes so long.

    They come after all that can be shown without them, which stands a second earlier for it.
    """
    return nullcontext() if "torch" in sys.modules else st.spinner(_("Loading the network …"))


def nothing_to_read() -> str:
    """What a page says before anything is typed."""
    return _("There is nothing to read yet: type something above, or choose one of the examples.")


def table(rows: Sequence[Sequence[str]], key: str) -> None:
    """Rows of Markdown, the first one the head: a name, then numbers, which stand to the right."""
    head, *body = rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    with st.container(key=f"table-{key}"):
        st.markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


def frame(name: str, title: str) -> None:
    """Everything around a page; `title` is a message. `close_page` ends what begins here."""
    st.set_page_config(page_icon=_icon(), layout="wide", initial_sidebar_state=260)
    st.html(_style(HERE / "page.css"))
    state.begin(name)
    st.set_page_config(page_title=f"{_(title)} · seqviz")
    document()
    if presenter.on():
        st.html(_style(HERE / "presenter.css"))
        with st.container(key="leave"):
            presenter.switch()
    else:
        navigation.sidebar()


@cache
def _icon() -> str:
    return "data:image/svg+xml;base64," + b64encode((HERE / "icon.svg").read_bytes()).decode()


@cache
def _style(file: Path) -> str:
    return f"<style>{file.read_text(encoding='utf-8')}</style>"


def heading(title: str, line: str) -> None:
    """The top of a page: what it is, and one muted line."""
    st.title(title, anchor=False)
    with st.container(key="line"):
        st.markdown(line)
