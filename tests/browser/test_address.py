"""The address names what is shown: after any act, back and forward, in a hurry, on a slow line, after a restart."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from urllib.parse import urlsplit

import pytest
from address_reader import LESSONS, SPANISH, Facts, Reader
from conftest import WINDOW, App, Window
from lesson import until
from playwright.sync_api import expect
from slow_line import slow_line

EACH_WAY = 0.15  # s on the slow line
# Every lesson at every pace, and after a restart, takes a quarter of an hour: SEQVIZ_EVERY_PACE=1 runs them all.
PACES = {"usual": (1, 0.6), "slow-browser": (6, 0.8), "slow-line": (1, 0.9)}  # how often slower, s until it is quiet
IS_EVERY = bool(os.environ.get("SEQVIZ_EVERY_PACE"))
SLOW = tuple(LESSONS) if IS_EVERY else ("rnn",)
# What was trained is gone with its server: those lessons train anew, and show their newest epoch meanwhile.
KEPT = tuple(name for name, facts in LESSONS.items() if facts.player != "epochs")
RESTARTED = KEPT if IS_EVERY else ("rnn", "attention")
RUNS = [(name, pace) for name in LESSONS for pace in PACES if pace == "usual" or name in SLOW]
MOST_AFTER_A_RESTART = 3  # runs: one that learns of the widgets, one that takes them over; the way back has one more


@pytest.fixture(scope="module")
def line(server) -> Iterator[str]:
    """The address of the server at the end of a slow line."""
    with slow_line(urlsplit(server).port, EACH_WAY) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def windows(browser) -> Iterator[dict[str, list[Window]]]:
    """Windows that a test is done with, by the address of the server that they know."""
    found: dict[str, list[Window]] = {}
    yield found
    for one in chain(*found.values()):
        one.context.close()


@pytest.fixture
def reader(browser, server, line, windows) -> Iterator[Callable[..., Reader]]:
    """Opens a window for a lesson, `reader("rnn", "slow-line")`."""
    opened: list[Window] = []

    def one(name: str, pace: str = "usual") -> Reader:
        address = line if pace == "slow-line" else server
        free = windows.setdefault(address, [])
        opened.append(free.pop() if free else Window(browser, address, **WINDOW))
        opened[-1].page.emulate_media(reduced_motion="reduce")
        return Reader(opened[-1], LESSONS[name], name, *PACES[pace])

    yield one
    complaints = []
    for window in opened:
        window.look_for_tracebacks()
        complaints += window.complaints
        window.empty(keeps_page=False)
        windows[window.server].append(window)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("name", "pace"), RUNS)
def test_back_and_forward_lead_to_what_the_address_names(reader, name, pace):
    one = reader(name, pace).open()
    steps = one.facts.runs_for_a_step
    assert one.counted(lambda: one.press("ArrowRight"), steps) == steps
    assert one.counted(one.turn_language) == 1
    assert one.counted(lambda: one.press("ArrowRight"), steps) == steps
    assert one.counted(one.turn) == 1
    assert one.counted(lambda: one.press("ArrowRight", "ArrowRight"), steps) == steps
    one.expect_shown(is_on=True, lang="es", step=6)

    assert one.counted(one.back) <= 2
    one.expect_shown(is_on=False, lang="es", step=4)
    assert one.counted(one.back) <= 2
    one.expect_shown(is_on=False, lang="en", step=3)
    assert one.counted(one.forward) <= 2
    one.expect_shown(is_on=False, lang="es", step=4)
    assert one.counted(one.forward) <= 2
    one.expect_shown(is_on=True, lang="es", step=6)

    # Twice in a hurry, then an act: what was undone does not come back.
    one.back()
    one.page.wait_for_timeout(150)
    one.back()
    one.quiet().expect_shown(is_on=False, lang="en", step=3)
    assert one.counted(lambda: one.press("ArrowLeft"), steps) == steps
    one.expect_shown(is_on=False, lang="en", step=2)
    assert one.counted(one.turn) == 1  # the same by hand
    one.expect_shown(is_on=True, lang="en", step=2)


@pytest.mark.parametrize(("name", "pace"), RUNS)
def test_in_a_hurry_nothing_is_lost_and_nothing_comes_back(reader, name, pace):
    one = reader(name, pace).open()
    one.at_once(f"document.querySelectorAll('.st-key-lang [role=radio]')[{SPANISH}]", 50)  # ms until the second act
    until(lambda: one.address.get("lang") == "es", one.page)
    one.quiet().expect_shown(is_on=True, lang="es", step=2)
    if not one.facts.typed:
        return
    for gap in (60, 250):
        one.type(one.facts.typed)
        one.expect_typed(one.facts.typed)
        one.press_at_once("document.querySelectorAll('.st-key-examples button')[1]", gap)
        one.expect_typed()
    one.page.emulate_media(reduced_motion="no-preference")
    one.type(f"{one.facts.typed} " * 2)
    one.page.wait_for_timeout(500)  # it plays
    one.type(one.facts.typed)
    one.expect_typed(one.facts.typed)


@pytest.mark.parametrize("name", LESSONS)
def test_whoever_gets_the_address_sees_the_same(reader, name):
    one = reader(name).open()
    for part in one.facts.parts:
        one.player.locator(part).first.click()
    one.press("ArrowRight", "ArrowDown")
    one.quiet()
    one.turn_language()
    seen = one.quiet().sees()
    assert seen["said"]

    assert one.comes(one.page.reload).sees() == seen, "reloaded"
    one.page.locator(".st-key-brand a").click()
    expect(one.page.locator(".st-key-start")).to_be_visible()
    expect(one.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    assert one.comes(one.page.go_back).sees() == seen, "from the home page and back"
    other = reader(name).go(one.page.url)
    assert other.sees() == seen, "in another window"
    other.turn()
    other.press("ArrowLeft")
    other.quiet()
    assert one.quiet().sees() == seen, "what one does in another window changes nothing here"


# ---- a server that was restarted


@pytest.fixture
def app(tmp_path) -> Iterator[App]:
    """A server of the test's own."""
    app = App(tmp_path)
    app.start()
    yield app
    app.stop()
    app.look_for_tracebacks()


def first_acts(facts: Facts) -> list[tuple[Callable[[Reader], object], Callable[[Reader], object]]]:
    """What is done first after each restart, and how it looks then."""
    way = [
        (Reader.turn_language, lambda one: one.expect_shown(is_on=False, lang="es", step=2)),
        (lambda one: one.press("ArrowRight"), lambda one: one.expect_shown(is_on=False, lang="es", step=3)),
        (Reader.back, lambda one: one.expect_shown(is_on=False, lang="en", step=2)),
    ]
    changes = [
        (Reader.turn, lambda one: one.expect_shown(is_on=True, lang="en", step=2)),
        (lambda one: one.type(facts.typed), lambda one: one.expect_typed(facts.typed)),
        (lambda one: one.page.locator(".st-key-examples button").nth(1).click(), Reader.expect_typed),
    ]
    if IS_EVERY:
        return way + changes
    return changes if facts.player == "gaze" else way


def test_the_first_act_after_a_restart_counts(browser, app):
    readers = []
    for name in RESTARTED:
        window = Window(browser, app.address, **WINDOW)
        window.page.emulate_media(reduced_motion="reduce")
        readers.append(Reader(window, LESSONS[name], name).open())
    for acts in zip(*(first_acts(one.facts) for one in readers), strict=True):
        app.stop()
        app.start()
        for one in readers:
            expect(one.page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
        for one, (act, check) in zip(readers, acts, strict=True):
            assert one.counted(partial(act, one), least=0) <= MOST_AFTER_A_RESTART
            check(one)
    for one in readers:
        one.window.look_for_tracebacks()
        one.window.context.close()
