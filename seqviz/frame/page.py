"""The first line of every page: title, look, language of the document, navigation, heading."""

from pathlib import Path

import streamlit as st

from seqviz.frame import language, navigation, presenter, state
from seqviz.frame.language import _

HERE = Path(__file__).parent

# Streamlit always serves <html lang="en">, and a screen reader needs the true language. The same language is written
# into the address, so that whoever gets the address reads what its sender read.
document = st.components.v2.component(
    "seqviz_document",
    js="""
    export default ({ data }) => {
      document.documentElement.lang = data.lang;
      const address = new URL(location.href);
      if (address.searchParams.get("lang") === data.lang) return;
      address.searchParams.set("lang", data.lang);
      history.replaceState(history.state, "", address);
    };
    """,
)


def open_page(name: str) -> None:
    """Open the page of lesson `name`: call it first, then write the lesson."""
    lesson = navigation.find(name)
    frame(name, _(lesson.title))
    heading(_(lesson.title), _(lesson.line))


def frame(name: str, title: str) -> None:
    """Everything around a page."""
    icon = str(HERE / "icon.svg")
    st.set_page_config(page_title=f"{title} · seqviz", page_icon=icon, layout="wide", initial_sidebar_state=260)
    st.html(HERE / "page.css")
    state.begin(name)
    if presenter.on():
        st.html(HERE / "presenter.css")
        with st.container(key="leave"):
            presenter.switch()
    else:
        navigation.sidebar()
    with st.container(key="document"):
        document(data={"lang": language.current()}, key="document_language")


def heading(title: str, line: str) -> None:
    """The top of a page: what it is, and one muted line."""
    st.title(title, anchor=False)
    with st.container(key="line"):
        st.markdown(line)
