"""What a session keeps of its payloads, so that a cursor that rests packs nothing."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from seqviz.components.pack import content

MOST = 4  # payloads that a session keeps: a page has at most three components

P = ParamSpec("P")


def once(make: Callable[P, bytes]) -> Callable[P, bytes]:
    """Keep what `make` packed: where a session calls it with the same content again, nothing is packed.

    A cursor that rests runs the page again, and all that the page shows is what it was. What is the same content is
    said by `pack.content`.
    """

    @wraps(make)
    def kept(*args: P.args, **options: P.kwargs) -> bytes:
        packed = _of_session()
        key = (make, content(args), content(options))
        if key not in packed:
            packed[key] = make(*args, **options)
            while len(packed) > MOST:
                packed.popitem(last=False)
        packed.move_to_end(key)
        return packed[key]

    return kept


def _of_session() -> OrderedDict[Hashable, bytes]:
    """Where the session keeps its payloads; whoever packs outside a running page is one session."""
    if get_script_run_ctx() is None:
        return _without_session
    found: OrderedDict[Hashable, bytes] = st.session_state.setdefault("packed", OrderedDict())
    return found


_without_session: OrderedDict[Hashable, bytes] = OrderedDict()
