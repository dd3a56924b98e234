"""Lesson `attention` with the two tiny Transformers that copy, or cannot, and what a decoder says comes next."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
import transformers_zoo as zoo
from numpy.testing import assert_allclose
from seen import said
from test_attention_page import (
    CAT,
    HOSTILE,
    everything,
    figures,
    gaze,
    headings,
    heads,
    keys,
    lesson,
    offered,
    opened,
    picture,
    prose,
    rounds_to,
)  # fmt: skip
from test_memory_page import sent
from visits import address_of

from seqviz.frame import loading
from seqviz.models import induction
from seqviz.models.checkpoint import FOLDER
from seqviz.models.induction import NAMES
from seqviz.words import LANGUAGES, catalogue

NAME = "harry potter met harry p"


@pytest.fixture(autouse=True)
def folders(monkeypatch):
    """AppTest has no address, so who sits at it is told what may be opened."""
    monkeypatch.setenv("SEQVIZ_MODELS", "folders")


@pytest.fixture(scope="module")
def plainly():
    """The shipped folders as transformers opens them, and what one pass over a text gives."""

    def run(name, text):
        path = FOLDER / name
        model = transformers.AutoModelForCausalLM.from_pretrained(path, attn_implementation="eager").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(path)
        with torch.no_grad():
            out = model(**tokenizer(text, return_tensors="pt"), output_attentions=True)
        return torch.cat(out.attentions).numpy(), out.logits[0].double(), tokenizer

    return run


def bars(page) -> tuple[list[str], np.ndarray]:
    """The names of the next tokens, most likely first, and their probabilities."""
    data = figures(page)["expected"]["data"][0]
    return data["y"], sent(data["x"])


# ---- on arrival


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_two_layers_open_on_an_example_that_their_second_head_copies(plainly, lang):
    page = lesson(lang=lang, model="induction-2")
    weights, logits, _tokenizer = plainly("induction-2", NAME)
    shown = gaze(page)
    assert "".join(shown["tokens"]).replace("␣", " ") == NAME
    assert heads(page)["chosen"] == [1, 0] and shown["rest_at"] == len(NAME) - 1
    assert_allclose(shown["weights"], weights[1, 0], atol=1e-6)
    row = shown["weights"][-1]
    assert row.argmax() == NAME.index("o") and row.max() > 0.9
    names, shares = bars(page)
    assert names[0] == "1 · o"
    assert shares[0] == pytest.approx(logits[-1].softmax(dim=0).max().item(), abs=1e-5) and shares[0] > 0.9
    assert catalogue(lang)("What comes next?") in headings(page)
    assert sorted(address_of(page)) == ["lang", "model"]


def test_a_model_that_is_chosen_brings_its_own_example_and_gives_it_back(plainly):
    page = lesson(layer=4, head=2, query=3)
    for code, text, chosen in (("induction-2", NAME, [1, 0]), ("induction-1", NAME, [0, 0]), ("minilm", CAT, [3, 1])):
        page.button_group(key="model").set_value(code).run()
        assert said(page) == []
        assert page.text_input(key="text_box").value == text
        assert heads(page)["chosen"] == chosen
        assert set(address_of(page)) == {"lang", "model"}


@pytest.mark.parametrize(
    ("text", "source", "stays"),
    [
        ("My own words.", "induction-2", True),
        (NAME, "induction-1", True),
        (NAME, "minilm", False),
        (NAME, "folder", False),
    ],
)
def test_what_was_typed_stays_and_an_example_of_another_model_goes(text, source, stays):
    page = lesson(model="minilm" if text != NAME else "induction-2", text=text)
    page.button_group(key="model").set_value(source).run()
    assert page.text_input(key="text_box").value == (text if stays else CAT)


POINTS = {
    "induction-2": {
        "a name, once more": (2, "p", lambda w, top: w[7] > 0.9 and top == "o"),
        "a row without sense, twice": (2, "q", lambda w, top: w[7] > 0.9 and top == "m"),
        "a Spanish title": (2, "i", lambda w, top: w[9] > 0.8 and top == "j"),
        "the helper in layer 1": (1, "a", lambda w, top: w[4] > 0.6),
        "where it has to guess": (2, "ñ", lambda w, top: w[6] > 0.3 and w[16] > 0.3 and top in "ao"),
        "nothing to copy": (2, "j", lambda w, top: top != "k"),
    },
    "induction-1": {
        "a name, not copied": (1, "p", lambda w, top: w.max() < 0.3 and top != "o"),
        "a row without sense, not copied": (1, "q", lambda w, top: w.max() < 0.3 and top != "m"),
    },
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("model", "name"), [(model, name) for model in POINTS for name in POINTS[model]])
def test_every_example_shows_what_its_name_says(plainly, lang, model, name):
    layer, token, holds = POINTS[model][name]
    page = lesson(lang=lang, model=model, text="something else", query=2, key=2, masked=2)
    (button,) = (button for button in page.button if button.label == catalogue(lang)(name))
    button.click().run()
    assert said(page) == []
    shown = gaze(page)
    assert (address_of(page)["layer"], address_of(page)["head"]) == (str(layer), "1")
    assert not {"query", "key", "masked"} & set(address_of(page))
    rests = shown["rest_at"]
    assert shown["tokens"][rests] == token
    weights, logits, tokenizer = plainly(model, page.text_input(key="text_box").value)
    assert_allclose(shown["weights"], weights[layer - 1, 0], atol=1e-6)
    assert holds(shown["weights"][rests], tokenizer.decode([int(logits[rests].argmax())]))


def test_what_the_page_says_of_the_model_stands_on_its_card():
    card = loading.induction_card("induction-2")
    assert card is not None
    told = prose(lesson(model="induction-2"))
    assert "induction-2 reads: decoder, 11,616 parameters" in told
    assert f"it knows {100 * card.scores['right']:.1f} % of the second copy" in told
    assert f"prefix-matching score of {card.scores['prefix'][1][0]:.2f}" in told
    assert "The only head" in headings(lesson(model="induction-1"))


def test_the_embedded_model_is_not_loaded_for_a_tiny_one(monkeypatch):
    monkeypatch.setattr(loading, "minilm", lambda: pytest.fail("loaded"))
    lesson(model="induction-2", code="torch")


def test_each_of_the_two_is_offered_whatever_the_server_opens(monkeypatch):
    monkeypatch.setenv("SEQVIZ_MODELS", "embedded")
    page = lesson()
    assert page.button_group(key="model").options == [
        "MiniLM (embedded)", "induction, two layers", "induction, one layer",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_damaged_model_is_told_and_the_others_stay(monkeypatch, tmp_path, lang):
    monkeypatch.setattr(induction, "load_induction_card", lambda *_: SimpleNamespace(sha256="0"))
    loading._induction.clear()
    page = opened(lang=lang, model="induction-2", text="do not lose me")
    assert not page.exception and not page.error
    (sentence,) = said(page)
    assert "induction-2/model.safetensors" in sentence
    assert page.text_input(key="text_box").value == "do not lose me"
    page.button_group(key="model").set_value("minilm").run()
    assert said(page) == []
    monkeypatch.undo()
    loading._induction.clear()


# ---- which head copies


def prefix_scores(weights: np.ndarray, text: str) -> np.ndarray:
    """(L, H): what each head gives to what came right after the same letter before, letter by letter."""
    found = []
    for t, letter in enumerate(text):
        after = [k + 1 for k in range(t - 1) if text[k] == letter]
        if after:
            found.append(weights[:, :, t, after].sum(axis=-1))
    return np.mean(found, axis=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_head_that_copies_is_recommended_by_its_prefix_matching_score(plainly, name):
    text = "z4kñ!7qm2 z4kñ!7qm2"
    page = lesson(model=name, text=text)
    assert page.selectbox(key="score").value == "prefix"
    scores = prefix_scores(plainly(name, text)[0], text)
    found = offered(page)
    assert [head for head, _shown in found] == [(int(layer), 0) for layer in np.argsort(-scores[:, 0])]
    assert all(rounds_to(scores[head], shown) for head, shown in found)
    assert (scores.max() > 0.8) == (name == "induction-2")


def test_who_looks_both_ways_and_a_text_without_repeats_have_no_such_score():
    label = "looks at what came after it before"
    assert label in lesson(model="induction-2").selectbox(key="score").options
    assert label not in lesson(model="induction-2", text="abcdefghij").selectbox(key="score").options
    assert label not in lesson().selectbox(key="score").options


# ---- what comes next


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The path of a tiny GPT-2, with its head or without."""
    root = tmp_path_factory.mktemp("models")
    for name, model in (("whole", zoo.model("gpt2")), ("headless", zoo.model("gpt2").transformer)):
        model.save_pretrained(root / name)
        zoo.tokenizer("gpt2").save_pretrained(root / name)
    return root


@pytest.mark.parametrize("temperature", [0.1, 1, 2.5])
@pytest.mark.parametrize("query", [1, 6, 24])
def test_the_bars_are_the_model_s_probabilities_at_this_temperature(plainly, query, temperature):
    page = lesson(model="induction-2", query=query, temperature=temperature)
    _weights, logits, tokenizer = plainly("induction-2", NAME)
    shares = (logits[query - 1] / temperature).softmax(dim=0)
    order = shares.argsort(descending=True, stable=True)
    names, found = bars(page)
    actual = tokenizer.convert_tokens_to_ids(NAME[query]) if query < len(NAME) else None
    place = None if actual is None else order.tolist().index(actual)
    shown = [*range(8), *([place] if place is not None and place >= 8 else [])]
    written = [tokenizer.decode([int(order[one])]).replace(" ", "␣") for one in shown]
    assert names == [f"{one + 1} · {token}" for one, token in zip(shown, written, strict=True)]
    assert_allclose(found, shares[order[shown]], atol=1e-5)
    own = logits[query - 1].softmax(dim=0)[order[shown]]
    assert_allclose([mark["x0"] for mark in figures(page)["expected"]["layout"]["shapes"]], own, atol=1e-5)
    bits = -(shares * shares.clamp_min(1e-300).log2()).sum().item()
    assert float(re.search(r"entropy is \*\*(\S+) bits", prose(page))[1]) == pytest.approx(bits, abs=0.0051)
    if place is None:
        assert "nothing more is read" in prose(page)
    else:
        assert f"came “{NAME[query].replace(' ', '␣')}”" in prose(page)
        assert f"of 48 tokens, number {place + 1} by" in prose(page)


def test_the_temperature_stands_in_the_address_and_changes_nothing_else():
    page = lesson(model="induction-2")
    usual = everything(page)
    page.slider(key="temperature").set_value(2.0).run()
    assert address_of(page)["temperature"] == "2.0"
    changed = everything(lesson(**{key: address_of(page)[key] for key in address_of(page)}))
    assert changed == everything(page)
    assert changed["gaze"] == usual["gaze"] and changed["drawn"].pop("expected") != usual["drawn"].pop("expected")
    assert changed["drawn"] == usual["drawn"]


@pytest.mark.parametrize("temperature", ["0", "0.05", "3.1", "nan", "warm"])
def test_a_temperature_that_cannot_be_is_ignored_with_a_sentence(temperature):
    page = opened(model="induction-2", temperature=temperature)
    (warning,) = page.warning
    assert "temperature" in warning.value
    assert page.slider(key="temperature").value == 1


def test_any_decoder_says_what_comes_next_and_an_encoder_does_not(folder):
    page = opened(model="folder", folder=folder / "whole", text=CAT, query=3)
    assert said(page) == []
    with torch.no_grad():
        ids = zoo.tokenizer("gpt2")(CAT, return_tensors="pt")["input_ids"]
        shares = zoo.model("gpt2")(ids).logits[0, 2].double().softmax(dim=0)
    assert_allclose(bars(page)[1][:8], shares.sort(descending=True).values[:8], atol=1e-5)
    encoder = lesson()
    assert "expected" not in figures(encoder) and "What comes next?" not in headings(encoder)
    assert "temperature" not in {slider.key for slider in encoder.slider}


def test_in_words_it_is_what_comes_after_the_last_piece(folder):
    text = "unbelievable street"
    pieces = gaze(opened(model="folder", folder=folder / "whole", text=text))["queries"]["words"]
    last = pieces.count(0)  # counted from 1, the last piece of the first word
    assert last > 1
    of_word = opened(model="folder", folder=folder / "whole", text=text, words=1, query=1)
    of_piece = opened(model="folder", folder=folder / "whole", text=text, query=last)
    assert bars(of_word)[0] == bars(of_piece)[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_decoder_without_its_head_says_so_and_the_rest_stays(folder, lang):
    page = opened(lang=lang, model="folder", folder=folder / "headless", text=CAT)
    assert not page.exception and not page.error
    sentence = catalogue(lang)(
        "This model was saved without the part that predicts the next token, so there is nothing to show."
    )
    assert sentence in said(page)
    assert {"map", "weights", "beside"} <= set(figures(page))


# ---- bad input


@pytest.mark.parametrize("text", [HOSTILE, "👩‍🍳 cafe\u0301 漢字 \u202e", "a", "[UNK] [CLS]", "$x$ **b**"], ids=ascii)
def test_whatever_is_typed_is_shown_in_its_own_characters(text):
    page = opened(model="induction-2", text=text)
    assert not page.exception and not page.error
    at = 0
    for token in gaze(page)["tokens"]:  # a character of the text, one after the other
        found = text.find({"␣": " ", r"\u200d": "\u200d", r"\u202e": "\u202e"}.get(token, token), at)
        assert found >= at, (token, text[at:])
        at = found
    assert_allclose(picture(page).sum(axis=1), 1, atol=1e-5)
    for box in (*page.markdown, *page.caption):
        assert not re.search(r"(?<!\\)<(img|script|/script)", box.value)
        assert "](http://example" not in box.value
    assert not [name for name in bars(page)[0] if "<" in name]


def test_more_than_it_was_trained_on_is_not_read():
    page = opened(model="induction-2", text="abc " * 50, query=96)
    (sentence,) = said(page)
    assert "96 tokens are read" in sentence
    assert len(gaze(page)["tokens"]) == 96
    assert "nothing more is read" in prose(page)


def test_every_control_of_the_lesson_works_on_a_model_this_small():
    page = lesson(model="induction-1", words=1, lens="rollout", silent="1.1", masked=3, view="model", score="ablation")
    assert {"before", "after", "expected"} <= set(figures(page))
    assert "words" in keys(page)
