"""When something goes wrong, the reader gets one calm sentence and the log gets the rest."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from seqviz.frame.language import _
from seqviz.traces.refusal import Refusal

log = logging.getLogger(__name__)


@contextmanager
def calmly() -> Iterator[None]:
    """Run a part of a page: a `Refusal` is said in the reader's language, anything else is one calm sentence.

    Streamlit's stop and rerun pass through: they are not `Exception`s.
    """
    try:
        yield
    except Refusal as refusal:
        log.info("told the reader: %s", "; ".join([str(refusal), *getattr(refusal, "__notes__", [])]))
        st.warning(plain(refusal.said(_)))
    except Exception:
        log.exception("a part of the page failed")
        st.error(
            _(
                "Something went wrong in this part of the page. The text you typed is still there: "
                "change it a little, or reload the page."
            )
        )


def plain(text: str) -> str:
    """`text` with nothing in it that Markdown would act on: it may quote what the reader typed.

    Addresses become links however they are escaped, so a word joiner, which nobody sees, is put into them.
    """
    apart = re.sub(r"(?=://)|(?<=@)|(?<=www)(?=\.)", "\u2060", text, flags=re.IGNORECASE)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", apart)
