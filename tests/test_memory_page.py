"""Lesson `memory` without a browser: the numbers of its pictures and sentences, bad input, address, code."""

import contextlib
import io
import json
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from tasks_by_code import checkpoint_name, typed
from visits import address_of

from seqviz.lessons.memory.left import SPLIT
from seqviz.lessons.memory.program import memory_code
from seqviz.lessons.memory.travels import rough
from seqviz.lessons.shared import sequence
from seqviz.models.checkpoint import load_card, load_checkpoint
from seqviz.models.laboratory import STEPS, lstm_norms, rnn_norms
from seqviz.models.minilm import load_word_table
from seqviz.models.reader import CELLS
from seqviz.models.reading import read_sequence
from seqviz.models.untrained import untrained
from seqviz.traces.jacobian import jacobian_map, jacobian_norms
from seqviz.traces.refusal import Refusal
from seqviz.traces.survival import survival, survival_of_start
from seqviz.training import counting, marked_number, quotations, sentiment
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
TASKS = tuple(task.code for task in sequence.TASKS)
TEXTS = {"en": "The soup was not good at all", "es": "La sopa no estuvo nada mal", "number": "0.3 -0.5 *0.8 0.1 ?"}


def opened(**address: object) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/memory.py")
    for key, value in address.items():
        page.query_params[key] = str(value)
    return page.run()


def lesson(task: str = "number", **address: object) -> AppTest:
    page = opened(**{"task": task, "text": TEXTS[task]} | address)
    assert not page.exception
    assert not page.error
    return page


def figures(page: AppTest) -> dict[str, dict]:
    """The pictures of the page by their key."""
    return {chart.key: json.loads(chart.proto.spec) for chart in page.get("plotly_chart")}


def sent(array: dict) -> np.ndarray:
    """An array as the browser gets it."""
    found = np.frombuffer(b64decode(array["bdata"]), array["dtype"])
    return found.reshape([int(n) for n in array["shape"].split(",")]) if "shape" in array else found


def said(page: AppTest) -> str:
    """Every sentence of the page."""
    return "\n".join(box.value for kind in (page.markdown, page.info, page.warning) for box in kind)


def reading(task: str, cell: str, text: str | None = None, trained: bool = True):
    """The trace of a shipped reader on a text, apart from the page."""
    name = checkpoint_name(task, cell)
    checkpoint = load_checkpoint(name) if trained else untrained(name)
    text = TEXTS[task] if text is None else text
    table = load_word_table() if task == "en" else None
    found = typed(text, checkpoint, table)
    return checkpoint, read_sequence(checkpoint, found.inputs).layer


# ---- what is left


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_the_heatmap_is_the_average_survival_of_the_reader_that_is_named(task, cell):
    heatmap = figures(lesson(task, split=cell))["left"]["data"][0]
    _checkpoint, layer = reading(task, cell)
    np.testing.assert_allclose(sent(heatmap["z"]), survival(layer).mean(axis=2), atol=1e-6)


def test_one_unit_is_that_unit():
    page = lesson(share=3)
    _checkpoint, layer = reading("number", "LSTM")
    np.testing.assert_allclose(sent(figures(page)["left"]["data"][0]["z"]), survival(layer)[:, :, 2], atol=1e-6)
    assert "In unit 3:" in said(page)


@pytest.mark.parametrize("share", [0, 3])
def test_the_sentence_shows_what_is_left_of_the_start_and_of_each_step(share):
    html = next(part.proto.body for part in lesson(share=share).get("html") if "<style>" not in part.proto.body)
    _checkpoint, layer = reading("number", "LSTM")
    left = np.array([survival_of_start(layer)[-1], *survival(layer)[-1]])  # (1 + T, H)
    shares = left[:, share - 1] if share else left.mean(axis=1)
    assert re.findall(r">(\d\.\d\d)<", html) == [f"{share:.2f}" for share in shares]
    assert re.findall(r">([^<>]+)<", html)[::2] == ["(start)", "0.3", "−0.5", "◆0.8", "0.1", "?"]


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
@pytest.mark.parametrize("share", [0, 1, 4])
def test_it_says_two_numbers_that_are_the_same_and_the_state(cell, share):
    told = re.search(r"In unit (\d+):.*?\*\*(\S+?)\*\*.*?\*\*(\S+?)\*\*\.", said(lesson(split=cell, share=share)))
    unit, total, value = int(told[1]) - 1, *(float(told[n].replace("−", "-")) for n in (2, 3))
    _checkpoint, layer = reading("number", cell)
    state = (layer.h if cell == "GRU" else layer.c)[-1]
    assert total == value == pytest.approx(state[unit], abs=6e-7)
    assert unit == (share - 1 if share else np.abs(state).argmax())


@pytest.mark.parametrize("share", [0, 2])
def test_the_logarithmic_colours_hold_the_same_shares(share):
    heatmap = figures(lesson(log=1, share=share))["left"]["data"][0]
    left = survival(reading("number", "LSTM")[1])
    left = left[:, :, share - 1] if share else left.mean(axis=2)
    past = np.tri(5, dtype=bool)
    np.testing.assert_allclose(sent(heatmap["customdata"])[past], np.log10(left[past]), rtol=1e-9)
    assert np.isnan(sent(heatmap["z"])[~past]).all()


def test_an_rnn_is_not_split_but_its_jacobians_are_shown():
    page = lesson(split="RNN")
    _checkpoint, layer = reading("number", "RNN")
    heatmap = figures(page)["left"]["data"][0]
    np.testing.assert_allclose(sent(heatmap["customdata"]), jacobian_map(layer), rtol=1e-12)
    assert "cannot be split" in said(page)
    assert "It adds up" not in said(page)
    assert not [box for box in page.selectbox if box.key == "share"]


def test_two_hundred_steps_are_read_and_their_names_thinned_out():
    left = figures(lesson(text="0.1 " * 200))["left"]
    assert sent(left["data"][0]["z"]).shape == (200, 200)
    assert len(left["layout"]["xaxis"]["ticktext"]) <= 28


# ---- how far a change travels


@pytest.mark.parametrize("task", TASKS)
def test_the_lines_are_the_exact_norms_of_every_cell_before_and_after_training(task):
    lines = figures(lesson(task))["travels"]["data"]
    assert [line["name"] for line in lines if line["showlegend"]] == ["RNN", "GRU", "LSTM h", "LSTM c"]
    assert [line["line"]["dash"] for line in lines] == ["solid"] * 4 + ["dash"] * 4
    pairs = [("RNN", "h"), ("GRU", "h"), ("LSTM", "h"), ("LSTM", "c")]
    for k, (cell, of) in enumerate(pairs * 2):
        checkpoint, layer = reading(task, cell, trained=k < 4)
        expected = jacobian_norms(checkpoint.reader.cell, layer.inputs, of)[::-1]
        np.testing.assert_allclose(sent(lines[k]["y"]), expected, rtol=1e-9)


def test_what_was_before_training_can_be_hidden_and_is_still_said():
    page = lesson(untrained=0)
    assert len(figures(page)["travels"]["data"]) == 4
    told = re.search(r"at the end: RNN \*\*(.+?)\*\*.*Before training: RNN \*\*(.+?)\*\*", said(page))
    for number, trained in ((told[1], True), (told[2], False)):
        checkpoint, layer = reading("number", "RNN", trained=trained)
        assert number == rough(jacobian_norms(checkpoint.reader.cell, layer.inputs)[0])


@pytest.mark.parametrize("x, text", [(1.0, "1"), (0.0123, "0.012"), (1.26, "1.3"), (4.2e-7, "4.2·10⁻⁷"), (0.0, "0")])
def test_numbers_by_their_size(x, text):
    assert rough(x) == text


@pytest.mark.parametrize("cell", CELLS)
def test_an_untrained_reader_is_the_one_that_training_began_with(cell):
    for code in ("en", "es"):
        language = sentiment.LANGUAGES[code]
        table = load_word_table() if code == "en" else None
        card = load_card(f"sentiment-{code}-{cell.lower()}")
        sentences = sentiment.draw(language, 2000, seed=1000, heldout=False)
        words = card.vocabulary.split()
        begun = sentiment.train(language, cell, sentences, words, table, card.seed, steps=0)
        assert_same(untrained(card.name).reader, begun)
    begun = {f"marked-number-{cell.lower()}": partial(marked_number.train, cell)}
    for name, task in counting.TASKS.items():
        begun[f"{name}-{cell.lower()}"] = partial(counting.train, task.symbols, cell)
    for code, grammar in quotations.GRAMMARS.items():
        begun[f"quotations-{code}-{cell.lower()}"] = partial(quotations.train, grammar, cell)
    for name, train in begun.items():
        assert_same(untrained(name).reader, train(load_card(name).seed, steps=0))


def test_sessions_that_load_models_at_the_same_time_do_not_disturb_an_untrained_one():
    """torch has one generator for all threads: nothing that runs beside it may draw from it."""
    names = ("sentiment-es-lstm", "marked-number-gru")
    expected = {name: untrained.__wrapped__(name).reader.state_dict() for name in names}
    stop = Event()

    def others():
        while not stop.is_set():
            load_checkpoint("counting-lstm")
            rnn_norms.__wrapped__(0.9, 0.5)
            lstm_norms.__wrapped__(1.0, 0.5)

    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(others)
        for _ in range(60):
            for name in names:
                found = untrained.__wrapped__(name).reader.state_dict()
                assert all(torch.equal(found[key], weight) for key, weight in expected[name].items()), name
        stop.set()
        busy.result()


def assert_same(reader, other):
    expected = {name: weight.double() for name, weight in other.state_dict().items()}
    found = reader.state_dict()
    assert found.keys() == expected.keys()
    for name, weight in found.items():
        assert torch.equal(weight, expected[name]), name


def test_the_dice_of_the_others_are_not_touched():
    untrained.cache_clear()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    untrained("marked-number-lstm")
    assert torch.equal(torch.rand(3), expected)


# ---- the laboratory


def test_without_input_the_rnn_is_its_theory():
    for radius in (0.5, 0.95, 1.5):
        np.testing.assert_allclose(rnn_norms(radius, 0.0), radius ** np.arange(STEPS - 1.0, -1, -1), rtol=1e-9)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
def test_with_input_theory_is_a_bound(radius):
    norms = rnn_norms(radius, 1.0)
    assert norms[-1] == 1
    assert (norms <= radius ** np.arange(STEPS - 1.0, -1, -1) * (1 + 1e-12)).all()
    assert norms[0] < 0.01 * radius ** (STEPS - 1.0)


def test_a_larger_forget_bias_keeps_more():
    ends = [lstm_norms(bias, 0.0)[0] for bias in (-1.0, 0.0, 1.0, 3.0, 5.0)]
    assert ends == sorted(ends)
    assert lstm_norms(1.0, 0.0)[-2] == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-3)  # one step: the gate alone


def test_nobody_can_change_what_all_share():
    with pytest.raises(ValueError, match="read-only"):
        rnn_norms(1.0, 0.0)[0] = 5


def test_the_sliders_move_the_lines():
    page = lesson(radius=1.2, bias=3, scale=0.5)
    lines = figures(page)["rates"]["data"]
    np.testing.assert_allclose(sent(lines[0]["y"]), rnn_norms(1.2, 0.5)[::-1])
    np.testing.assert_allclose(sent(lines[1]["y"]), 1.2 ** np.arange(STEPS))
    np.testing.assert_allclose(sent(lines[2]["y"]), lstm_norms(3.0, 0.5)[::-1])
    np.testing.assert_allclose(sent(lines[3]["y"]), (1 / (1 + np.exp(-3.0))) ** np.arange(STEPS))
    assert "With input, tanh is flat" in said(page)
    assert "Without input" in said(lesson())


# ---- recall


def test_the_recall_is_that_of_the_cards_all_seeds():
    page = lesson()
    assert len(figures(page)["recall"]["data"]) == 9
    for cell in CELLS:
        seeds = load_card(f"marked-number-{cell.lower()}").scores_of_all_seeds.values()
        scores = [seed["r2_by_gap"]["80"] for seed in seeds]
        assert f"{cell} {min(scores):.2f}–{max(scores):.2f}" in said(page)


def test_the_cards_bear_out_what_the_sentence_says_of_them():
    r2 = {}
    for cell in CELLS:
        seeds = load_card(f"marked-number-{cell.lower()}").scores_of_all_seeds.values()
        r2[cell] = {gap: [seed["r2_by_gap"][gap] for seed in seeds] for gap in ("10", "20", "30", "39", "60", "80")}
    for gap in ("10", "20", "30", "39"):
        assert max(r2["RNN"][gap]) < min(r2["GRU"][gap] + r2["LSTM"][gap])
    assert min(r2["RNN"]["80"]) > 0.4
    assert min(r2["GRU"]["80"]) < max(r2["RNN"]["80"])


# ---- arrival, language, bad input, address


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_is_something_to_see_on_arrival(lang):
    page = opened(lang=lang)
    assert not page.exception
    assert [*figures(page)] == ["left", "travels", "rates", "recall"]
    translated = catalogue(lang)("What is left of each step")
    assert translated in [heading.value for heading in page.subheader]
    assert not page.warning


@pytest.mark.parametrize("text", ["", "   ", "...", "\u200d"])
def test_an_empty_box_leaves_the_rest_of_the_lesson(text):
    page = opened(task="en", text=text)
    assert not page.exception
    assert not page.error
    assert "There is nothing to read yet" in said(page)
    assert [*figures(page)] == ["rates", "recall"]


def test_a_step_that_is_no_number_is_told_and_leaves_the_rest():
    page = opened(task="number", text="0.1 x")
    assert not page.error
    assert "not a number" in said(page)
    assert [*figures(page)] == ["rates", "recall"]


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("cell", SPLIT)
def test_one_step_is_enough(steps, cell):
    assert sent(figures(lesson(text="0.5 " * steps, split=cell))["left"]["data"][0]["z"]).shape == (steps, steps)


def test_a_broken_address_shows_the_usual_values():
    broken = {"split": "CNN", "share": 99, "untrained": "x", "radius": 9, "bias": "nan", "scale": "-1"}
    page = lesson(**broken)
    (warning,) = page.warning
    for key in broken:
        assert key in warning.value
    np.testing.assert_allclose(sent(figures(page)["rates"]["data"][0]["y"]), rnn_norms(0.95, 0.0)[::-1])


def test_what_is_chosen_stands_in_the_address():
    page = lesson()
    page.button_group(key="split").set_value("GRU").run()
    page.selectbox(key="share").set_value(2).run()
    page.toggle(key="untrained").set_value(False).run()
    page.slider(key="radius").set_value(1.25).run()
    for key, value in {"split": "GRU", "share": "2", "untrained": "0", "radius": "1.25"}.items():
        assert address_of(page)[key] == value
    assert not page.exception


@pytest.mark.parametrize("cell", CELLS)
def test_a_missing_model_is_told_and_the_rest_stays(cell, monkeypatch):
    from seqviz.frame import loading
    from seqviz.models.checkpoint import BROKEN

    real = loading._checkpoint

    def missing(name):
        if name == f"marked-number-{cell.lower()}":
            raise Refusal(BROKEN, file=f"{name}.safetensors")
        return real(name)

    monkeypatch.setattr(loading, "_checkpoint", missing)
    page = opened(task="number")
    assert not page.exception
    assert not page.error
    assert "is missing or damaged" in said(page)
    assert [*figures(page)][-2:] == ["rates", "recall"]


# ---- the code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_program_runs_and_adds_up(lang):
    code = memory_code(catalogue(lang))
    assert code.strip() in [block.value for block in lesson(lang=lang).code]
    out, names = io.StringIO(), {}
    with contextlib.redirect_stdout(out):
        exec(code, names)
    assert float(out.getvalue()) < 1e-5
    assert names["left"].shape == (20, 20, 8)
    assert names["norms"].shape == (20,)
    assert names["norms"][-1] == 1
