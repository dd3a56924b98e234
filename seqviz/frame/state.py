"""Permalinks: the address of a page holds what it shows. `address.py` says who writes the address, and when.

Measured with Streamlit 1.67:

- `bind="query-params"` was tried and left: it writes a widget's label, not its value, which a translation changes; it
  drops broken values without a word; and leaving a page costs a second, wrong entry in the browser's history.
- What is in a popover is drawn when that is opened, from the last run alone: what was set in an earlier one is lost. So
  there a widget is set each time, unless it is the one that the hand has moved last.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from seqviz.frame import language
from seqviz.frame.address import begin as begin_visit
from seqviz.frame.address import code, hold, put, visit
from seqviz.frame.language import _

T = TypeVar("T")
Number = TypeVar("Number", int, float)


def linked(
    key: str, default: T, parse: Callable[[str], T], labels: Sequence[str] = (), hidden: bool = False,
    write: Callable[[T], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Arguments that link a widget with parameter `key`: `st.toggle(label, **linked("wipe", False, flag))`.

    `labels` are those of a list's options that change with what is typed; `hidden` says that it stands in a popover.
    `write` gets what the reader makes of it, where more has to be written than the parameter itself.
    """
    # The browser answers with the label of an option, not with its value: new labels have to be sent before it does.
    # On another page a list of the same key has other options: it begins empty, whatever the session holds.
    said = st.session_state.setdefault("labels", {})
    labels = (visit().page, language.current(), *labels)
    is_lost = hidden and visit().moved != key
    is_new, said[key] = is_lost or said.get(key) != labels, labels
    return hold(
        key, read(key, default, parse), write or partial(_write, key),
        accepts=partial(_accepts, parse), is_new=is_new, is_hidden=hidden,
    )  # fmt: skip


def _write(key: str, value: object) -> None:
    put(**{key: value})


def _accepts(parse: Callable[[str], object], value: object) -> bool:
    if value is not None:
        try:
            parse(code(value))
        except ValueError:
            return False
    return True


def read(key: str, default: T, parse: Callable[[str], T]) -> T:
    """The value of parameter `key`; `default` where there is none, or with a sentence where `parse` refuses it."""
    place = visit().place
    if key not in place:
        return default
    try:
        return parse(place[key])
    except ValueError:
        _ignore(key)
        return default


def button(label: str, act: Callable[..., None], *args: Any, **options: Any) -> None:
    """A button that does `act(*args)` before the page runs again.

    Streamlit loses a press if another message arrives in the few milliseconds in which the run for the press begins. A
    press is in one message alone; what is chosen or typed is in every later message too.
    """
    here, it = visit(), partial(act, *args)
    # The callback only notes it, so that the next message cannot cut it short.
    is_pressed = st.button(label, on_click=here.acts.append, args=(it,), **options)
    if is_pressed and here.is_restored:  # a server that was restarted did not know the callback
        here.acts.append(it)


def text(longest: int) -> Callable[[str], str]:
    """Accept text of up to `longest` characters."""

    def parse(raw: str) -> str:
        if len(raw) > longest or "\0" in raw:
            raise ValueError(raw)
        return raw

    return parse


def one_of(options: Sequence[T]) -> Callable[[str], T]:
    """Accept one of `options`, as it is written in the address."""
    by_code = {str(option): option for option in options}

    def parse(raw: str) -> T:
        if raw not in by_code:
            raise ValueError(raw)
        return by_code[raw]

    return parse


def between(low: Number, high: Number) -> Callable[[str], Number]:
    """Accept a number from `low` to `high`, of the type of `low`."""

    def parse(raw: str) -> Number:
        number = type(low)(raw)
        if not low <= number <= high:  # refuses nan too
            raise ValueError(raw)
        return number

    return parse


def flag(raw: str) -> bool:
    """Accept 1 for yes and 0 for no."""
    return one_of(("0", "1"))(raw) == "1"


def begin(page: str) -> None:
    """Start a run of `page`: where the reader is, in which language, and a place for the sentence below."""
    begin_visit(page)
    language.begin()
    st.session_state["ignored"] = ([], st.empty())


def _ignore(key: str) -> None:
    keys, place = st.session_state["ignored"]
    if key not in keys:
        keys.append(key)
    place.warning(
        _(
            "The address asks for something that this page cannot show ({names}); you see the usual values instead."
        ).format(names=", ".join(keys))
    )


def address(page: str) -> dict[str, str]:
    """The parameters with which a link leads back to `page`, in the present language and view."""
    here = visit()
    kept = here.place if here.page == page else st.session_state.get("places", {}).get(page, {})
    view = {"lang": language.current(), "presenter": here.place.get("presenter")}
    return {key: value for key, value in (kept | view).items() if value is not None}


def send_again() -> None:
    """Have every linked widget set once more on the next run of the page.

    A page that is run again while the browser still draws it for the first time would leave lists empty: what they were
    set to came with the drawing that was replaced.
    """
    st.session_state["labels"] = {}
