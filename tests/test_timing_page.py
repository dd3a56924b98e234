"""The stopwatch of lesson `compare` without a browser: button, progress, and the sentences that its figures support."""

import json
import re
import threading
from dataclasses import replace
from pathlib import Path
from time import perf_counter, thread_time

import pytest
from seen import said
from streamlit.testing.v1 import AppTest
from test_forecast_figures import numbers
from test_forecast_page import button, buttons, sentences, until
from timing_by_hand import FORWARD, measured

from seqviz.frame.errors import plain
from seqviz.jobs import stopwatch
from seqviz.jobs.pool import NAME, Pool, Run
from seqviz.jobs.stopwatch import MODELS, Measured, Size, measure
from seqviz.lessons.compare import findings, timing
from seqviz.lessons.shared import runs as training
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
LESSON = "compare"
BUTTON = "Measure on this machine"


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    """A pool of the test's own, whose threads end, and a stopwatch that runs the fewest rounds."""
    found = Pool()
    monkeypatch.setattr(training, "pool", lambda: found)
    monkeypatch.setattr(timing, "pool", lambda: found)
    monkeypatch.setattr(stopwatch, "ENOUGH", 1e-9)
    monkeypatch.setattr(stopwatch, "TURN", 1e-9)
    yield found
    until(lambda: [thread for thread in threading.enumerate() if thread.name == NAME] == [])


@pytest.fixture
def short(monkeypatch):
    """Whatever is asked for, only the three shortest lengths are measured; a list of what was asked for."""
    asked = []

    def noted(size, stopped):
        asked.append(size)
        yield from measure(Size(size.width, 32), stopped)

    monkeypatch.setattr(stopwatch, "measure", noted)
    return asked


def arrived(runs=None, **address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.switch_page("pages/compare.py")
    if runs:
        page.session_state["runs"] = runs
    for key, value in ({"lang": "en"} | address).items():
        page.query_params[key] = str(value)
    return page.run()


def run_of(*events, state="done"):
    """A run that came to this, as the session keeps it."""
    run = Run(lambda _: iter(()), lambda: True, None)
    run.events, run.state = list(events), state
    return run


def shown(found, size=None, state="done", **address):
    """The page with a measurement that was made before."""
    return arrived({LESSON: (run_of(found, state=state), size or found.size)}, **address)


def figure(page, key):
    """The lines of a figure that the legend lists, by name: (x, y)."""
    chart = next(chart for chart in page.get("plotly_chart") if key in chart.proto.id)
    traces = json.loads(chart.proto.spec)["data"]
    return {trace["name"]: (trace["x"], trace["y"]) for trace in traces if trace.get("showlegend", True)}


def table_of(page):
    """The rows of the table of crossings."""
    (text,) = [box.value for box in page.markdown if "| fused encoder layer |" in box.value]
    return [line.strip("| ").split(" | ") for line in text.splitlines()[2:]]


# ---- the button


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_any_measurement_it_says_what_one_will_see_and_measures_nothing(lang, short):
    page, _ = arrived(lang=lang), catalogue(lang)
    assert len([box for box in page.info if "8, 16, 32" in box.value]) == 1
    assert LESSON not in page.session_state["runs"] if "runs" in page.session_state else True
    assert _(BUTTON) in buttons(page) and short == []


def test_the_button_measures_and_a_second_press_measures_anew(short):
    page = button(arrived(width=32, longest=512), BUTTON).click().run()
    run = page.session_state["runs"][LESSON][0]
    until(lambda: run.is_over)
    page.run()
    assert run.state == "done" and short == [Size(32, 512)]
    last = run.events[-1]
    assert isinstance(last, Measured) and last.lengths == (8, 16, 32)
    processor = plain(last.processor).replace("\\", "")  # a name may hold what Markdown acts on: “Xeon(R) @ 2.60GHz”
    assert processor in sentences(page) and last.begun.strftime("%Y-%m-%d %H:%M") in sentences(page)
    button(page, BUTTON).click().run()
    other = page.session_state["runs"][LESSON][0]
    until(lambda: other.is_over)
    assert other is not run and short == [Size(32, 512)] * 2


def test_while_it_runs_its_progress_and_the_lines_so_far_are_shown_and_it_can_be_stopped(monkeypatch):
    gate = threading.Semaphore(0)

    def gated(size, stopped):
        for event in measure(Size(32, 32), stopped):
            while event and not stopped.is_set() and not gate.acquire(timeout=0.001):
                yield None
            yield event

    monkeypatch.setattr(stopwatch, "measure", gated)
    page = button(arrived(), BUTTON).click().run()
    run = page.session_state["runs"][LESSON][0]

    def progress():
        return [bar.proto.text for bar in page.run().get("progress")]

    assert progress() == ["The stopwatch starts …"] and "How time grows" not in sentences(page)
    gate.release()
    until(lambda: len(run.events) == 1)
    assert progress() == ["First round: 8 tokens measured"]
    gate.release(3)  # the other lengths, and the second round
    until(lambda: len(run.events) == 4)
    assert re.fullmatch(r"Round 2 done, about \d+ s left", progress()[0])
    assert "Pause" not in buttons(page)
    button(page, "Stop, keep what is measured").click().run()
    until(lambda: run.is_over)
    page.run()
    assert run.state == "stopped" and "Stopped before its end: fewer repeats than planned." in sentences(page)
    assert "**How time grows**" in sentences(page)


def test_stopped_in_the_first_round_it_shows_what_there_is():
    found = measured()
    first = tuple(point for point in found.points if point.length == 8)
    page = shown(replace(found, points=first, rounds=0.01), state="stopped")
    assert "Stopped in the first round" in sentences(page) and not page.exception
    assert "Where the lines cross" not in sentences(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_measurement_that_ends_otherwise_gets_its_sentence(lang):
    _ = catalogue(lang)
    for state, sentence in {
        "failed": _("The measurement failed. Choose narrower layers or shorter sentences and measure again."),
        "abandoned": _("The measurement ended because this page was not there for a while. Measure again."),
    }.items():
        page = arrived({LESSON: (run_of(state=state), Size())}, lang=lang)
        assert sentence in said(page)


def test_one_is_told_where_measuring_ends_another_training(pool):
    def elsewhere(stopped):
        while not stopped.wait(0.001):
            yield None

    other = pool.start(elsewhere, lambda: True)
    page = arrived({"forecast": (other, None)})
    assert "measuring brings it to its end" in sentences(page)
    other.asked_to_stop.set()


@pytest.mark.parametrize(("key", "value"), [("width", "65"), ("longest", "x"), ("way", "sideways")])
def test_a_broken_address_is_named(key, value):
    page = shown(measured(), **{key: value})
    assert any(f"({key})" in sentence for sentence in said(page)) and not page.exception


def test_what_was_changed_since_is_said():
    assert "You have changed something since" in sentences(shown(measured(), width=128))
    assert "You have changed something since" not in sentences(shown(measured()))


# ---- what it says


@pytest.mark.parametrize(("way", "factor"), [("forward", 1), ("both", 4)])
def test_the_figures_hold_what_was_measured(way, factor):
    page, found = shown(measured(), way=way), measured()
    lines = figure(page, "seconds")
    for (name, (x, y)), model in zip(lines.items(), MODELS, strict=False):
        assert name.startswith(findings.model_names()[model])
        assert tuple(x) == found.lengths
        assert numbers(y) == pytest.approx([factor * FORWARD[model](length) for length in found.lengths])
    assert numbers(figure(page, "kept")["RNN ∝ T<sup>1.00</sup>"][1])[-1] == pytest.approx(0.512)


def test_the_sentences_say_who_is_fastest_where_lines_cross_how_fast_they_grow_and_what_is_kept():
    page = shown(measured())
    text = sentences(page)
    assert (
        "**8 tokens:** fastest is **fused encoder layer**, 0.0064 ms; next: encoder layer, 0.026 ms; slowest: GRU"
        in text
    )
    assert "**1024 tokens:** fastest is **LSTM**, 0.3 ms; next: RNN, 20 ms; slowest: encoder layer, 1400 times" in text
    rows = {row[0]: row[1:] for row in table_of(page)}
    assert rows["RNN"] == ["slower from 50", "slower from 200"]
    assert rows["GRU"] == ["slower from 200", "slower from 800"]
    assert rows["LSTM"] == ["slower from 22", "slower from 45"]
    assert (
        "fitted to the lengths from 256 to 1024: in step with $T$: RNN ($T^{1.00}$), GRU ($T^{1.00}$); more slowly "
        "than $T$: LSTM ($T^{0.21}$); like $T^2$: encoder layer ($T^{2.00}$), fused encoder layer ($T^{2.00}$)." in text
    )
    assert "RNN **0.51 MB**" in text and "encoder layer **11 MB**" in text and "73 % are the attention weights" in text
    assert "torch computes LSTM in one call of the oneDNN library, RNN, GRU token by token" in text


def test_what_cannot_be_told_apart_is_called_so():
    text = sentences(shown(measured(RNN=lambda length: 0.099 * length, GRU=lambda length: 0.1 * length)))
    assert "fastest are" not in text
    close = measured(LSTM=lambda length: 0.0065 if length == 8 else length)
    assert "**8 tokens:** fastest are **fused encoder layer, LSTM**, about 0.0064 ms" in sentences(shown(close))
    same = measured(**dict.fromkeys(MODELS, lambda length: length))
    assert "all five take about 8 ms: too close to call" in sentences(shown(same))


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1], "always faster"),
        ([3, 3, 3, 3, 3, 3, 3, 3], "always slower"),
        ([3, 3, 1, 1, 1, 1, 1, 1], "faster from "),
        ([1, 1, 1, 3, 3, 1, 1, 1], "slower 45–181"),
        ([3, 3, 1, 1, 1, 1, 3, 3], "faster 23–362"),
        ([3, 1, 3, 1, 3, 1, 1, 1], "now this, now that"),
    ],
)
def test_every_way_of_crossing_has_its_words(times, wanted):
    found = measured(
        RNN=lambda length: 3**0.5, matrix=lambda length: times[(length // 8).bit_length() - 1]
    )  # halfway between, on a logarithmic axis
    rows = {row[0]: row[1:] for row in table_of(shown(found))}
    assert rows["RNN"][0].startswith(wanted)


def test_spread_and_the_clock_are_what_they_are(monkeypatch):
    told = []
    monkeypatch.setattr(findings.st, "caption", told.append)
    monkeypatch.setattr(findings, "_", catalogue("en"))
    monkeypatch.setattr(findings, "clock", thread_time)
    findings.say_spread(measured(spread=0.2))
    monkeypatch.setattr(findings, "clock", perf_counter)
    findings.say_spread(measured(spread=0.9))
    assert "typically 20 %" in told[0] and "waits for a core" in told[0] and "wide" not in told[0]
    assert "typically 90 %" in told[1] and "waits for a core" not in told[1] and "That is wide" in told[1]


def test_a_name_of_a_processor_is_no_markdown():
    page = shown(measured())
    assert "An <i>old</i> processor" in sentences(page)
    raw = "\n".join(box.value for box in page.markdown)
    assert "<i>" not in raw


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("way", ["forward", "both"])
def test_all_of_it_is_said_in_every_language(lang, way):
    page, _ = shown(measured(), lang=lang, way=way), catalogue(lang)
    assert not page.exception and not page.error
    for words in ("Measured here: time and memory", "encoder layer", "in step with $T$"):
        assert _(words) in sentences(page) + "".join(box.value for box in page.subheader)


@pytest.mark.parametrize(
    ("number", "wanted"), [(0.00642, "0.0064"), (1.0, "1"), (12.34, "12"), (987.6, "990"), (12345, "12000")]
)
def test_a_number_has_two_digits_that_count(number, wanted):
    assert findings.short(number) == wanted
