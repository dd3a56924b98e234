"""Lesson `compare` without a browser: numbers against the four readers run apart from it, address, bad input, code."""

import re
from functools import cache, partial
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import seen
import torch
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest
from tasks_by_code import examples, typed
from test_forecast_page import sentences
from test_memory_page import figures, sent
from test_rnn_page import opened as first_lesson
from test_rnn_page import payload as stepper
from test_rnn_page import ran
from test_timing_page import arrived as opened
from test_timing_page import run_of
from timing_by_hand import measured
from visits import address_of

from seqviz.frame import loading
from seqviz.jobs.stopwatch import FITTED, Size
from seqviz.lessons.compare import readers
from seqviz.models import minilm
from seqviz.models.checkpoint import BROKEN, FOLDER, load_card, load_checkpoint
from seqviz.models.induction import load_induction_card
from seqviz.models.lane import some_words
from seqviz.models.minilm import load_word_table
from seqviz.models.reading import encode_words, features_of
from seqviz.tasks.marked_number import encode, one_sequence, parse
from seqviz.traces.refusal import Refusal
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
TASKS = ("en", "es")
TEXTS = {"en": "The soup was not good at all, but I loved it", "es": "La sopa no estuvo nada mal, pero el vino sí"}
FILES = {"RNN": "rnn-even", "GRU": "gru", "LSTM": "lstm", "Transformer": "transformer"}
NUMBER = {reader: f"marked-number-{reader.lower()}" for reader in FILES}
PICTURES = {
    "sentence": ["effect", "path-RNN", "path-Transformer", "wait-RNN", "wait-Transformer"],
    "shipped": ["recall", "answers", "kinds", "induction"],
}

payload = partial(seen.payload, key="lanes")


def lesson(task: str = "en", **address: object) -> AppTest:
    page = opened(**{"task": task, "text": TEXTS[task]} | address)
    assert not page.exception
    assert warned(page) == []
    return page


def warned(page: AppTest) -> list[str]:
    """What is said of a thing that is not as it should be."""
    return seen.said(page)[len(page.info) :]


def anchors(page: AppTest) -> list[str]:
    return [heading.proto.anchor for heading in page.subheader]


def told(page: AppTest, beginning: str) -> str:
    """The one paragraph that begins so."""
    (text,) = [box.value for box in page.markdown if box.value.startswith(beginning)]
    return text


def numbers(text: str) -> list[float]:
    """The numbers in bold."""
    return [float(number) for number in re.findall(r"\*\*(\d+\.\d\d)\*\*", text)]


def table(page: AppTest) -> dict[str, list[str]]:
    """The rows of the table of all, by what stands before them."""
    (text,) = [box.value for box in page.markdown if "(#recall)" in box.value]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()]
    assert rows[0] == [*FILES]
    return {name: cells for name, *cells in rows[2:]}


def shown_in(cells: list[str]) -> list[str]:
    """What stands in cells that are links."""
    return [re.fullmatch(r"\[(.+)\]\(#\w+\)", cell)[1] for cell in cells]


# ---- the readers, apart from the page


def files(task: str) -> dict[str, str]:
    return {reader: f"sentiment-{task}-{file}" for reader, file in FILES.items()}


shipped, english = cache(load_checkpoint), cache(load_word_table)


def inputs_of(task: str, text: str) -> torch.Tensor:
    return typed(text, shipped(files(task)["GRU"]), english() if task == "en" else None).inputs


def verdicts_of(name: str, inputs: torch.Tensor) -> np.ndarray:
    """What a shipped reader says after every step, by its own forward pass."""
    reader, read = shipped(name).reader, inputs.double() if inputs.is_floating_point() else inputs
    with torch.inference_mode():
        return reader(read[None])[0].sigmoid().numpy()


def answers(task: str, text: str) -> dict[str, np.ndarray]:
    """The verdicts of the four after every step."""
    return {reader: verdicts_of(name, inputs_of(task, text)) for reader, name in files(task).items()}


def saliency_of(name: str, inputs: torch.Tensor) -> np.ndarray:
    """(T, T): gradient × input of every logit, one backward pass a step."""
    found = shipped(name)
    x = features_of(found, inputs).clone().requires_grad_()
    logits = found.reader.readout(found.reader.cell(x[None])[0])[0, :, 0]
    gradients = [torch.autograd.grad(logit, x, retain_graph=True)[0] for logit in logits]
    return torch.stack([(gradient * x).sum(dim=1) for gradient in gradients]).detach().numpy()


def recalled(gap: int, number: int) -> tuple[float, dict[str, float]]:
    """The number that was marked last, and what each reader answers."""
    steps = one_sequence(gap, number)
    with torch.no_grad():
        said = {reader: shipped(name).reader(encode(steps).double()[None]) for reader, name in NUMBER.items()}
    found = {reader: answers[0, -1].item() for reader, answers in said.items()}
    return [step.value for step in steps if step.marked][-1], found


# ---- under one cursor


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_the_lanes_show_what_the_four_shipped_readers_say(task, lang):
    shown = payload(lesson(task, lang=lang))
    inputs, past = inputs_of(task, TEXTS[task]), np.tril_indices(len(shown["tokens"]))
    assert shown["tokens"] == re.findall(r"\w+", TEXTS[task])
    assert [cell["kind"] for cell in shown["cells"]] == [*FILES]
    assert shown["words"]["readers"] == catalogue(lang)("Whose verdict to take apart")
    for reader, verdicts in answers(task, TEXTS[task]).items():
        np.testing.assert_allclose(shown[f"{reader}.readouts"], verdicts, rtol=0, atol=1e-12)
        logits = shown[f"{reader}.h"] @ shown[f"{reader}.readout_weight"] + shown[f"{reader}.readout_bias"]
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), verdicts, rtol=0, atol=1e-12)
        saliency = saliency_of(files(task)[reader], inputs)
        assert not np.triu(saliency, 1).any()  # nobody reads ahead
        np.testing.assert_allclose(shown[f"{reader}.saliency"], saliency[past], rtol=0, atol=1e-5)
    transformer = shipped(files(task)["Transformer"])
    with torch.inference_mode():
        looked = transformer.reader.cell(features_of(transformer, inputs)[None])[1][0].numpy()  # (L, H, T, T)
    np.testing.assert_allclose(shown["Transformer.weights"], looked[:, :, *past], rtol=0, atol=1e-6)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_arrival_the_first_example_is_read_and_everything_is_there(lang):
    page = opened(lang=lang)
    assert warned(page) == [] and not page.exception
    assert payload(page)["tokens"] == examples(lang)[0].text.split()
    assert payload(page)["address"] == {"task": lang, "text": examples(lang)[0].text, "of": "compare.0"}
    assert [*figures(page)] == PICTURES["sentence"] + PICTURES["shipped"]
    assert len(figures(page)["effect"]["data"][0]["x"]) == len(examples(lang)[0].text.split())
    assert address_of(page) == {"lang": lang, "task": lang}  # nobody has chosen anything else


@pytest.mark.parametrize("task", TASKS)
def test_an_example_is_a_press_away_and_plays(task):
    page = lesson(task, step=3, at=2, to=3, word="x", **{"from": 2})
    (button,) = (one for one in page.button if one.label == "at first … but in the end")
    button.click().run()
    assert payload(page)["tokens"] == examples(task)[1].text.split()
    assert payload(page)["plays"] == 1
    assert not {"step", "at", "from", "to", "word"} & set(address_of(page))


def test_each_language_keeps_its_own_text():
    page = lesson("en")
    page.button_group(key="task").set_value("es").run()
    assert payload(page)["tokens"] == examples("es")[0].text.split()
    page.button_group(key="task").set_value("en").run()
    assert page.text_input(key="text_box").value == TEXTS["en"]


@pytest.mark.parametrize("reader", FILES)
@pytest.mark.parametrize("task", TASKS)
def test_the_examples_show_what_they_are_named_for(task, reader):
    not_bad, in_the_end, wait, unseen = (
        verdicts_of(files(task)[reader], inputs_of(task, example.text)) for example in examples(task)
    )
    turn = {"en": 4, "es": 5}[task]  # "bad", "mal"
    assert (abs(not_bad[:turn] - 0.5) < 0.2).all() and (not_bad[turn:] > 0.9).all()
    assert in_the_end.min() < 0.2 and in_the_end[-1] > 0.9
    clause = examples(task)[2].text.split(".")[0].count(" ")  # its last word
    assert abs(wait[clause] - 0.5) > 0.35
    is_lost = (task, reader) == ("en", "RNN")
    assert ((wait[-1] > 0.5) != (wait[clause] > 0.5)) == is_lost
    assert abs(wait[-1] - 0.5) > 0.45  # who keeps it is sure to the end
    if task == "en":
        assert unseen[3] < 0.1 and unseen[-1] > 0.9  # "dreadful", "superb"
    else:
        assert abs(unseen[-1] - 0.5) < 0.2


def test_words_never_seen_are_marked():
    assert payload(lesson("en", text=examples("en")[3].text))["status"].count("new") == 2
    assert payload(lesson("es", text=examples("es")[3].text))["status"] == ["known"] * 3 + ["unknown"]


# ---- who still knows


def effects(task: str, text: str, step: int, words: list[str]) -> dict[str, np.ndarray]:
    """How far the verdicts move on average, word by word, one reading after the other."""
    inputs, asked = inputs_of(task, text), shipped(files(task)["GRU"])
    others, _status = encode_words(asked, words, english() if task == "en" else None)
    found = {}
    for reader, name in files(task).items():
        moved = []
        for other in others:
            changed = inputs.clone()
            changed[step] = other
            moved.append(np.abs(verdicts_of(name, changed) - verdicts_of(name, inputs)))
        found[reader] = np.mean(moved, axis=0)
    return found


@pytest.mark.parametrize(
    ("task", "step", "word"), [("en", 1, ""), ("es", 3, ""), ("en", 4, "Never"), ("es", 2, "película")]
)
def test_the_figure_and_the_sentence_say_how_far_the_verdicts_move(task, step, word):
    page = lesson(task, at=step, word=word)
    others = [word.lower()] if word else list(some_words(shipped(files(task)["GRU"]), 40))
    expected = effects(task, TEXTS[task], step - 1, others)
    lines = figures(page)["effect"]["data"]
    assert [line["name"] for line in lines] == [*FILES]
    for line in lines:
        np.testing.assert_allclose(sent(line["y"]), expected[line["name"]], rtol=0, atol=1e-9)
    said = told(page, f"With “{word}” in place of" if word else "With 40 other words in place of")
    assert f"in place of “{TEXTS[task].split()[step - 1]}”" in said
    at_step, at_end = ([float(f"{moved[t]:.2f}") for moved in expected.values()] for t in (step - 1, -1))
    assert numbers(said) == at_step + at_end
    most = max(expected, key=lambda reader: expected[reader][-1])
    knows = f"the **{most}** that still hangs on it most" if expected[most][-1] >= 0.01 else "**nobody** knows any more"
    assert knows in sentences(page)


def test_a_word_in_its_own_place_leaves_no_trace_and_nobody_knows_of_it():
    page = lesson("es", at=2, word="sopa")
    assert numbers(told(page, "With “sopa” in place of “sopa”")) == [0.0] * 8
    assert "**nobody** knows any more" in told(page, "By then")
    assert not [box for box in page.markdown if "still hangs on it" in box.value]


@pytest.mark.parametrize("word", ["two words", "…", "**x** y", "<img src=x> z"])
def test_what_is_not_one_word_is_told_as_typed_and_nothing_is_lost(word):
    page = opened(task="en", text=TEXTS["en"], word=word)
    assert warned(page) == [f"“{word}” is not one word: type one, or nothing for many in turn."]
    assert page.text_input(key="word").value == word and page.text_input(key="text_box").value == TEXTS["en"]
    assert [*figures(page)] == PICTURES["sentence"][1:] + PICTURES["shipped"]
    page.text_input(key="word").set_value("").run()
    assert warned(page) == [] and "effect" in figures(page)


# ---- recall


def test_the_recall_is_that_of_the_cards_every_seed_a_line():
    page = lesson()
    lines = figures(page)["recall"]["data"]
    assert len(lines) == 12
    drawn = sorted(list(sent(line["y"]) if isinstance(line["y"], dict) else line["y"]) for line in lines)
    cards = {reader: load_card(name).scores_of_all_seeds.values() for reader, name in NUMBER.items()}
    assert drawn == sorted(list(scores["r2_by_gap"].values()) for seeds in cards.values() for scores in seeds)
    within, beyond = re.search(
        r"training: (.*?)\. At 80, .*?: (.*?)\. Attention", told(page, "Every seed is a line")
    ).groups()
    for said, gap in ((within, "39"), (beyond, "80")):
        for reader, seeds in cards.items():
            low, high = (f(scores["r2_by_gap"][gap] for scores in seeds) for f in (min, max))
            ends = [f"{end:.2f}".replace("-", "−") for end in (low, high)]
            assert f"{reader} {' … '.join(dict.fromkeys(ends))}" in said.split(", ")


@pytest.mark.parametrize(("gap", "draw"), [(60, 1), (1, 7), (150, 10_000)])
def test_the_live_try_is_what_the_readers_answer_and_lesson_1_opens_on_the_same(gap, draw):
    page = lesson(gap=gap, draw=draw)
    truth, found = recalled(gap, draw)
    drawn = figures(page)["answers"]
    (dots,) = drawn["data"]
    assert dict(zip(dots["y"], dots["x"], strict=True)) == pytest.approx(found)
    assert drawn["layout"]["shapes"][0]["x0"] == truth
    said = told(page, "So far off are they")
    assert numbers(said) == [float(f"{abs(answer - truth):.2f}") for answer in found.values()]
    assert said.endswith(f"**{min(found, key=lambda reader: abs(found[reader] - truth))}**.")
    link = next(one.proto for one in page.get("page_link") if one.proto.label.startswith("Step through this sequence"))
    address = dict(parse_qsl(link.query_string))
    assert link.page == "rnn" and parse(address["text"]) == one_sequence(gap, draw)
    assert stepper(first_lesson(**address))["readouts"][-1] == pytest.approx(found["LSTM"], abs=1e-9)


def test_what_is_shared_with_other_lessons_can_still_be_differentiated():
    loading._checkpoint.clear()
    lesson()
    names = [*NUMBER.values(), *files("en").values()]
    assert not [name for name in names if next(loading._checkpoint(name).reader.parameters()).is_inference()]


def test_another_sequence_moves_on_and_begins_again_after_the_last():
    page = lesson(gap=20)
    for draw in (2, 3):
        next(one for one in page.button if one.label == "Another sequence").click().run()
        assert address_of(page)["draw"] == str(draw)
        assert figures(page)["answers"]["layout"]["shapes"][0]["x0"] == recalled(20, draw)[0]
    page = lesson(draw=10_000)
    next(one for one in page.button if one.label == "Another sequence").click().run()
    assert address_of(page)["draw"] == "1"
    page.number_input(key="gap").set_value(5).run()
    assert address_of(page)["gap"] == "5"


# ---- what the cards say


@pytest.mark.parametrize("task", TASKS)
def test_how_good_they_are_is_what_the_cards_say_of_every_seed(task):
    page = lesson(task)
    chart = figures(page)["kinds"]
    names = [name["text"] for name in chart["layout"]["annotations"]]
    assert len(set(names)) == 10
    for dots in chart["data"]:
        card = load_card(files(task)[dots["name"]])
        by_kind = {name: [] for name in names}
        for name, share in zip(dots["customdata"], dots["x"], strict=True):
            by_kind[name].append(share)
        seeds = card.scores_of_all_seeds.values()
        assert by_kind["all kept out of training"] == [scores["heldout"] for scores in seeds]
        assert by_kind["opinion words never seen"] == [scores["unseen_words"] for scores in seeds]
        assert by_kind["written freely by hand"] == [scores["free"] for scores in seeds]
        assert by_kind["still right 100 words later"] == [scores["held_for"]["100"] for scores in seeds]
        for name, tag in (("negation", "negation"), ("a long gap", "long gap"), ("contrast: “but …”", "contrast")):
            assert by_kind[name] == [scores["heldout_by_tag"][tag] for scores in seeds]
        assert by_kind["negation"][0] == card.scores["heldout_by_tag"]["negation"]  # the larger one is shipped


@pytest.mark.parametrize("task", TASKS)
def test_the_sizes_are_those_of_the_files(task):
    said = told(lesson(task), "Every dot is a seed of three")
    for reader, name in files(task).items():
        weights = load((FOLDER / f"{name}.safetensors").read_bytes())
        count = sum(weight.size for key, weight in weights.items() if key.startswith("cell."))
        assert f"{reader} {count:,}" in said
    card = load_card(files(task)["GRU"])
    assert f"{card.steps:,} batches of {card.batch}, {card.units} units wide" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_copying_is_learned_is_on_the_cards_and_opens_in_another_lesson(lang):
    page, _ = lesson(lang=lang), catalogue(lang)
    one, two = (load_induction_card(name) for name in ("induction-1", "induction-2"))
    lines = figures(page)["induction"]["data"]
    curves = [curve["right"] for card in (one, two) for curve in card.curves.values()]
    assert sorted(line["y"] for line in lines) == sorted(curves)
    links = [link.proto for link in page.get("page_link") if "model=" in link.proto.query_string]
    assert [dict(parse_qsl(link.query_string)) for link in links] == [
        {"lang": lang, "model": name} for name in ("induction-2", "induction-1")
    ]
    assert {link.page for link in links} == {"attention"}
    assert links[0].label == _("Open the one with two layers in “{lesson}”").format(lesson=_("Attention heatmaps"))
    if lang == "en":
        said = told(page, "Two more Transformers")
        assert f"of {two.width} numbers" in said
        assert f"previous-token head is {two.scores['previous'][0][0]:.2f}" in said
        assert f"prefix-matching score {two.scores['prefix'][1][0]:.2f}" in said
        for card, words in ((two, "With two layers {} of a second copy"), (one, "with one {}, whatever the seed")):
            right = [round(100 * scores["right"]) for scores in card.scores_of_all_seeds.values()]
            ends = dict.fromkeys(map(str, (min(right), max(right))))
            assert words.format(f"{'–'.join(ends)} %") in said


# ---- when to use which


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_cell_of_the_table_leads_to_a_place_on_the_page(lang):
    page = lesson(lang=lang)
    rows = table(page)
    assert len(rows) == 10
    for name, cells in rows.items():
        assert "](" not in name
        for cell in cells:
            found = re.findall(r"\]\(#(\w+)\)", cell)
            assert found and set(found) <= set(anchors(page)), cell


@pytest.mark.parametrize("task", TASKS)
def test_the_numbers_of_the_table_are_those_of_the_page(task):
    rows, steps = table(lesson(task)), len(re.findall(r"\w+", TEXTS[task]))
    cards = {reader: load_card(name).scores_of_all_seeds.values() for reader, name in files(task).items()}
    recall = {reader: load_card(name).scores_of_all_seeds.values() for reader, name in NUMBER.items()}
    for i, reader in enumerate(FILES):
        right = {"right on sentences kept out of training": [scores["heldout"] for scores in cards[reader]]}
        right["right over a long gap"] = [scores["heldout_by_tag"]["long gap"] for scores in cards[reader]]
        for name, shares in right.items():
            ends = dict.fromkeys(f"{100 * end:.0f}" for end in (min(shares), max(shares)))
            assert shown_in(rows[name])[i] == "–".join(ends) + " %"
        for gap in ("39", "80"):
            r2 = [scores["r2_by_gap"][gap] for scores in recall[reader]]
            ends = dict.fromkeys(f"{end:.2f}".replace("-", "−") for end in (min(r2), max(r2)))
            assert shown_in(rows[f"recall after {gap} steps, R²"])[i] == " … ".join(ends)
    assert shown_in(rows["way from first to last word"]) == [str(steps - 1)] * 3 + ["1"]
    assert shown_in(rows["must wait for one another"]) == [str(steps)] * 3 + ["2"]
    assert shown_in(rows["numbers to keep for reading on"]) == ["16", "16", "32", f"{2 * 2 * 16 * steps:,}"]


def test_what_is_to_be_measured_says_so_until_it_is():
    grown = ("time grows like", "memory of training grows like")
    rows = table(lesson())
    assert [shown_in(rows[name]) for name in grown] == [["measure it"] * 4] * 2
    found = measured(RNN=lambda length: 0.001 * length**1.1)
    rows = table(opened(runs={"compare": (run_of(found), found.size)}))
    assert [shown_in(rows[name]) for name in grown] == [
        ["$T^{1.10}$", "$T^{1.00}$", "$T^{0.21}$", "$T^{2.00}$"],
        ["$T^{1.00}$", "$T^{1.00}$", "$T^{1.00}$", "$T^{1.57}$"],
    ]
    early = measured(Size(64, 16))
    assert len(early.lengths) < FITTED
    rows = table(opened(runs={"compare": (run_of(early), early.size)}))
    assert shown_in(rows["time grows like"]) == ["measure it"] * 4


# ---- bad input


@pytest.mark.parametrize("text", ["", "   ", " … !? ", "\u200d"])
def test_nothing_to_read_is_said_and_leaves_what_needs_no_sentence(text):
    page = opened(task="en", text=text)
    assert warned(page) == []
    assert payload(page)["nothing"].startswith("There is nothing to read yet")
    assert [*figures(page)] == PICTURES["shipped"]
    assert "way from first to last word" not in table(page)


def test_one_word_alone_has_no_way_but_everything_else():
    page = lesson(text="good")
    assert payload(page)["tokens"] == ["good"]
    assert [*figures(page)] == ["effect", "wait-RNN", "wait-Transformer", *PICTURES["shipped"]]
    assert "One word alone" in sentences(page)
    assert shown_in(table(page)["way from first to last word"]) == ["0"] * 4


def test_three_hundred_words_are_cut_with_a_sentence_and_stay_in_the_box():
    page, text = opened(task="en", text="good"), " ".join(f"word{i}" for i in range(300))
    page.text_input(key="text_box").set_value(text).run()
    assert warned(page) == [] and not page.exception
    assert len([text for text in seen.said(page) if "100 are left out, from “word200” on" in text]) == 1
    assert page.text_input(key="text_box").value == text
    assert len(payload(page)["tokens"]) == 200
    np.testing.assert_allclose(
        payload(page)["Transformer.readouts"], answers("en", text)["Transformer"], rtol=0, atol=1e-9
    )
    assert shown_in(table(page)["numbers to keep for reading on"])[3] == "12,800"


HOSTILE = [
    "<script>alert(1)</script> good", "**x** [a](http://example.com) ![i](http://example.com/i.png) `c` # good",
    r"$\LaTeX$ is $x^2$ good", "كان الفيلم رائعا \u202e good", "emoji 👩‍🍳 😀", "{token} {0} %s ${name} good",
    "z" + "\u0301" * 80 + " good", "http://example.com www.example.com",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_whatever_is_typed_is_shown_as_typed(text):
    page = lesson(text=text, at=1)
    tokens = payload(page)["tokens"]
    assert tokens and all(token in text for token in tokens)
    for box in (*page.markdown, *page.caption):
        assert not re.search(r"(?<!\\)<(img|script|/script)", box.value)
        assert "](http://example" not in box.value and "![" not in box.value
    for line in figures(page)["effect"]["data"]:
        assert not [name for name in line["x"] if "<script" in name]
    page.selectbox(key="at").set_value(len(tokens)).run()
    assert warned(page) == [] and not page.exception


def test_a_word_in_its_place_is_no_markdown():
    page = lesson(word="**x**")
    assert "With “**x**” in place of “The”" in sentences(page)
    assert "**x**" not in "".join(box.value for box in page.markdown)


def test_a_nul_is_refused_in_the_address_and_a_space_in_the_box():
    page = opened(task="en", text="good\0film")
    assert "(text)" in warned(page)[0]
    page.text_input(key="text_box").set_value("good\0film").run()
    assert payload(page)["tokens"] == ["good", "film"]


@pytest.mark.parametrize("value", ["", "abc", "99999", "-3", "nan", "\0", "1e3", "9" * 5000, "<b>x</b>"])
def test_a_broken_address_is_named_in_one_sentence_and_the_usual_is_shown(value):
    keys = ["task", "code", "step", "at", "from", "to", "gap", "draw", "width", "longest", "way", "presenter"]
    found = measured()
    page = opened({"compare": (run_of(found), found.size)}, **dict.fromkeys([*keys, "reader", "shows"], value))
    assert not page.exception
    (warning,) = warned(page)
    assert set(re.search(r"\((.*)\)", warning)[1].split(", ")) == set(keys)
    assert payload(page)["tokens"] == examples("en")[0].text.split()
    assert [*figures(page)][:5] == PICTURES["sentence"]


@pytest.mark.parametrize("value", ["\0", "x" * 61])
def test_a_word_that_cannot_be_is_ignored_with_a_sentence(value):
    page = opened(word=value)
    assert "(word)" in warned(page)[0] and len(warned(page)) == 1
    assert "40 other words" in sentences(page)


# ---- the models' files


@pytest.fixture
def missing(monkeypatch):
    """Takes a model's weights away: `missing("sentiment-en-lstm")`."""
    real = loading._checkpoint
    readers._read_all.clear()

    def take(gone: str) -> None:
        def load(name):
            if name == gone:
                raise Refusal(BROKEN, file=f"{name}.safetensors")
            return real(name)

        monkeypatch.setattr(loading, "_checkpoint", load)

    yield take
    readers._read_all.clear()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reader", FILES)
def test_a_missing_reader_is_told_and_what_needs_none_stays(missing, reader, lang):
    missing(files("en")[reader])
    page = opened(lang=lang, task="en", text=TEXTS["en"])
    assert not page.exception and not page.error
    wanted = catalogue(lang)(
        "The model file “{file}” is missing or damaged, so this reader cannot be shown. The other readers still work. "
        "To repair it, get the project's files again."
    ).format(file=f"{files('en')[reader]}.safetensors")
    assert set(warned(page)) == {wanted}
    shipped_pictures = [picture for picture in PICTURES["shipped"] if picture != "kinds" or reader != "GRU"]
    assert [*figures(page)][-len(shipped_pictures) :] == shipped_pictures
    page.button_group(key="task").set_value("es").run()
    assert warned(page) == [] and payload(page)["tokens"]


@pytest.mark.parametrize("reader", FILES)
def test_a_missing_reader_of_numbers_takes_only_the_live_try_away(missing, reader):
    missing(NUMBER[reader])
    page = opened(task="es", text=TEXTS["es"])
    assert not page.exception and not page.error
    assert len(warned(page)) == 1 and NUMBER[reader] in warned(page)[0]
    assert [*figures(page)] == [*PICTURES["sentence"], "recall", "kinds", "induction"]


def test_missing_cards_leave_the_rest(monkeypatch):
    def without_some(load):
        def card(name):
            if name in ("induction-2", NUMBER["GRU"], files("en")["LSTM"]):
                raise Refusal(BROKEN, file=f"{name}.json")
            return load(name)

        return card

    for name in ("_card", "_induction_card"):
        monkeypatch.setattr(loading, name, without_some(getattr(loading, name)))
    page = opened(task="en", text=TEXTS["en"])
    assert not page.exception and not page.error
    (warning,) = warned(page)
    assert warning.startswith("The cards of the models that copy cannot be read")
    rows = table(page)
    assert shown_in(rows["recall after 80 steps, R²"])[1] == "–" and shown_in(rows["right over a long gap"])[2] == "–"
    assert len(figures(page)["recall"]["data"]) == 9


def test_missing_word_vectors_get_a_sentence_and_the_spanish_readers_still_work(monkeypatch):
    def none():
        raise Refusal(minilm.NOT_INSTALLED)

    monkeypatch.setattr(loading, "load_word_table", none)
    loading._word_table.clear()
    page = opened(task="en", text=TEXTS["en"])
    assert not page.exception and not page.error
    (warning,) = set(warned(page))
    assert "carries MiniLM is not installed" in warning
    page.button_group(key="task").set_value("es").run()
    assert warned(page) == [] and payload(page)["tokens"]


# ---- the words and the programs


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_prose_has_its_sections_and_every_heading_its_language(lang):
    page, _ = lesson(lang=lang), catalogue(lang)
    shown = "\n".join(box.value for box in page.markdown)
    for section in ("idea", "code", "limits"):
        text = prose_of(section, lang)
        assert len(text) > 50 and text.strip().splitlines()[-1] in shown
    for heading in ("Who still knows the first word at the end?", "When to use which"):
        assert _(heading) in [one.value for one in page.subheader]


def prose_of(section: str, lang: str) -> str:
    text = (ROOT / "seqviz" / "lessons" / "compare" / f"{lang}.md").read_text(encoding="utf-8")
    return re.search(rf"\{{#{section}\}}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)[1]


def program(page: AppTest, library: str) -> str:
    page.query_params["code"] = library
    (shown,) = page.run().code
    return shown.value


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_the_torch_program_prints_what_the_page_shows_and_its_layer_by_hand_is_the_reader_s(task, lang):
    page = lesson(task, lang=lang)
    code, shown = program(page, "torch"), payload(page)
    assert "assert torch.allclose(weights, looked[0, 0])" in code
    lines = ran(code).splitlines()
    steps = len(shown["tokens"])
    for i, (reader, name) in enumerate(files(task).items()):
        head, *rows = lines[i * (steps + 1) : (i + 1) * (steps + 1)]
        assert head == name
        saliency = shown[f"{reader}.saliency"][-steps:]
        for t, row in enumerate(rows):
            verdict, slope = shown[f"{reader}.readouts"][t], saliency[t]
            assert row.split() == [str(t + 1), shown["tokens"][t], f"{verdict:.2f}", f"{slope:.2f}"]
    assert len(lines) == 4 * (steps + 1)


@pytest.fixture
def floats():
    """Keras has one setting for all programs of a process."""
    yield
    import keras  # the program has chosen its backend

    keras.config.set_floatx("float32")


@pytest.mark.parametrize("task", TASKS)
def test_the_keras_program_prints_the_verdicts_of_the_transformer(task, floats):
    page = lesson(task)
    lines, shown = ran(program(page, "keras")).splitlines(), payload(page)
    assert [line.split()[-1] for line in lines] == [f"{verdict:.2f}" for verdict in shown["Transformer.readouts"]]


@pytest.mark.parametrize("text", [*HOSTILE[:3], "it's \"quoted\" \\n'''", "'); raise SystemExit(3) #"], ids=ascii)
def test_the_program_of_any_text_runs(text):
    page = lesson("es", text=text)
    lines = ran(program(page, "torch")).splitlines()
    assert len(lines) == 4 * (len(payload(page)["tokens"]) + 1)
