"""When something goes wrong, the reader gets one calm sentence and the log gets the rest."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from seqviz.frame.language import _

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818  (for the reader it is no error of the program)
    """What the reader can mend; its text says, in the reader's language, what is wrong and what to do."""


@contextmanager
def calmly() -> Iterator[None]:
    """Run a part of a page: a `Problem` is shown as it says, anything else as one calm sentence.

    Streamlit's stop and rerun pass through: they are not `Exception`s.
    """
    try:
        yield
    except Problem as problem:
        log.info("told the reader: %s", problem)
        st.warning(plain(str(problem)))
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
