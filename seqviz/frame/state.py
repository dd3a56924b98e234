"""Permalinks: the address of a page holds what it shows.

The address is the only memory. A widget is set from it before it is drawn and written back to it when it changes, so a
new browser, the back button and a change of language all see the same thing. Measured with Streamlit 1.67:

- `bind="query-params"` was tried and left: it writes a widget's label, not its value, which a translation changes; it
  drops broken values without a word; and leaving a page costs a second, wrong entry in the browser's history.
- A rerun brings along the address that Streamlit knows, not the one in the browser. So a component that writes `step`
  with `history.replaceState` has to say so with `dispatchEvent(new PopStateEvent("popstate"))`: that runs the page once
  and keeps the focus, the component and what is being typed. Without it, `read` and `put` know only the step of before.
- An address that a component wrote just before the browser knew ours runs the page once more with the values of before:
  what was typed would be gone. And one that React has not drawn anew yet, though the run is over, adds what it showed
  to an address that left it. So `put_back` does once more what was done to the address a moment ago.
- A widget may be set only when it differs: setting it each time would erase what is being typed in it.
- What is in a popover is drawn when that is opened, from the last run alone: what was set in an earlier one is lost. So
  there a widget is set each time, unless it is the one that the hand has moved last.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import streamlit as st

from seqviz.frame import language
from seqviz.frame.language import _

T = TypeVar("T")
Number = TypeVar("Number", int, float)

UNDER_WAY = 3  # seconds that an address may take from the browser to the page


class Written(NamedTuple):
    """What `put` made of a parameter; None removes it."""

    value: str | None
    old: set[str | None]  # what an address of before has there
    before: dict[str, str]  # the whole address
    time: float  # s


def linked(
    key: str, default: T, parse: Callable[[str], T], labels: Sequence[str] = (), hidden: bool = False
) -> dict[str, Any]:
    """Arguments that link a widget with parameter `key`: `st.toggle(label, **linked("wipe", False, flag))`.

    `labels` are those of a list's options that change with what is typed; `hidden` says that it stands in a popover.
    """
    value = read(key, default, parse)
    # The browser answers with the label of an option, not with its value: new labels have to be sent before it does.
    # On another page a list of the same key has other options: it begins empty, whatever the session holds.
    said = st.session_state.setdefault("labels", {})
    labels = (str(st.session_state.get("page")), language.current(), *labels)
    is_lost = hidden and st.session_state.get("moved") != key
    if key not in st.session_state or st.session_state[key] != value or said.get(key) != labels or is_lost:
        st.session_state[key], said[key] = value, labels
    return {"key": key, "on_change": _write, "args": (key,)}


def read(key: str, default: T, parse: Callable[[str], T]) -> T:
    """The value of parameter `key`; `default` where there is none, or with a sentence where `parse` refuses it."""
    if key not in st.query_params:
        return default
    try:
        return parse(st.query_params[key])
    except ValueError:
        _ignore(key)
        return default


def put(**values: object) -> None:
    """Write parameters in one step of the browser's history, from a callback; None removes one."""
    before = {"lang": language.current()} | st.query_params.to_dict()
    told = st.session_state.get("usual", {})
    now = monotonic()
    address = before.copy()
    written = st.session_state.setdefault("written", {})
    for key, value in (dict.fromkeys(told.keys() - before.keys()) | values).items():
        address.pop(key, None)
        if value is not None:
            address[key] = str(int(value)) if isinstance(value, bool) else str(value)
        old = {told.get(key)} if value is None else {told.get(key), before.get(key)}
        written[key] = Written(address.get(key), old - {address.get(key)}, before, now)
    st.query_params.from_dict(address)


def usual(address: dict[str, str]) -> dict[str, str]:
    """Note what the page's components add to the address where it is missing, and return it."""
    st.session_state["usual"] = address
    return address


def _write(key: str) -> None:
    st.session_state["moved"] = key
    put(**{key: st.session_state[key]})


def text(longest: int) -> Callable[[str], str]:
    """Accept text of up to `longest` characters."""

    def parse(raw: str) -> str:
        if len(raw) > longest or "\0" in raw:
            raise ValueError(raw)
        return raw

    return parse


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """Accept one of the codes in `options`."""

    def parse(raw: str) -> str:
        if raw not in options:
            raise ValueError(raw)
        return raw

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
    """Start a run of `page`: keep its address for the links that lead back, and a place for the sentence below."""
    st.session_state.setdefault("addresses", {})[page] = st.query_params.to_dict()
    st.session_state["ignored"] = ([], st.empty())


def put_back(page: str) -> None:
    """Do once more what was done to the address a moment ago, where one that is of before has come.

    It was under way by then; or a component wrote into ours what belongs to a picture that was not drawn anew yet.
    To be called before anything of `page` reads the address.
    """
    written = st.session_state.setdefault("written", {})
    if st.session_state.get("page") != page:
        st.session_state["page"], st.session_state["moved"] = page, None
        written.clear()  # other pages have other parameters of the same name
        usual({})
    found, told = st.query_params.to_dict(), st.session_state["usual"]

    def is_of_before(key: str, one: Written) -> bool:
        if monotonic() - one.time > UNDER_WAY or {"lang": one.before["lang"]} | found == one.before:
            return False  # the back button leads to exactly what was there before
        is_new = one.value is None and found.get(key) == told.get(key)  # added to what is shown now
        return found.get(key) in one.old and not is_new

    outdated = {one.time for key, one in written.items() if is_of_before(key, one)}
    for key, one in written.items():
        if one.time not in outdated:
            continue
        if one.value is not None:
            st.query_params[key] = one.value
        elif key in found:
            del st.query_params[key]


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
    view = {"lang": language.current(), "presenter": st.query_params.get("presenter")}
    kept = st.session_state.get("addresses", {}).get(page, {}) | view
    return {key: value for key, value in kept.items() if value is not None}


def send_again() -> None:
    """Have every linked widget set once more on the next run of the page.

    A page that is run again while the browser still draws it for the first time would leave lists empty: what they were
    set to came with the drawing that was replaced.
    """
    st.session_state["labels"] = {}
