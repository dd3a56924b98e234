"""Lesson `forecast` without a browser: what is trained, what is said of it, what buttons do, tables of one's own."""

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import seen
import torch
from seen import said
from streamlit.testing.v1 import AppTest

from seqviz.frame.errors import plain
from seqviz.jobs import forecast as trainer
from seqviz.jobs.forecast import WATCHED, Epoch, Measures, Settings, Trained, measures, rivals, train
from seqviz.jobs.pool import NAME, Pool
from seqviz.lessons.forecast import sealed as forecast
from seqviz.lessons.shared import runs as training
from seqviz.models.reader import CELLS
from seqviz.tasks.series import make_series
from seqviz.tasks.windows import cut
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
SHORT = {"epochs": 2, "units": 4, "window": 10}
ASKED = Settings(**SHORT)
payload = partial(seen.payload, key="training")


def until(is_so):
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == NAME]


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    """A pool of the test's own, with the records of nobody else, whose threads end."""
    found = Pool()
    monkeypatch.setattr(training, "pool", lambda: found)
    yield found
    until(lambda: threads() == [])


@pytest.fixture
def begun(monkeypatch):
    """The settings of every training that really began."""
    found = []

    def noted(parts, settings, stopped):
        found.append(settings)
        yield from train(parts, settings, stopped)

    monkeypatch.setattr(trainer, "train", noted)
    return found


@pytest.fixture
def gate(monkeypatch):
    """Each epoch waits for `gate.release()`, and is not waited for once the training shall stop."""
    found = threading.Semaphore(0)

    def gated(parts, settings, stopped):
        for event in train(parts, settings, stopped):
            while isinstance(event, Epoch) and not stopped.is_set() and not found.acquire(timeout=0.001):
                yield None
            yield event

    monkeypatch.setattr(trainer, "train", gated)
    yield found
    found.release(1000)


def arrived(runs=None, **address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/forecast.py")
    if runs:
        page.session_state["runs"] = runs
    for key, value in ({"lang": "en"} | SHORT | address).items():
        page.query_params[key] = str(value)
    return page.run()


def run_of(page):
    return page.session_state["runs"]["forecast"][0]


def finished(page):
    """The page after its training."""
    until(lambda: run_of(page).is_over)
    return page.run()


def button(page, label):
    return next(one for one in page.button if one.label == label)


def buttons(page):
    return [one.label for one in page.button]


def sentences(page):
    return "\n".join(box.value for box in (*page.markdown, *page.caption)).replace("\\", "")


def measured(page):
    """The table of measures: its rows, and the figures in bold."""
    (text,) = [box.value for box in page.markdown if "RMSE" in box.value and "| --- |" in box.value]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def lesson(name, runs, **address):
    """Another lesson in the session of these runs."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    page.session_state["runs"] = runs
    for key, value in ({"lang": "en"} | address).items():
        page.query_params[key] = str(value)
    return page.run()


def trained(series_name="sine", cells=("LSTM",), settings=ASKED):
    """What the page should come to: the series cut, every epoch of each cell, and the networks."""
    parts = cut(make_series(series_name, seed=0), settings.window)
    events = [list(train(parts, replace(settings, cell=cell), threading.Event())) for cell in cells]
    epochs = {cell: [one for one in of if isinstance(one, Epoch)] for cell, of in zip(cells, events, strict=True)}
    return parts, epochs, {cell: of[-1] for cell, of in zip(cells, events, strict=True)}


# ---- what is shown


@pytest.mark.parametrize(
    ("lang", "address", "cells"), [("en", {}, ["LSTM"]), ("es", {"series": "damped", "cell": "all"}, list(CELLS))]
)
def test_on_arrival_it_trains_by_itself_and_shows_every_epoch_and_measure(lang, address, cells):
    page, _ = finished(arrived(lang=lang, **address)), catalogue(lang)
    parts, epochs, networks = trained(address.get("series", "sine"), cells)
    assert said(page) == []
    shown = payload(page)
    assert [(cell["name"], cell["best"]) for cell in shown["cells"]] == [
        (cell, networks[cell].best_epoch) for cell in cells
    ]
    assert (shown["of"], shown["live"]) == (ASKED.epochs, False)
    for i, cell in enumerate(cells):
        losses = [[one.training_loss, one.validation_loss] for one in epochs[cell]]
        np.testing.assert_allclose(shown[f"loss{i}"], losses, rtol=1e-5)
        np.testing.assert_allclose(shown[f"ahead{i}"], [one.ahead for one in epochs[cell]], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(shown["truth"], parts.validation.ahead[:WATCHED])
    np.testing.assert_array_equal(shown["known"], parts.validation.known)

    names = {"last": _("last value"), "linear": _("linear autoregression")}
    wanted = {cell: network.forecast for cell, network in networks.items()}
    wanted |= {names[name]: one for name, one in rivals(parts, None).items()}
    found = {name: measures(parts, one) for name, one in wanted.items()}
    rows = measured(page)
    assert list(rows) == list(found)
    for name, one in found.items():
        numbers = [float(cell.strip("*")) for cell in rows[name][:4]]
        assert numbers == pytest.approx([one.mae, one.rmse, one.mase, one.ahead_rmse], rel=6e-3)
        assert rows[name][4] == ("–" if one.drift is None else str(one.drift + 1))
    for column, key in enumerate(("mae", "rmse", "mase", "ahead_rmse")):
        bold = [name for name, row in rows.items() if row[column].startswith("**")]
        assert bold == [min(found, key=lambda name, key=key: getattr(found[name], key))]
    for where in ("One step ahead", "Feeding on itself"):
        assert f"{_(where)}, " in sentences(page)


def test_a_season_that_fits_the_window_is_a_rival_too():
    assert "seasonal naive" in measured(finished(arrived(series="damped", window=16)))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("own", "words"),
    [
        (0.5, ("beats**", "gana**")),
        (0.99, ("**no better than**", "**no es mejor**")),
        (1.03, ("**does not beat**", "**no gana**")),
    ],
)
def test_the_verdict_names_the_better_one(monkeypatch, lang, own, words):
    told, one = [], Measures(1.0, 1.0, 1.0, 1.0, None)
    monkeypatch.setattr(forecast.st, "markdown", told.append)
    monkeypatch.setattr(forecast, "_", catalogue(lang))
    networks = {"LSTM": replace(one, rmse=own), "GRU": replace(one, rmse=2.0, ahead_rmse=0.2)}
    forecast.say_verdict(networks, {"poor": replace(one, rmse=9.0, ahead_rmse=9.0), "good": one})
    first, second = told
    assert "LSTM" in first and "good" in first and f"{own:.3g}" in first
    assert "GRU" in second and "0.2" in second
    spoken = list(LANGUAGES).index(lang)
    assert words[spoken] in first
    assert ("beats**", "gana**")[spoken] in second


BROKEN = {
    "series": ["x", "", "\0"], "cell": ["FOO", "lstm"], "units": ["1", "65", "x", "nan"], "window": ["4", "101"],
    "epochs": ["0", "201", "1e1"], "rate": ["0.5", "nan", "x"], "seed": ["-1", "1000"],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_broken_address_is_named_and_the_usual_is_trained(monkeypatch, lang):
    monkeypatch.setattr(trainer, "train", lambda *_: iter(()))
    usual = {"epochs": Settings().epochs, "units": Settings().units, "window": Settings().window}
    for key, values in BROKEN.items():
        for value in values:
            page = arrived(lang=lang, **usual | {key: value})
            (sentence,) = said(page)
            assert f"({key})" in sentence
            about = page.session_state["runs"]["forecast"][1]
            assert (about.settings, about.cells, about.cut.series.name) == (Settings(), ("LSTM",), "sine")


# ---- what is trained, and when


def test_what_was_changed_is_trained_only_when_that_is_asked_for(begun):
    page = finished(arrived())
    page.slider(key="units").set_value(5).run()
    assert "You have changed something since" in sentences(page)
    assert f"LSTM · {SHORT['units']} units" in sentences(page)
    assert begun == [ASKED]
    finished(button(page, "Train").click().run())
    assert begun == [ASKED, replace(ASKED, units=5)]
    assert "LSTM · 5 units" in sentences(page)
    assert "You have changed something since" not in sentences(page)


def test_a_second_reader_gets_the_record_and_may_train_anew(begun):
    first, second = finished(arrived()), arrived()
    assert (begun, run_of(second).state) == ([ASKED], "done")
    np.testing.assert_array_equal(payload(second)["loss0"], payload(first)["loss0"])
    finished(button(second, "Train").click().run())
    assert begun == [ASKED, ASKED]
    finished(arrived(seed=1))
    assert begun[2:] == [replace(ASKED, seed=1)]


def test_pause_resume_and_stop_do_what_they_say(gate):
    page = arrived(epochs=9)
    run = run_of(page)
    gate.release(3)
    until(lambda: len(run.events) == 3)
    assert buttons(page.run())[-2:] == ["Pause", "Stop, keep the best"]
    assert payload(page)["live"] and len(payload(page)["loss0"]) == 3
    button(page, "Pause").click().run()
    until(lambda: run.state == "paused")
    assert buttons(page.run())[-2:] == ["Resume", "Stop, keep the best"]
    assert "Paused after epoch 2 of 9." in [bar.proto.text for bar in page.get("progress")]
    button(page, "Resume").click().run()
    gate.release()
    until(lambda: len(run.events) == 4)
    button(page.run(), "Stop, keep the best").click().run()
    until(lambda: run.is_over)
    page.run()
    assert "Stopped early; the best epoch so far was kept." in sentences(page)
    assert "Pause" not in buttons(page)
    losses = payload(page)["loss0"][:, 1]
    best = run.events[-1]
    assert isinstance(best, Trained) and best.best_epoch == int(losses.argmin())
    assert len(losses) == len(run.events) - 1 < 9 and "LSTM" in measured(page)


def test_a_run_that_waits_says_how_many_are_before_it(gate):
    first, second = arrived(), arrived()
    assert [bar.proto.text for bar in second.get("progress")] == [
        "In the queue: 1 before yours. This server trains 1 at a time."
    ]
    button(second, "Stop, keep the best").click().run()
    assert run_of(second).state == "stopped" and not said(second)
    gate.release(9)
    finished(first)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_full_queue_is_told_and_what_was_there_comes_back(monkeypatch, lang, begun):
    full, free = Pool(places=0), training.pool()
    page = finished(arrived(lang=lang))
    monkeypatch.setattr(training, "pool", lambda: full)
    button(page, catalogue(lang)("Train")).click().run()
    (sentence,) = said(page)
    assert sentence == catalogue(lang)(
        "Too many networks wait for their training on this server already. Try again in a minute."
    )
    assert not page.exception and not page.error
    monkeypatch.setattr(training, "pool", lambda: free)
    assert "LSTM" in measured(page.run())


def test_a_run_in_another_lesson_goes_on_until_this_one_is_asked_to_train(begun):
    def elsewhere(stopped):
        while not stopped.wait(0.001):
            yield None

    other = training.pool().start(elsewhere, lambda: True)
    page = arrived(runs={"sentiment": (other, None)})
    assert "in another lesson" in said(page)[0]
    assert not other.is_over and begun == []
    finished(button(page, "Train").click().run())
    assert (other.state, begun) == ("stopped", [ASKED])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_training_that_ends_otherwise_gets_its_sentence(monkeypatch, lang):
    def failing(*_):
        yield None
        raise ValueError("no such number")

    _ = catalogue(lang)
    monkeypatch.setattr(trainer, "train", failing)
    (sentence,) = said(finished(arrived(lang=lang)))
    assert sentence == _("The training failed. Change a setting a little and train again.")
    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setattr(training, "_is_watched", lambda: lambda: False)
    (sentence,) = said(finished(arrived(lang=lang)))
    assert sentence == _("The training ended because this page was not there for a while. Train again.")


def test_a_training_that_takes_too_long_is_ended_with_a_word(monkeypatch):
    hasty = Pool(seconds=0.001)
    monkeypatch.setattr(training, "pool", lambda: hasty)
    assert "Stopped at the limit of 0 s; the best epoch was kept." in sentences(finished(arrived(epochs=50)))


def test_a_browser_may_be_gone_for_a_moment_but_no_longer(monkeypatch):
    now, sessions = [100.0], {"mine"}

    class Server:
        is_active_session = staticmethod(sessions.__contains__)

    class Context:
        session_id = "mine"

    for name, value in (("exists", lambda: True), ("get_instance", Server), ("get_script_run_ctx", Context)):
        monkeypatch.setattr(training, name, value)
    monkeypatch.setattr(training.time, "monotonic", lambda: now[0])
    is_watched = training._is_watched()
    now[0] += 1000
    assert is_watched()
    sessions.clear()
    now[0] += training.GRACE - 1
    assert is_watched()
    now[0] += 2
    assert not is_watched()


@pytest.mark.filterwarnings("ignore:overflow")
def test_numbers_beyond_all_bounds_are_no_failure():
    values = [*np.sin(np.arange(90)).tolist(), *[1e30, -1e30] * 30]
    page = upload(arrived(series="file"), "\n".join(map(repr, values)))
    assert said(finished(page)) == []
    assert np.isinf(payload(page)["loss0"][:, 1]).all()
    assert payload(page)["cells"][0]["best"] == 0


# ---- the trained network in other lessons


def test_the_trained_network_is_opened_up_on_the_values_it_never_saw():
    runs = finished(arrived(series="season", cell="all")).session_state["runs"]
    parts, _, networks = trained("season", CELLS)
    wanted = np.concatenate([parts.test.known, parts.test.ahead])[:60]
    typed = np.array([float(f"{value:.4g}") for value in wanted])

    def read(cell, values):
        reader = networks[cell].checkpoint.reader
        return reader(torch.from_numpy(values).reshape(1, -1, 1))[0].numpy()

    for cell in CELLS:
        page = lesson("rnn", runs, task="trained", cell=cell)
        shown = seen.payload(page, "stepper")
        assert said(page) == [] and shown["kind"] == cell
        np.testing.assert_allclose(shown["readouts"], read(cell, typed), rtol=1e-5)
    shown = seen.payload(lesson("gates", runs, task="trained"), "gates")
    for cell in ("LSTM", "GRU"):
        np.testing.assert_allclose(shown[f"{cell}.readouts"], read(cell, typed), rtol=1e-5)

    values = np.array([100, 105.5, 98.0])
    changed = lesson("rnn", runs, task="trained", cell="GRU", text="100 105.5 98", what="word", at=2, word="120")
    old, new = (float(read("GRU", row)[-1]) for row in (values, np.array([100, 120, 98.0])))
    assert f"At the end it answers **{new:.2f}** instead of **{old:.2f}**." in sentences(changed)
    assert "Line 1: “abc” is no number." in said(lesson("rnn", runs, task="trained", text="100 abc"))


def test_the_link_to_the_other_lesson_finds_the_cell_though_the_lists_of_both_have_one_name():
    page = finished(arrived())
    page.switch_page("pages/rnn.py")
    page.query_params.update({"task": "trained", "cell": "LSTM"})
    assert said(page.run()) == []
    assert seen.payload(page, "stepper")["kind"] == "LSTM"


def test_only_what_was_trained_is_opened_up_and_who_trained_nothing_is_led_to_where_one_can():
    runs = finished(arrived(cell="RNN")).session_state["runs"]
    links = [link.label for link in arrived(runs, cell="RNN").get("page_link")]
    assert [link for link in links if "Open" in link] == ["Open it in “Step an RNN”"]
    assert said(lesson("rnn", runs, task="trained", cell="GRU")) == ["You trained no GRU, only: RNN."]
    assert said(lesson("gates", runs, task="trained")) == ["You trained no LSTM, only: RNN."]
    for name in ("rnn", "gates"):
        page = lesson(name, {}, task="trained")
        assert said(page) == [
            "There is no network of yours in this session: train one in the lesson above, then come back."
        ]
        assert "6\\. Train one: a time series" in [link.label for link in page.get("page_link")]
    assert "cannot show (task)" in said(lesson("memory", runs, task="trained"))[0]  # it needs all three, untrained too


# ---- a table of one's own


def upload(page, text, name="mine.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return page.file_uploader(key="series_file").set_value((name, data, "text/csv")).run()


def rising(count, header="v"):
    return "\n".join([header, *(f"{np.sin(i):.4f}" for i in range(count))])


def test_without_a_file_there_is_a_word_and_no_training(begun):
    page = arrived(series="file")
    assert said(page) == ["Choose a file above. Nothing of it leaves the machine that runs this page."]
    assert begun == []


def test_a_table_with_its_newest_day_first_decimal_commas_and_gaps_is_trained():
    wave = [f"{np.sin(i / 3):.3f}" for i in range(120)]
    cells = ["" if i in (50, 51, 70) else cell.replace(".", ",") for i, cell in enumerate(wave)]
    days = [f"{1 + i % 28:02}.{1 + i // 28:02}.2024" for i in range(120)]
    rows = [f"{day};{cell};x" for day, cell in zip(days, cells, strict=True)]
    page = finished(upload(arrived(series="file"), "\n".join(["day;level;note", *rows[::-1]])))
    assert said(page) == []
    assert "The newest row stood first: the table was turned round." in sentences(page)
    assert "3 missing values were filled with the value before." in sentences(page)
    assert page.selectbox(key="series_column").options == ["level"]
    wanted = [float(wave[{50: 49, 51: 49, 70: 69}.get(i, i)]) for i in range(120)]
    about = page.session_state["runs"]["forecast"][1]
    np.testing.assert_array_equal(about.cut.series.pieces[0], wanted)
    assert "· level" in sentences(page) and "LSTM" in measured(page)


def test_another_column_is_another_series(begun):
    values = "\n".join(f"{np.sin(i):.3f},{np.cos(i):.3f}" for i in range(100))
    page = finished(upload(arrived(series="file"), "a,b\n" + values))
    page.selectbox(key="series_column").set_value(1).run()
    assert "You have changed something since" in sentences(page)
    finished(button(page, "Train").click().run())
    assert page.session_state["runs"]["forecast"][1].cut.series.pieces[0][0] == 1.0
    assert len(begun) == 2


def test_of_a_long_series_the_last_values_are_used(monkeypatch):
    monkeypatch.setattr(trainer, "train", lambda *_: iter(()))
    page = upload(arrived(series="file"), "\n".join(str(i % 7) for i in range(5001)))
    assert "Of 5001 values the last 5000 are used." in sentences(page)
    assert page.session_state["runs"]["forecast"][1].cut.series.pieces[0][0] == 1


HOSTILE = ("<img src=x onerror=window.hacked=1>", "**bold** [a](http://e.com)", "{0} {line} %s $x$ :red[y] `c`")


@pytest.mark.parametrize("header", HOSTILE)
def test_a_hostile_header_is_shown_as_it_was_written(header):
    page = finished(upload(arrived(series="file"), rising(120, header)))
    assert said(page) == []
    told = next(box.value for box in page.caption if "window" in box.value)
    assert plain(header) in told
    assert page.selectbox(key="series_column").options == [header]
    assert plain(header) in page.table[0].value.columns


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_is_quoted_as_it_was_written(cell):
    page = upload(arrived(series="file"), f"v\n1\n2\n{cell}")
    (sentence,) = said(page)
    assert cell in sentence and not page.error
    assert plain(cell) in page.warning[0].value


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "data", [rising(20), "\n".join(["v", *["5"] * 200]), b"", b"PK\x03\x04\x00", b"\x00\x01", "a,b\n1,2\n3", "name\nx"]
)
def test_a_file_that_cannot_be_learned_from_gets_one_sentence(lang, data, begun):
    page = upload(arrived(lang=lang, series="file"), data)
    (sentence,) = said(page)
    assert len(sentence) > 15 and not page.error and begun == []
