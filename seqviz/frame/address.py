"""Where the reader is. The document in the browser is the only writer of the address; this is its other half.

What holds what:

- The widgets hold the truth; `Visit.place` is what Python knows of the address. At the start of a run the place takes
  over what the widgets hold; from then on whoever asks for a parameter asks the place. So no callback of a widget has
  to run: none runs on a server that was restarted, and one that runs may be cut short by the next message.
- Streamlit's address, `st.query_params`, is read when a page is opened and where it has changed since, which means
  that the reader followed a link. Nobody writes it: Streamlit makes a step in the browser's history of each write.
- `wish` goes to document.js as data. A picture tells document.js where its cursor rests; what Python asks for comes
  back in the state of that component, and so does the way back. What Python took for granted, or never asks for,
  needs no run.
- A widget that Python has set may still be drawn with what it held before, and the next message of the browser would
  bring that back. But each message holds the values of all widgets. So the last element of a page is a text area that
  nobody sees, in which Python writes the number of the run: the number that comes back is that of the run that the
  browser had drawn when the message left. The text area holds the place too: a restarted server reads there where the
  reader was.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import streamlit as st

MOST_LATE = 20  # values of a widget that may come late
VISIT, DRAWN, DOCUMENT = "visit", "drawn", "document"  # keys in the session's state


@dataclass
class Held:
    """A widget as Python drew it last."""

    value: Any  # or as the hand has left it since
    said: Callable[[Any], Any]  # as much of a value as is read
    write: Callable[[Any], None]  # what a change of the reader's does
    accepts: Callable[[Any], bool]  # a list whose options changed meanwhile may hold one of before
    late: list[tuple[Any, int]]  # until the browser has drawn this run, it may still hold this
    drawn: Any = field(init=False)  # what Python has drawn last

    def __post_init__(self) -> None:
        self.drawn = self.value


@dataclass
class Visit:
    """One reader on one page, from coming to leaving."""

    page: str
    place: dict[str, str]  # the parameters of the address, as far as Python asks for them
    query: dict[str, str]  # what Streamlit said last
    session: str = field(default_factory=lambda: uuid4().hex)
    session_before: str = ""  # of which it is the continuation, on a server that was restarted
    run: int = 0  # how often a page of this session was run
    drawn: int = 0  # the run that the browser had drawn when its message left
    of: int = 0  # how often that changed in which a cursor stands: where one stood before means nothing now
    moves: int = 0  # steps of the browser's history
    wishes: int = 0  # how often the document was handed an address
    seen: int = 0  # the last message of the document that was read
    widgets: dict[str, Held] = field(default_factory=dict)
    cursors: set[str] = field(default_factory=set)  # parameters that Python never asks for
    moved: str | None = None  # the widget that the hand has moved last
    is_restored: bool = False  # in the first run of a server that was restarted
    acts: list[Callable[[], None]] = field(default_factory=list)  # of buttons, to be done at the start of a run

    @property
    def shown(self) -> str:
        """What a cursor stands in, by a name that no other page has."""
        return f"{self.page}.{self.of}"

    def goes(self, address: dict[str, str]) -> None:
        """The reader follows a link, or the way back."""
        self.place = dict(address)
        self.of += 1

    def memory(self) -> str:
        """What the text area holds."""
        names = ("session", "page", "place", "run", "of", "moves", "seen")
        return json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False)

    def restore(self, memory: str) -> None:
        """Go on from what the text area holds where it is from before the server was restarted."""
        try:
            found = json.loads(memory)
            if found["session"] in (self.session, self.session_before) or found["page"] != self.page:
                return
            place = {str(name): str(value) for name, value in found["place"].items()}
            counts = {name: int(found[name]) for name in ("run", "of", "moves", "seen")}
            vars(self).update(counts, place=place, session_before=str(found["session"]), is_restored=True)
        except (ValueError, TypeError, KeyError, AttributeError):
            return  # it comes from the browser, so it may be anything


def visit() -> Visit:
    """The visit that this run belongs to."""
    found: Visit = st.session_state[VISIT]
    return found


def begin(page: str) -> None:
    """Start a run of `page`: where the reader is, and what the reader did since the last one."""
    state, query = st.session_state, st.query_params.to_dict()
    before: Visit | None = state.get(VISIT)
    if before and before.page == page:
        here = before
    else:
        here = Visit(page, dict(query), query)
        if before:
            state.setdefault("places", {})[before.page] = before.place
            here.run, here.seen, here.session = before.run, before.seen, before.session
            here.wishes = before.wishes
            here.session_before = before.session_before
    with st.container(key="address-start"):
        # What the area holds in a browser that was there before goes before what is given here.
        memory = state.get(DRAWN, "") if before else st.text_area(DRAWN, here.memory(), key=DRAWN)
    here.restore(memory)
    state[VISIT] = here
    here.run += 1
    if not here.is_restored and query != here.query:
        here.query = query
        here.goes(query)
    _listen(here)
    take_over()


def _listen(here: Visit) -> None:
    """Read what the document says: where a cursor came to rest, or that the reader went back."""
    told = st.session_state[DOCUMENT].get("told") if DOCUMENT in st.session_state else None
    if here.is_restored or not told or told["seq"] <= here.seen:
        return
    here.seen = told["seq"]
    if "went" in told:
        here.goes(told["went"])
    elif told["of"] == here.shown:
        kept = {name: value for name, value in here.place.items() if name not in told["place"]}
        here.place = kept | {name: str(value) for name, value in told["place"].items() if value is not None}


def take_over() -> None:
    """Take over what the widgets hold, where the reader has changed it, then do what buttons were pressed for.

    The next message may cut this short at each look into the session's state: what is done then is done whole, or once
    more in the next run.
    """
    here = visit()
    here.drawn = _drawn()
    if here.is_restored:
        return  # all is drawn as the browser has it, also where the next message cuts that short: see `end`
    for key, widget in list(here.widgets.items()):
        if key not in st.session_state:
            continue
        held = st.session_state[key]
        said = widget.said(held)
        if said == widget.said(widget.value) or not widget.accepts(held):
            continue
        if any(said == widget.said(late) and run > here.drawn for late, run in widget.late):
            continue  # the message left before the browser drew what Python had set; `hold` sets it once more
        widget.write(held)
        widget.value, here.moved = held, key
    while here.acts:
        here.acts[0]()
        here.acts.pop(0)


def _drawn() -> int:
    try:
        return int(json.loads(st.session_state[DRAWN])["run"])
    except (ValueError, TypeError, KeyError):
        return 0


def hold(
    key: str, value: Any, write: Callable[[Any], None], said: Callable[[Any], Any] = lambda value: value,
    accepts: Callable[[Any], bool] = lambda value: True, is_new: bool = False, is_hidden: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Arguments of a widget that holds `value`; what the reader makes of it goes to `write` at the start of a run.

    Only what `said` leaves of a value is compared, only what it `accepts` is taken over. With `is_new` the value is set
    also where it is held; a widget that `is_hidden` is drawn only later, if at all.
    """
    here, state = visit(), st.session_state
    before = here.widgets.get(key)
    # Not only those that are late now: a message of the way back holds no widget, and so proves nothing to be drawn.
    late = before.late[-MOST_LATE:] if before else []
    if here.is_restored and not is_hidden:
        pass  # the browser has it, maybe changed by the hand that woke this server up
    elif key not in state:
        state[key] = value
    else:
        # Setting it each time would erase what is being typed in it. But what was set a moment ago may come to the
        # browser after the hand there has changed it.
        held = state[key]
        if said(held) != said(value) or is_new or any(run > here.drawn for _held, run in late):
            state[key] = value
            late = [*late, (held, here.run), *([(before.drawn, here.run)] if before else [])]
    here.widgets[key] = Held(value, said, write, accepts, late)
    return {"key": key}


def code(value: Any) -> str:
    """A value as it stands in the address."""
    if isinstance(value, list):
        return ",".join(map(code, value))
    return str(int(value) if isinstance(value, bool) else value)


def put(forgets: tuple[str, ...] = (), /, **values: object) -> None:
    """Write parameters in one step of the browser's history; None removes one.

    `forgets` are those that mean nothing now, because what a cursor stands in is another one.
    """
    here = visit()
    kept = {key: value for key, value in here.place.items() if key not in forgets and key not in values}
    here.place = kept | {key: code(value) for key, value in values.items() if value is not None}
    here.moves += 1
    here.of += bool(forgets)


def settle(key: str, value: str) -> None:
    """Say what the page takes for parameter `key` where nobody has said it: another language later changes nothing."""
    visit().place.setdefault(key, value)


def leave_to_the_picture(*keys: str) -> None:
    """Note parameters that only the browser asks for: the document keeps them from now on."""
    visit().cursors.update(keys)


def picture(of: dict[str, str]) -> dict[str, str]:
    """What a picture tells the document with its cursor: of what it is, as parameters for an address without them."""
    return of | {"of": visit().shown}


def wish() -> dict[str, Any]:
    """What the document gets. A browser may draw an older one again, so they are counted."""
    here = visit()
    here.wishes += 1
    counts = {name: getattr(here, name) for name in ("session", "wishes", "moves", "seen")}
    return {"address": here.place, "of": here.shown} | counts


def end() -> None:
    """End a run: note for the next one what the browser has drawn once this is drawn."""
    here, state = visit(), st.session_state
    here.place = {key: value for key, value in here.place.items() if key not in here.cursors}
    if here.is_restored:
        here.is_restored = False
        st.rerun()  # now the server knows the widgets, and takes over what they hold
    if here.run == 1:
        return  # it was drawn at the start
    state[DRAWN] = here.memory()
    with st.container(key="address-end"):
        st.text_area(DRAWN, key=DRAWN)
