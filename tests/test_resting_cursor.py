"""A cursor that rests runs the page again, and nothing that the page shows has changed: no component is packed anew."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_forecast_page import until
from visits import rests

from seqviz.components import pack as module
from seqviz.jobs.pool import Pool
from seqviz.lessons.shared import runs

ROOT = Path(__file__).parents[1]
# A page and its address, with where the cursor comes to rest, and all components that it mounts.
PAGES = {
    "rnn": ("rnn", {"task": "en"}, {"step": 3}, {"stepper"}),
    "rnn with a change": ("rnn", {"task": "number", "what": "hold"}, {"step": 2, "unit": 2}, {"stepper"}),
    "gates": ("gates", {"task": "quotes-es"}, {"step": 5, "lstm": 7, "part": "f"}, {"gates"}),
    "gates with a hold": ("gates", {"held": "amnesia"}, {"step": 3}, {"gates"}),
    "gates, a network of one's own": ("gates", {"task": "own", "held": "never"}, {"step": 2}, {"gates"}),
    "attention": ("attention", {}, {"query": 4, "key": 2}, {"heads", "gaze"}),
    "attention in words": ("attention", {"words": 1, "hide": 1}, {"query": 4}, {"heads", "gaze"}),
    "compare": ("compare", {"task": "es"}, {"step": 3, "reader": "GRU"}, {"lanes"}),
}


@pytest.fixture
def packings(monkeypatch):
    """What was packed."""
    found = []
    pack = module.pack

    def noted(header, arrays):
        found.append(header)
        return pack(header, arrays)

    for name in ("stepper", "gates", "lanes", "attention", "epochs"):
        monkeypatch.setattr(f"seqviz.components.{name}.pack", noted)
    return found


def opened(name: str, **address: object) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    for key, value in address.items():
        page.query_params[key] = str(value)
    return at(page.run())


def at(page: AppTest, **place: object) -> AppTest:
    """The page after a run for which the cursor rests there."""
    rests(page, **place)
    assert not page.exception and not page.warning
    return page


def payloads(page: AppTest) -> dict[str, bytes]:
    return {part.key: part.proto.bytes for part in page.get("bidi_component") if part.proto.bytes}


@pytest.mark.parametrize("name", PAGES)
def test_a_cursor_that_rests_packs_nothing_anew(name, packings):
    page_name, address, place, components = PAGES[name]
    page = opened(page_name, **address)
    first = payloads(page)
    assert set(first) == components and len(packings) == len(components)
    assert payloads(at(page, **place)) == first
    assert len(packings) == len(components)


def test_an_epoch_that_rests_packs_nothing_anew(packings, monkeypatch):
    pool = Pool()
    monkeypatch.setattr(runs, "pool", lambda: pool)
    page = opened("forecast", epochs=2, units=2, cell="all")
    until(lambda: page.session_state["runs"]["forecast"][0].is_over)
    found = payloads(at(page))
    packed = len(packings)
    assert set(found) == {"training"} and packed
    assert payloads(at(page, epoch=1)) == found
    assert len(packings) == packed
