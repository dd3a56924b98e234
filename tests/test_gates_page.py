"""Lesson `gates` without a browser: what Python hands to the component, and what the page says."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import seen
import torch
from safetensors.torch import save
from seen import said
from streamlit.testing.v1 import AppTest
from tasks_by_code import TASKS, checkpoint_name, examples, typed
from torch import nn

from seqviz.lessons.gates.count import measured
from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.minilm import load_word_table
from seqviz.tasks.counting import first_mistake
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.saturation import saturation
from seqviz.traces.whatif import HoldGate, trace_whatif

ROOT = Path(__file__).parents[1]
NUMBERS = "0.3 -0.5 *0.8 0.1 -0.9 0.4 ?"


def opened(**address: object) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/gates.py")
    for key, value in ({"lang": "en"} | address).items():
        page.query_params[key] = str(value)
    return page.run()


payload = partial(seen.payload, key="gates")


def prose(page: AppTest) -> str:
    return "\n".join(box.value for box in page.markdown)


def read(task: str, cell: str, text: str) -> tuple[nn.RNNBase, torch.Tensor]:
    """A shipped model's cell, and the features that it reads of a text."""
    checkpoint = load_checkpoint(checkpoint_name(task, cell))
    found = typed(text, checkpoint, load_word_table() if task == "en" else None)
    inputs = found.inputs.double() if found.inputs.is_floating_point() else found.inputs
    with torch.inference_mode():
        return checkpoint.reader.cell, checkpoint.reader.front(inputs)


@pytest.mark.parametrize("task", TASKS)
def test_both_cells_read_the_first_example_of_every_task_as_torch_does(task):
    page = opened(task=task)
    shown = payload(page)
    assert said(page) == []
    assert [cell["kind"] for cell in shown["cells"]] == ["LSTM", "GRU"]
    for kind in ("LSTM", "GRU"):
        module, features = read(task, kind, examples(task)[0].text)
        with torch.inference_mode():
            states = module(features)[0].numpy()
        np.testing.assert_allclose(shown[f"{kind}.h"], states, atol=1e-12)
        assert len(shown["tokens"]) == len(states) == len(shown[f"{kind}.readouts"])
        for name, gate in trace_recurrent(module, features).layers[0].gates.items():
            np.testing.assert_allclose(shown[f"{kind}.{name}"], gate, atol=1e-6)
            if name in "iforz":
                found = saturation(gate)
                np.testing.assert_allclose(shown[f"{kind}.left_{name}"], found.left)
                np.testing.assert_allclose(shown[f"{kind}.right_{name}"], found.right)


@pytest.mark.parametrize("task", ["number", "count", "brackets", "quotes-en", "quotes-es"])
def test_the_unit_on_arrival_is_the_measured_one_and_the_page_says_how_well_it_follows(task):
    page = opened(task=task)
    for cell in payload(page)["cells"]:
        found = measured(load_checkpoint(checkpoint_name(task, cell["kind"])).card)
        assert cell["unit"] == found["unit"]
        assert f"{cell['kind']}, unit {found['unit'] + 1} ({found['of']}): **{found['corr']:.3f}**" in prose(page)


@pytest.mark.parametrize(
    ("held", "change"),
    [
        ("amnesia", HoldGate("f", 0.0, None, 0, 6)),
        ("never", HoldGate("f", 1.0, None, 0, 6)),
        ("shut", HoldGate("i", 0.0, None, 3, 6)),
    ],
)
def test_a_ready_hold_is_that_run_and_the_page_says_both_answers(held, change):
    plain, page = payload(opened(text=NUMBERS)), opened(text=NUMBERS, held=held)
    shown = payload(page)
    module, features = read("number", "LSTM", NUMBERS)
    run = trace_whatif(module, features, change).layers[0]
    np.testing.assert_allclose(shown["LSTM.h"], run.h, atol=1e-12)
    np.testing.assert_allclose(shown["LSTM.unchanged_h"], plain["LSTM.h"], atol=1e-6)
    np.testing.assert_array_equal(shown["GRU.h"], plain["GRU.h"])
    assert shown["show"] == f"LSTM.{change.gate}"
    answers = [f"**{run['LSTM.readouts'][-1]:.2f}**".replace("-", "−") for run in (shown, plain)]
    assert f"ends with {answers[0]} instead of {answers[1]}" in prose(page)


@pytest.mark.parametrize(("task", "text"), [("es", "La sopa no estuvo nada mal"), ("count", "a9 b9")])
def test_what_a_hold_does_to_a_share_is_said_in_per_cent(task, text):
    plain, page = payload(opened(task=task, text=text)), opened(task=task, text=text, held="amnesia")
    old, new = (round(100 * run["LSTM.readouts"][-1]) for run in (plain, payload(page)))
    assert old != new
    assert f"the LSTM ends with **{new} %** instead of **{old} %**" in prose(page)


def test_the_ready_holds_make_their_points():
    """Amnesia forgets; an open forget gate mixes old and new; a shut input gate keeps neither the new nor the old."""
    answer = {held: payload(opened(text=NUMBERS, held=held))["LSTM.readouts"][-1] for held in ("no", "amnesia")}
    assert abs(answer["no"] - 0.8) < 0.1
    assert abs(answer["amnesia"]) < 0.3
    two = examples("number")[1].text
    new, never, shut = (payload(opened(text=two, held=held))["LSTM.readouts"][-1] for held in ("no", "never", "shut"))
    assert abs(new - -0.7) < 0.15
    assert abs(never - -0.7) > 0.4
    assert abs(shut) < 0.4


def test_a_hold_brings_the_example_that_shows_its_point_but_never_takes_what_was_typed():
    page = opened(task="number")
    page.selectbox(key="held").set_value("never").run()
    assert page.text_input[0].value == examples("number")[1].text
    page = opened(task="number", text="0.1 *0.4 0.2 ?")
    page.selectbox(key="held").set_value("never").run()
    assert page.text_input[0].value == "0.1 *0.4 0.2 ?"
    assert payload(page)["show"] == "LSTM.f"


@pytest.mark.parametrize("gate", ["LSTM.i", "LSTM.g", "GRU.r", "GRU.z", "GRU.n"])
def test_a_hold_of_ones_own_stands_in_the_address(gate):
    page = opened(text=NUMBERS, held="own", gate=gate, level=0.25, whose=2, since=2, until=4)
    kind, name = gate.split(".")
    shown = payload(page)
    assert said(page) == []
    module, features = read("number", kind, NUMBERS)
    run = trace_whatif(module, features, HoldGate(name, 0.25, 1, 1, 3)).layers[0]
    np.testing.assert_allclose(shown[f"{kind}.h"], run.h, atol=1e-12)
    assert [cell["hold"] for cell in shown["cells"] if cell["hold"]] == [
        {"gate": name, "value": 0.25, "unit": 1, "first": 1, "last": 3}
    ]


def test_the_hold_after_the_mark_is_offered_only_where_a_mark_is():
    assert "shut" not in opened(task="en").selectbox(key="held").options[0]
    with_mark, without = (opened(text=text).selectbox(key="held").options for text in (NUMBERS, "0.1 0.2 ?"))
    assert len(with_mark) == len(without) + 1
    assert said(opened(task="en", held="shut"))


@pytest.mark.parametrize("word", ["a12b12", "a30 b30", "a40b40", "ab", "a5"])
def test_where_each_cell_loses_count_is_what_its_own_predictions_say(word):
    page = opened(task="count", text=word)
    parts, cells = [], ("RNN", "LSTM", "GRU")
    for cell in cells:
        checkpoint = load_checkpoint(checkpoint_name("count", cell))
        found = typed(word, checkpoint)
        with torch.inference_mode():
            probabilities = checkpoint.reader(found.inputs.double()[None])[0].softmax(-1).numpy()
        step = first_mistake("".join(found.tokens), "ab", probabilities)
        parts.append(f"{cell}: never" if step is None else f"{cell}: after step **{step + 1}**")
    if "b" not in word:
        assert "Nothing to count down yet: type some b as well." in prose(page)
    elif all(part.endswith("never") for part in parts):
        assert "No cell loses count here (RNN, LSTM, GRU)." in prose(page)
    else:
        assert f"Here each cell loses count: {' · '.join(parts)}." in prose(page)


def test_a_hold_is_counted_too_and_what_is_no_word_is_not_judged():
    assert "LSTM with the hold: after step **13**" in prose(opened(task="count", text="a12 b12", held="amnesia"))
    assert "From step 3 on this is the beginning of no word" in prose(opened(task="count", text="a b a b"))
    assert "From step 1 on this is the beginning of no word" in prose(opened(task="brackets", text=")("))


def test_beyond_what_was_trained_the_lstm_still_counts_and_the_gru_does_not():
    shown = prose(opened(task="count", text="a30 b30"))
    assert "LSTM: never" in shown
    assert re.search(r"GRU: after step \*\*5\d\*\*", shown)


@pytest.mark.parametrize(
    ("task", "text", "sentence"),
    [
        ("count", "aab<script>", "Symbol 4, “<”, is none that this reader knows: it reads only the symbols “a”, “b”."),
        ("count", "a1000", "Symbol 1, “a1”"),
        ("brackets", "(()]", "Symbol 4, “]”"),
        ("number", "0.1 two", "Step 2, “two”, is not a number from −1 to 1."),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_stays_in_the_box(task, text, sentence):
    page = opened(task=task, text=text)
    assert len(said(page)) == 1
    if text != "a1000":
        assert said(page)[0].startswith(sentence)
    assert page.text_input[0].value == text


@pytest.mark.parametrize("task", TASKS)
def test_nothing_to_read_is_said(task):
    shown = payload(opened(task=task, text=" "))
    assert shown == {"nothing": "There is nothing to read yet: type something above, or choose one of the examples."}


@pytest.mark.parametrize("task", ["number", "count", "brackets", "quotes-en", "quotes-es"])
def test_a_sequence_that_is_too_long_is_cut_with_a_sentence(task):
    text = {"number": "0.1 " * 300, "count": "a300", "brackets": "(" * 300}.get(task, "the dogs " * 60)
    page = opened(task=task, text=text)
    assert len(payload(page)["tokens"]) == 200
    assert "200 steps" in " ".join(said(page))


@pytest.mark.parametrize(
    "address",
    [{"task": "%00"}, {"held": "x"}, {"held": "own", "gate": "RNN.h"}, {"held": "own", "level": "nan"}, {"lstm": 99},
     {"held": "own", "whose": "0"}, {"held": "own", "since": 5, "until": 2}, {"step": 0}, {"gru": "-1"}],
)  # fmt: skip
def test_a_broken_address_is_named_and_the_usual_is_shown(address):
    page = opened(**{"text": NUMBERS} | address)
    assert payload(page)["tokens"]
    (sentence,) = said(page)
    assert sentence.startswith("The address asks for something that this page cannot show")


# ---- the reader's own network


def own_page(lang: str = "en") -> AppTest:
    return opened(task="own", lang=lang)


def upload(page: AppTest, data: bytes, written: str = "") -> AppTest:
    page.file_uploader(key="own_weights").set_value(("weights.safetensors", data, "application/octet-stream")).run()
    page.text_area(key="own_numbers").set_value(written)
    return page.run()


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_an_uploaded_network_is_traced_as_torch_runs_it(kind):
    torch.manual_seed(3)
    module = getattr(nn, kind)(2, 5)
    page = upload(own_page(), save(module.state_dict()), "0.5 -1; 0 2; 1.5 0.25")
    shown = payload(page)
    inputs = torch.tensor([[0.5, -1.0], [0.0, 2.0], [1.5, 0.25]])
    with torch.inference_mode():
        np.testing.assert_allclose(shown[f"{kind}.h"], module(inputs)[0].numpy(), atol=1e-6)
    assert [cell["kind"] for cell in shown["cells"]] == [kind]
    assert f"{kind}.readouts" not in shown
    assert (f"{kind}.keep" in shown) == (kind != "RNN")


def test_the_example_is_there_at_once_and_can_be_switched_off():
    page = own_page()
    assert [cell["kind"] for cell in payload(page)["cells"]] == ["LSTM"]
    off = opened(task="own", example=0)
    assert payload(off) == {"nothing": "Choose a file of weights above, or switch the example on."}


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    ("data", "written"),
    [
        (b"", ""), (b"PK\x03\x04 no safetensors", ""), (b"\x80\x04 a pickle", ""), (b"x" * 5_000_001, ""),
        (save({"fc.weight": torch.ones(2, 2)}), ""), (save(nn.LSTM(2, 200).state_dict()), ""),
        (save(nn.LSTM(2, 3).state_dict()), "1 2 3"), (save(nn.LSTM(2, 3).state_dict()), "1 <b>x</b>"),
        (save(nn.LSTM(2, 3).state_dict()), "nan 1"), (save(nn.LSTM(4, 3, proj_size=2).state_dict()), "1 2 3 4"),
    ],
)  # fmt: skip
def test_a_bad_upload_gets_one_sentence(data, written, lang):
    page = upload(own_page(lang), data, written)
    assert not page.exception
    (sentence,) = said(page)
    assert len(sentence) > 15
    assert page.text_area(key="own_numbers").value == written


def test_a_deeper_layer_reads_what_the_layer_below_gives():
    torch.manual_seed(5)
    module = nn.GRU(2, 4, num_layers=2)
    page = upload(own_page(), save(module.state_dict()), "0.5 -1; 0 2")
    page.selectbox(key="own_layer").set_value(1).run()
    with torch.inference_mode():
        states = module(torch.tensor([[0.5, -1.0], [0.0, 2.0]]))[0]
    np.testing.assert_allclose(payload(page)["GRU.h"], states.numpy(), atol=1e-6)


def test_a_held_gate_of_an_own_network_is_the_changed_run():
    torch.manual_seed(6)
    module = nn.LSTM(1, 3)
    page = opened(task="own", held="amnesia")
    page = upload(page, save(module.state_dict()), "0.5 -1 2")
    run = trace_whatif(module.double(), torch.tensor([[0.5], [-1.0], [2.0]]).double(), HoldGate("f", 0.0, None, 0, 2))
    np.testing.assert_allclose(payload(page)["LSTM.h"], run.outputs, atol=1e-6)
    assert "state differs, by up to" in prose(page)


@pytest.mark.parametrize(("lang", "name"), [("en", "(answer)"), ("es", "(respuesta)")])
def test_what_a_hold_does_is_said_in_one_language(lang, name):
    assert name in prose(opened(task="number", held="amnesia", lang=lang))
