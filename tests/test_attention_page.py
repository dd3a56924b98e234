"""Lesson `attention` without a browser: numbers against the model run apart from seqviz, address, bad input."""

import base64
import contextlib
import copy
import io
import json
import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import seen
import torch
import transformers
import transformers_zoo as zoo
from numpy.testing import assert_allclose, assert_array_equal
from seen import said
from streamlit.testing.v1 import AppTest
from test_memory_page import ROOT, figures, sent
from visits import address_of

from seqviz.frame import loading
from seqviz.models import minilm
from seqviz.traces.tokens import readable
from seqviz.words import LANGUAGES, catalogue

CAT = "The cat did not cross the street because it was too tired."
COMMA = ("While Anna dressed the baby spit up on the bed.", "While Anna dressed, the baby spit up on the bed.")
PIECES = "El gato no cruzó la calle."  # in pieces: El ga·to no cruz·ó la call·e .
HOSTILE = "<img src=x onerror=alert(1)> </script><script>alert(1)</script> ![i](http://example.com/i.png) $x$ **b**"


@pytest.fixture(autouse=True)
def folders(monkeypatch):
    """AppTest has no address, so who sits at it is told what may be opened."""
    monkeypatch.setenv("SEQVIZ_MODELS", "folders")


def opened(**address: object) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/attention.py")
    for key, value in ({"lang": "en"} | address).items():
        page.query_params[key] = str(value)
    return page.run()


def lesson(**address: object) -> AppTest:
    page = opened(**address)
    assert not page.exception
    assert said(page) == []
    return page


gaze, heads = (partial(seen.payload, key=key) for key in ("gaze", "heads"))


def picture(page: AppTest, key: str = "map") -> np.ndarray:
    """The numbers of a heatmap."""
    return sent(figures(page)[key]["data"][0]["z"])


def prose(page: AppTest) -> str:
    text = "\n".join(box.value for kind in (page.markdown, page.caption) for box in kind)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)  # without Markdown's backslashes


def headings(page: AppTest) -> list[str]:
    return [box.value for box in page.subheader]


def frames(page: AppTest) -> list[str]:
    """The documents inside the page: BertViz's."""
    return [frame.proto.srcdoc for frame in page.get("iframe")]


def drawing(page: AppTest) -> str:
    """The drawing of the block, as SVG."""
    (image,) = (one for images in page.get("image") for one in images.proto.imgs)
    return base64.b64decode(image.url.partition("base64,")[2]).decode()


def offered(page: AppTest) -> list[tuple[tuple[int, int], str]]:
    """The heads that are recommended, as layer and head from 0, and the score that their buttons bear."""
    labels = [button.label for button in page.button if (button.key or "").startswith("best-")]
    found = [re.fullmatch(r"layer (\d+), head (\d+): (\S+)", label).groups() for label in labels]
    return [((int(layer) - 1, int(head) - 1), score) for layer, head, score in found]


def rounds_to(number: float, shown: str) -> bool:
    """Whether a number is what is shown, at the digits that are shown."""
    return abs(number - float(shown)) <= 0.5 * 10.0 ** -len(shown.partition(".")[2]) + 1e-6


# ---- the same model, run apart from seqviz


@pytest.fixture(scope="module")
def bert():
    """MiniLM as transformers loads it, with transformers' own attention, and its tokenizer."""
    path = minilm.folder()
    model = transformers.AutoModel.from_pretrained(path, attn_implementation="eager").eval()
    return model, transformers.AutoTokenizer.from_pretrained(path)


def run(bert, text, pair=None, masked=(), silenced=(), grad=False):
    """One pass: weights (L, H, T, T), hidden states (L+1, T, D), and the sentence's vector of length 1.

    A masked token is left out by the attention mask; a head is silenced at the input of its output projection.
    """
    model, tokenizer = bert
    inputs = tokenizer(text, pair, return_tensors="pt")
    inputs["attention_mask"][0, list(masked)] = 0
    hooks = []
    for layer, head in silenced:

        def silence(_module, arguments, head=head):
            (mixed,) = arguments
            mixed = mixed.clone()
            mixed[..., 32 * head : 32 * (head + 1)] = 0
            return (mixed,)

        hooks.append(model.encoder.layer[layer].attention.output.dense.register_forward_pre_hook(silence))
    with torch.set_grad_enabled(grad):
        out = model(**inputs, output_attentions=True, output_hidden_states=True)
    for hook in hooks:
        hook.remove()
    mean = out.last_hidden_state[0, inputs["attention_mask"][0] == 1].mean(dim=0)
    if grad:
        for attention in out.attentions:
            attention.retain_grad()
        mean.norm().backward()
        gradients = torch.cat([attention * attention.grad for attention in out.attentions]).detach().numpy()
        return SimpleNamespace(gradients=gradients)
    return SimpleNamespace(
        weights=torch.cat(out.attentions).numpy(), hidden=torch.cat(out.hidden_states).numpy(),
        vector=torch.nn.functional.normalize(mean, dim=0).numpy(),
    )  # fmt: skip


def arriving(bert, pass_, layer: int) -> np.ndarray:
    """The length of weight × value × output projection, (H, T, T), vector by vector in float64."""
    attention = bert[0].encoder.layer[layer].attention
    x = torch.tensor(pass_.hidden[layer]).double()
    values = torch.nn.functional.linear(x, attention.self.value.weight.double(), attention.self.value.bias.double())
    out = attention.output.dense.weight.double()  # (D, H·d)
    found = np.empty(pass_.weights.shape[1:])
    for head in range(len(found)):
        part = slice(32 * head, 32 * (head + 1))
        vectors = (values[:, part] @ out[:, part].T).detach().numpy()  # (T, D)
        weighted = pass_.weights[layer, head][:, :, None].astype(float) * vectors
        found[head] = np.linalg.norm(weighted, axis=2)
    return found


def in_shares(matrix: np.ndarray) -> np.ndarray:
    return matrix / matrix.sum(axis=-1, keepdims=True)


# ---- arrival and examples


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_arrival_the_cat_sentence_shows_its_head(bert, lang):
    _ = catalogue(lang)
    page = lesson(lang=lang)
    expected = run(bert, CAT).weights
    shown = gaze(page)
    assert shown["tokens"] == ["[CLS]", *CAT.removesuffix(".").split(), ".", "[SEP]"]
    query, key = shown["rest_at"], shown["tokens"].index("cat")
    assert shown["tokens"][query] == "it"
    assert heads(page)["chosen"] == [3, 1]
    assert _("Layer {layer}, head {head}").format(layer=4, head=2) in headings(page)
    assert_allclose(shown["weights"], expected[3, 1], atol=1e-6)
    assert_allclose(picture(page), expected[3, 1], atol=1e-6)
    assert round(float(shown["weights"][query, key]), 2) == 0.76
    assert shown["weights"][query].argmax() == key
    (note,) = figures(page)["map"]["layout"]["annotations"]
    assert (note["text"], note["y"], note["x"]) == ("<b>0.76</b>", query, key)
    assert_allclose((heads(page)["cells"] / 255) ** 2, expected, atol=0.005)


def test_on_arrival_every_part_of_the_lesson_is_there():
    page = lesson()
    assert [*figures(page)] == ["map", "weights", "beside"]
    assert headings(page) == [
        "All 72 heads", "Layer 4, head 2", "Is that what counts?", "What if …", "Around the attention: layer 4",
        "The same in BertViz",
    ]  # fmt: skip
    assert "Jain & Wallace (2019)" in prose(page) and "Wiegreffe & Pinter (2019)" in prose(page)
    assert frames(page) == []
    assert len(offered(page)) == 6
    assert list(address_of(page)) == ["lang"]  # nobody has chosen anything


def looks(shown, query: str, key: str, nth: int = 0) -> float:
    """The weight that a token gives another, of several that are written alike the nth of each."""
    places = [[i for i, token in enumerate(shown["tokens"]) if token == text][nth] for text in (query, key)]
    return float(shown["weights"][places[0], places[1]])


def before(shown) -> float:
    """The weight of the token before, on average over what was typed."""
    return float(np.diagonal(shown["weights"], -1)[:-1].mean())


POINTS = {
    "who is “it”?": (4, 2, "it", lambda s: looks(s, "it", "cat") > 0.7),
    "the word before": (1, 3, "red", lambda s: before(s) > 0.95 and looks(s, "red", "small") > 0.95),
    "a place to rest": (5, 6, "cooked", lambda s: s["weights"][:, 0].mean() > 0.8),
    "one comma more": (
        3, 1, "baby", lambda s: looks(s, "baby", "dressed") >= 0.35 and looks(s, "baby", "dressed", 1) <= 0.15,
    ),
    "a Spanish sentence, in pieces": (1, 3, "ado", lambda s: before(s) > 0.95 and len(s["tokens"]) == 20),
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", POINTS)
def test_every_example_shows_what_its_name_says(bert, lang, name):
    layer, head, token, holds = POINTS[name]
    page = lesson(lang=lang, text="Something else.", words=1, query=2, key=2, masked=1)
    (button,) = (button for button in page.button if button.label == catalogue(lang)(name))
    button.click().run()
    assert said(page) == []
    shown = gaze(page)
    assert (address_of(page)["layer"], address_of(page)["head"]) == (str(layer), str(head))
    assert not {"query", "key", "masked", "words"} & set(address_of(page))
    assert shown["tokens"][shown["rest_at"]] == token
    assert holds(shown)
    boxes = [box.value for box in page.text_input]
    assert_allclose(shown["weights"], run(bert, *boxes).weights[layer - 1, head - 1], atol=1e-6)
    assert_allclose(picture(page), shown["weights"], atol=1e-6)
    of = {"text": boxes[0]} | ({"mode": "pair", "pair": boxes[1]} if boxes[1:] else {})
    assert shown["address"] == of | {"of": "attention.1"}  # what the cursor stood in before is gone
    assert shown["plays"] == 1  # it plays, also where the same text is there already


def test_where_a_head_rests_little_arrives():
    page = lesson(text="Yesterday my sister cooked rice with vegetables for her friends.", layer=5, head=6)
    taken, arrives = (picture(page, key)[:, 0].mean() for key in ("weights", "beside"))
    assert taken > 0.8
    assert arrives < 0.25


# ---- what is drawn


def test_each_half_of_a_pair_has_its_own_line_and_both_are_in_the_picture(bert):
    page = lesson(mode="pair", text=COMMA[0], pair=COMMA[1], layer=2, head=12)
    shown = gaze(page)
    assert shown["queries"]["segments"] == [0] * 13 + [1] * 13
    assert_allclose(picture(page), run(bert, *COMMA).weights[1, 11], atol=1e-6)


@pytest.mark.parametrize(("layer", "head", "query", "key"), [(1, 1, 1, 1), (6, 12, 15, 3), (3, 7, 10, 14)])
def test_the_address_says_which_head_and_which_cell(bert, layer, head, query, key):
    page = lesson(layer=layer, head=head, query=query, key=key)
    weights = run(bert, CAT).weights[layer - 1, head - 1]
    assert f"Layer {layer}, head {head}" in headings(page)
    assert_allclose(gaze(page)["weights"], weights, atol=1e-6)
    layout = figures(page)["map"]["layout"]
    (frame,), (note,) = layout["shapes"], layout["annotations"]
    assert (frame["y0"], frame["y1"]) == (query - 1.5, query - 0.5)
    assert (note["y"], note["x"], note["text"]) == (query - 1, key - 1, f"<b>{weights[query - 1, key - 1]:.2f}</b>")
    assert f"the vector of “{gaze(page)['tokens'][query - 1]}”" in prose(page)


def words_of(tokens: list[str]) -> np.ndarray:
    """(words, pieces) of PIECES: which pieces are whose, written down by hand."""
    assert tokens == ["[CLS]", "El", "ga", "to", "no", "cruz", "ó", "la", "call", "e", ".", "[SEP]"]
    numbers = [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]
    return np.equal.outer(range(9), numbers).astype(float)


def test_pieces_are_joined_into_words_whose_rows_still_add_up_to_one(bert):
    pieces = gaze(lesson(text=PIECES, layer=4, head=2))
    page = lesson(text=PIECES, layer=4, head=2, words=1)
    belongs, weights = words_of(pieces["tokens"]), run(bert, PIECES).weights
    expected = (belongs / belongs.sum(axis=1, keepdims=True)) @ weights @ belongs.T
    assert_allclose(picture(page), expected[3, 1], atol=1e-6)
    assert_allclose(picture(page).sum(axis=1), 1, atol=1e-6)
    shown = gaze(page)
    assert shown["tokens"] == ["[CLS]", "El", "gato", "no", "cruzó", "la", "calle", ".", "[SEP]"]
    assert_allclose(shown["weights"], expected[3, 1], atol=1e-6)
    assert "q" not in shown and shown["why_not"]  # the model has q, k and v of pieces alone
    assert_allclose((heads(page)["cells"] / 255) ** 2, expected, atol=0.005)
    assert_allclose(picture(page, "weights"), expected[3, 1], atol=1e-6)
    lengths = in_shares(arriving(bert, run(bert, PIECES), 3))[1]
    joined = (belongs / belongs.sum(axis=1, keepdims=True)) @ lengths @ belongs.T
    assert_allclose(picture(page, "beside"), joined, atol=1e-6)


def test_the_block_of_a_word_is_that_of_its_first_piece():
    of_word = drawing(lesson(text=PIECES, words=1, query=5))  # cruzó
    assert of_word == drawing(lesson(text=PIECES, query=6))  # cruz
    assert of_word != drawing(lesson(text=PIECES, query=7))  # ó


def test_there_is_nothing_to_join_where_every_word_is_one_piece():
    assert "words" in [toggle.key for toggle in lesson(text=PIECES).toggle]
    assert "words" not in [toggle.key for toggle in lesson().toggle]


@pytest.mark.parametrize("words", [0, 1])
def test_what_is_hidden_has_a_column_of_its_own(bert, words):
    page = lesson(text=PIECES, layer=4, head=2, hide=1, words=words)
    weights = run(bert, PIECES).weights[3, 1]
    if words:
        belongs = words_of(gaze(lesson(text=PIECES))["tokens"])
        weights = (belongs / belongs.sum(axis=1, keepdims=True)) @ weights @ belongs.T
    z = picture(page)
    assert_allclose(z[:, :-2], weights[1:-1, 1:-1], atol=1e-6)  # not a bit is renormalised
    assert np.isnan(z[:, -2]).all()
    assert_allclose(z[:, -1], weights[1:-1, 0] + weights[1:-1, -1], atol=1e-6)
    axis = figures(page)["map"]["layout"]["xaxis"]["ticktext"]
    assert (axis[0], axis[-1]) == ("El", "hidden")
    shown = gaze(page)
    assert_allclose(shown["weights"], weights, atol=1e-6)  # the browser has all, and says the share that is hidden
    assert shown["keys"]["hidden"] == shown["queries"]["hidden"] == [True, *[False] * (len(weights) - 2), True]
    assert heads(page)["cells"].shape[2:] == (len(weights) - 2,) * 2
    assert picture(page, "weights").shape == picture(page, "beside").shape == (len(weights) - 2, len(weights))
    assert_allclose(np.nansum(picture(page, "weights"), axis=1), 1, atol=1e-5)  # with what is hidden


def test_a_cursor_on_something_hidden_marks_nothing():
    layout = figures(lesson(hide=1, query=1, key=3))["map"]["layout"]
    assert layout["shapes"] == layout["annotations"] == []
    layout = figures(lesson(hide=1, query=10, key=3))["map"]["layout"]
    assert (layout["annotations"][0]["y"], layout["annotations"][0]["x"]) == (8, 1)


# ---- which head


def typed_scores(weights: np.ndarray) -> dict[str, np.ndarray]:
    """The named scores of the cat sentence, (L, H), for the 13 typed tokens, summed up one by one."""
    typed = range(1, 14)
    the = {1: 6, 6: 1}  # The … the
    entropies = [-(weights[:, :, t] * np.log2(weights[:, :, t])).sum(axis=-1) for t in typed]
    return {
        "previous": np.mean([weights[:, :, t, t - 1] for t in typed], axis=0),
        "next": np.mean([weights[:, :, t, t + 1] for t in typed], axis=0),
        "self": np.mean([weights[:, :, t, t] for t in typed], axis=0),
        "first": np.mean([weights[:, :, t, 0] for t in typed], axis=0),
        "separator": np.mean([weights[:, :, t, 14] for t in typed], axis=0),
        "same word": np.mean([weights[:, :, t, other] for t, other in the.items()], axis=0),
        "narrow": -np.mean(entropies, axis=0),
        "wide": np.mean(entropies, axis=0),
    }


POINTED = ("previous", "next", "self", "first", "separator", "same word")


@pytest.mark.parametrize("score", [*POINTED, "narrow", "wide"])
def test_heads_are_recommended_by_what_they_do(bert, score):
    page = lesson(score=score)
    scores = typed_scores(run(bert, CAT).weights)[score]
    best = [np.unravel_index(i, scores.shape) for i in np.argsort(-scores, axis=None)[:6]]
    assert [head for head, _shown in offered(page)] == best
    assert all(rounds_to(abs(scores[head]), shown) for head, shown in offered(page))


def test_silencing_each_head_alone_ranks_them(bert):
    page = lesson(score="ablation")
    usual = run(bert, CAT).vector
    moved = np.array([[1 - run(bert, CAT, silenced=[(n, h)]).vector @ usual for h in range(12)] for n in range(6)])
    best = [np.unravel_index(i, moved.shape) for i in np.argsort(-moved, axis=None)[:6]]
    assert [head for head, _shown in offered(page)] == best
    assert all(rounds_to(moved[head], shown) for head, shown in offered(page))


def test_every_score_is_said_in_a_sentence_of_its_own_in_both_languages():
    names = [*POINTED, "narrow", "wide", "ablation"]
    captions = {name: {box.value for box in lesson(score=name).caption} for name in names}
    own = {name: captions[name] - set.intersection(*captions.values()) for name in names}
    assert [len(sentences) for sentences in own.values()] == [1] * 9
    assert len(set.union(*own.values())) == 8  # narrow and wide are two ends of one
    for name, (sentence,) in own.items():
        translated = catalogue("es")(sentence)
        assert translated in [box.value for box in lesson(lang="es", score=name).caption]
        assert translated != sentence


def test_a_recommended_head_is_a_press_away():
    page = lesson(query=5, key=3)
    page.button(key="best-1-9").click().run()
    assert "Layer 2, head 10" in headings(page)
    assert {name: address_of(page)[name] for name in ("layer", "head", "query", "key")} == {
        "layer": "2", "head": "10", "query": "5", "key": "3",
    }  # fmt: skip


def test_what_is_said_of_every_head_under_the_pointer(bert):
    page = lesson()
    scores = typed_scores(run(bert, CAT).weights)
    shown = heads(page)
    assert shown["captions"] == ["entropy {value:.1f} bits", "to the first token {value:.2f}"]
    assert_allclose(shown["scores"], [scores["wide"], scores["first"]], atol=1e-5)


# ---- beside the weights


@pytest.mark.parametrize(("layer", "head", "text", "pair"), [(4, 2, CAT, None), (1, 12, *COMMA), (6, 5, PIECES, None)])
def test_value_weighted_attention_is_the_length_of_what_arrives(bert, layer, head, text, pair):
    address = {"text": text} | ({"mode": "pair", "pair": pair} if pair else {})
    page = lesson(layer=layer, head=head, **address)
    pass_ = run(bert, text, pair)
    every = [in_shares(arriving(bert, pass_, n)) for n in range(6)]
    assert_allclose(picture(page, "weights"), pass_.weights[layer - 1, head - 1], atol=1e-6)
    assert_allclose(picture(page, "beside"), every[layer - 1][head - 1], atol=1e-6)
    taken, arrives = pass_.weights[..., 0].mean(), np.mean([one[..., 0].mean() for one in every])
    assert f"“[CLS]” gets **{100 * taken:.0f} %** of the weights" in prose(page)
    assert f"makes up **{100 * arrives:.0f} %** of what arrives" in prose(page)


@pytest.mark.parametrize("layer", [1, 5])
def test_rollout_multiplies_the_layers_up_to_this_one(bert, layer):
    reached = np.eye(15)
    for weights in run(bert, CAT).weights[:layer].astype(float):
        reached = (0.5 * weights.mean(axis=0) + 0.5 * np.eye(15)) @ reached
    assert_allclose(picture(lesson(layer=layer, lens="rollout"), "beside"), reached, atol=1e-6)


@pytest.mark.parametrize(("layer", "head"), [(4, 2), (6, 12)])
def test_the_gradient_is_that_of_the_mean_vectors_length(bert, layer, head):
    page = lesson(layer=layer, head=head, lens="gradient")
    every = run(bert, CAT, grad=True).gradients
    expected = every[layer - 1, head - 1]
    assert_allclose(picture(page, "beside"), expected, atol=1e-4 * np.abs(expected).max())
    heatmap = figures(page)["beside"]["data"][0]
    assert heatmap["zmax"] == -heatmap["zmin"] == pytest.approx(np.abs(every).max(), rel=1e-4)


# ---- what if


CHANGES = [
    ({"masked": 3}, [2], []),
    ({"silent": "4.2"}, [], [(3, 1)]),
    ({"masked": 10, "silent": "1.3,6.12"}, [9], [(0, 2), (5, 11)]),
]


@pytest.mark.parametrize(("address", "masked", "silenced"), CHANGES)
def test_a_change_is_a_run_of_its_own_beside_the_first(bert, address, masked, silenced):
    page = lesson(layer=5, head=3, **address)
    usual, changed = run(bert, CAT), run(bert, CAT, masked=masked, silenced=silenced)
    assert_allclose(picture(page, "before"), usual.weights[4, 2], atol=1e-6)
    assert_allclose(picture(page, "after"), changed.weights[4, 2], atol=1e-5)
    assert not picture(page, "after")[:, masked].any()
    (similarity,) = re.findall(r"cosine similarity of \*\*(\S+)\*\*", prose(page))
    assert float(similarity) == pytest.approx(float(usual.vector @ changed.vector), abs=5.1e-4)
    assert_allclose(picture(page), usual.weights[4, 2], atol=1e-6)  # all else on the page is the run as it is


def test_changes_stand_in_the_address_and_can_be_taken_back():
    page = lesson()
    page.selectbox(key="masked").set_value(3).run()
    page.multiselect(key="silent").set_value(["4.2", "1.3"]).run()
    assert address_of(page)["masked"] == "3"
    assert address_of(page)["silent"] == "4.2,1.3"
    assert "after" in figures(page)
    page.selectbox(key="masked").set_value(0).run()
    page.multiselect(key="silent").set_value([]).run()
    assert "after" not in figures(page)
    assert "silent" not in address_of(page)


# ---- the block


def lengths(bert, text: str, layer: int, token: int) -> list[float]:
    """What the modules of a layer give for a token, in float64, by the length of each vector, from top to bottom."""
    model = copy.deepcopy(bert[0]).double()
    block, found = model.encoder.layer[layer], {}

    def keep(name):
        def hook(_module, inputs, output):
            found[name] = output[0, token] if torch.is_tensor(output) else output[0][0, token]
            found[f"into {name}"] = inputs[0][0, token]

        return hook

    modules = {
        "attention": block.attention.output.dense, "norm1": block.attention.output.LayerNorm,
        "feed forward": block.output.dense, "norm2": block.output.LayerNorm, "query": block.attention.self.query,
    }  # fmt: skip
    for name, module in modules.items():
        module.register_forward_hook(keep(name))
    with torch.no_grad():
        model(**bert[1](text, return_tensors="pt"))
    names = ("into query", "attention", "into norm1", "norm1", "feed forward", "into norm2", "norm2")
    return [found[name].norm().item() for name in names]


@pytest.mark.parametrize(("layer", "query"), [(4, 10), (1, 1), (6, 15)])
def test_the_block_bears_the_lengths_that_its_modules_give(bert, layer, query):
    drawn = drawing(lesson(layer=layer, query=query))
    printed = [float(number) for number in re.findall(r">(?:\w+ )?(\d+\.\d)</text>", drawn)]
    assert_allclose(printed, lengths(bert, CAT, layer - 1, query - 1), atol=0.0502)
    assert f"Around the attention: layer {layer}" in headings(lesson(layer=layer))


# ---- bertviz


def test_bertviz_is_asked_for_and_says_its_limits_before():
    page = lesson()
    assert frames(page) == []
    assert "up to 128 tokens" in prose(page) and "up to 32" in prose(page) and "this text has 15" in prose(page)
    seen_views = set()
    for view in ("head", "model", "neuron"):
        page.query_params["view"] = view
        (document,) = frames(page.run())
        assert "connect-src" not in document and "default-src 'none'" in document
        seen_views.add(document)
    assert len(seen_views) == 3


@pytest.mark.parametrize(
    ("words", "view", "drawn"),
    [(30, "model", 1), (31, "model", 0), (31, "neuron", 0), (31, "head", 1), (126, "head", 1), (127, "head", 0)],
)
def test_a_view_is_refused_where_it_would_take_too_long(words, view, drawn):
    page = opened(text="cat " * words, view=view)  # and two special tokens
    assert not page.exception
    assert len(frames(page)) == drawn
    assert len(said(page)) == 1 - drawn
    assert f"this text has {words + 2}" in prose(page)


def test_the_neuron_view_follows_the_head_and_the_head_view_the_layer():
    documents = {
        (view, layer, head): frames(lesson(view=view, layer=layer, head=head))[0]
        for view in ("head", "model", "neuron") for layer, head in ((1, 1), (1, 2), (2, 1))
    }  # fmt: skip
    different = {
        view: len({document for (name, *_), document in documents.items() if name == view})
        for view in ("head", "model", "neuron")
    }
    assert different == {"head": 2, "model": 1, "neuron": 3}


# ---- the code


def ran(code: str) -> dict:
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "the program on the page", "exec"), names)
    return names


@pytest.mark.parametrize("framework", ["torch", "keras"])
@pytest.mark.parametrize(
    ("text", "pair"), [(CAT, None), COMMA, (f"\"\"\" ''' \\ {HOSTILE} $own {{0}} \N{CAT FACE} é", None)]
)
def test_the_program_computes_the_head_that_is_shown(framework, text, pair):
    address = {"text": text} | ({"mode": "pair", "pair": pair} if pair else {})
    page = lesson(lang="es", code=framework, layer=3, head=7, **address)
    (shown,) = page.code
    weights = ran(shown.value)["weights"]
    weights = weights.detach().numpy() if torch.is_tensor(weights) else np.asarray(weights)
    assert_allclose(weights, picture(page), atol=2e-6)


# ---- the address


SHOWN = {
    "text": "Ana denied the untranslatable.", "pair": "She could not be more wrong.", "mode": "pair", "layer": 2,
    "head": 5, "query": 4, "key": 3, "words": 1, "hide": 1, "score": "first", "lens": "rollout", "masked": 3,
    "silent": "2.5,6.1", "view": "head", "code": "torch", "model": "minilm",
}  # fmt: skip


def everything(page: AppTest) -> dict:
    """All that a reader gets to see."""
    texts = {kind: [box.value for box in getattr(page, kind)] for kind in ("markdown", "caption", "subheader", "code")}
    payloads = {
        key: {name: found.tolist() if isinstance(found, np.ndarray) else found for name, found in get(page).items()}
        for key, get in (("gaze", gaze), ("heads", heads))
    }
    for found in payloads.values():
        found["address"].pop("of")  # how often Python has changed what is shown
    boxes = {
        kind: [(box.key, box.value) for box in getattr(page, kind)]
        for kind in ("text_input", "toggle", "selectbox", "multiselect", "button_group")
    }
    drawn = {key: json.dumps(figure, sort_keys=True) for key, figure in figures(page).items()}
    return {"texts": texts, "boxes": boxes, "drawn": drawn, "frames": frames(page), "block": drawing(page), **payloads}


def test_a_link_shows_all_that_it_names():
    page = lesson(**SHOWN)
    shown = gaze(page)
    assert [box.value for box in page.text_input] == [SHOWN["text"], SHOWN["pair"]]
    assert "Layer 2, head 5" in headings(page)
    assert (page.toggle(key="words").value, page.toggle(key="hide").value) == (True, True)
    assert shown["tokens"][:5] == ["[CLS]", "Ana", "denied", "the", "untranslatable"]
    assert shown["keys"]["hidden"].count(True) == 3
    assert len(offered(page)) == 6 and page.selectbox(key="score").value == "first"
    assert "**Rollout** up to this layer" in prose(page)
    assert {"before", "after"} < set(figures(page))
    assert len(frames(page)) == len(page.code) == 1
    layout = figures(page)["map"]["layout"]
    assert (layout["annotations"][0]["y"], layout["annotations"][0]["x"]) == (2, 1)  # [CLS] is hidden


def test_what_was_chosen_by_hand_is_the_same_to_whoever_follows_the_link():
    page = lesson()
    page.button_group(key="mode").set_value("pair").run()
    page.text_input(key="text_box").set_value(SHOWN["text"]).run()
    page.text_input(key="pair_box").set_value(SHOWN["pair"]).run()
    for key in ("words", "hide"):
        page.toggle(key=key).set_value(True).run()
    page.button(key=next(b.key for b in page.button if (b.key or "").startswith("best-"))).click().run()
    for key in ("score", "masked"):
        page.selectbox(key=key).set_value(SHOWN[key]).run()
    page.multiselect(key="silent").set_value(["2.5", "6.1"]).run()
    for key in ("lens", "view", "code"):
        page.button_group(key=key).set_value(SHOWN[key]).run()
    assert said(page) == []
    for key in ("text", "pair", "mode", "words", "hide", "score", "lens", "masked", "silent", "view", "code"):
        assert address_of(page)[key] == str(SHOWN[key]), key
    sent_on = everything(lesson(**{key: address_of(page)[key] for key in address_of(page)}))
    assert sent_on == everything(page)


@pytest.mark.parametrize("change", ["text", "mode", "example", "model"])
def test_another_text_forgets_what_was_said_of_the_old_one(change):
    page = lesson(text="One two three.", query=4, key=2, masked=3, layer=2, head=5, lens="rollout", score="self")
    if change == "text":
        page.text_input(key="text_box").set_value("Four.").run()
    elif change == "mode":
        page.button_group(key="mode").set_value("pair").run()
    elif change == "example":
        page.button[0].click().run()
    else:
        page.button_group(key="model").set_value("folder").run()
    assert said(page) == []
    assert not {"query", "key", "masked"} & set(address_of(page))
    assert (address_of(page).get("layer") is None) == (change == "model")


BROKEN = {
    "layer": ["0", "7", "x", "1.5", "-1", ""], "head": ["0", "13", "nan"], "query": ["0", "16", "it"],
    "key": ["16", "-3"], "hide": ["2", "yes"], "score": ["prev", ""], "lens": ["LIME"], "masked": ["16", "x"],
    "silent": ["9.9", "4", "4.2;1.3", ",".join(["1.1"] * 25)], "view": ["all"], "model": ["gpt5"],
    "mode": ["three"], "code": ["jax"], "text": ["a\0b", "x" * 4001],
}  # fmt: skip


def test_a_broken_address_gets_a_sentence_and_the_usual_values():
    usual = everything(lesson(text=CAT))
    for turn in range(max(map(len, BROKEN.values()))):
        broken = {key: values[min(turn, len(values) - 1)] for key, values in BROKEN.items()}
        page = opened(**broken)
        (warning,) = page.warning
        named = re.search(r"\((.*?)\)", warning.value)[1].split(", ")
        assert sorted(named) == sorted(broken)
        assert everything(page) == usual
        assert said(page) == [warning.value]


def test_words_and_parts_that_this_text_does_not_have_are_ignored():
    assert everything(lesson(text=CAT, words=1, part="decoder", pair="unread")) == everything(lesson(text=CAT))


# ---- bad input

NOTHING = "There is nothing to read yet: type something above, or choose one of the examples."


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "address", [{"text": ""}, {"text": " \n\t\u00a0\u2003"}, {"mode": "pair"}, {"mode": "pair", "pair": "  "}], ids=str
)
def test_an_empty_box_gets_one_sentence(lang, address):
    page = opened(lang=lang, **address)
    assert not page.exception
    assert said(page) == []
    assert set(gaze(page)) == {"nothing"}
    assert gaze(page)["nothing"] == catalogue(lang)(NOTHING)
    assert figures(page) == {}
    page.button[0].click().run()
    assert gaze(page)["tokens"][2] == "cat"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("text", ["\u200d", "\u0007", "\ufe0f\u200b"], ids=ascii)
def test_a_text_without_tokens_is_nothing_to_read(lang, text):
    page = opened(lang=lang, text=text)
    assert not page.exception
    assert not page.error
    (sentence,) = said(page)
    assert sentence == catalogue(lang)("There is nothing to read: the text has no tokens. Type another one.")


TYPED = {
    "emoji": "I 👩‍🍳 love 😀😀 🇪🇸", "combining": "cafe\u0301 nin\u0303o z" + "\u0301" * 80, "unknown": "қазақ 漢字 ꙮ 𒀀",
    "right to left": "the קול and صوت", "hostile": HOSTILE, "one": "a",
    "lone surrogate": "a \ud83d b", "quotes": "\"'`\\n{0}{token}%s</b>",
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_whatever_is_typed_is_shown_in_its_own_characters(name):
    page = lesson()
    text = TYPED[name].encode("utf-8", "replace").decode()  # as a browser sends it
    page.text_input(key="text_box").set_value(text).run()
    assert not page.exception
    assert said(page) == []
    shown = gaze(page)
    assert shown["tokens"][0] == "[CLS]" and shown["tokens"][-1] == "[SEP]"
    at = 0
    for token in shown["tokens"][1:-1]:  # a piece of the text, one after the other; a long one is cut with …
        found = text.find(token.removesuffix("…") if "…" not in text else token, at)
        assert found >= at, (token, text[at:])
        at = found
    assert_allclose(picture(page).sum(axis=1), 1, atol=1e-5)
    assert not [name for name in figures(page)["map"]["data"][0]["x"] if "<" in name]
    assert page.text_input(key="text_box").value == text


def test_what_cannot_be_seen_is_written_out():
    assert gaze(lesson(text="a\u200bb\u202ec\u0007d"))["tokens"][1:-1] == [r"a\u200bb\u202ec\x07", "d"]


def test_hostile_text_is_nowhere_markdown():
    page = opened(text="cat " * 600 + HOSTILE)  # quoted by the sentence that says what is left out
    (sentence,) = [box.value for box in page.info]
    page = lesson(text=HOSTILE, words=1, query=2)
    for text in (sentence, *(box.value for kind in (page.markdown, page.caption) for box in kind)):
        assert not re.search(r"(?<!\\)<(img|script|/script)", text)
        assert "](http://example" not in text


def test_too_long_a_text_is_cut_and_the_cut_is_shown(bert):
    text = " ".join(f"w{i}" for i in range(700))[:3900]
    page = opened(text=text)
    assert not page.exception
    spans = bert[1](text, return_offsets_mapping=True, add_special_tokens=False)["offset_mapping"]
    assert len(spans) > 510
    cut = spans[510][0]
    (sentence,) = said(page)
    told = re.search(r"(\d+) tokens are read.* from “(.+)” on", sentence)
    assert told[1] == "512"
    assert text[cut:].startswith(told[2])
    assert len(gaze(page)["tokens"]) == 512
    assert page.text_input(key="text_box").value == text
    assert picture(page).shape == (512, 512)
    assert len(figures(page)["map"]["layout"]["xaxis"]["ticktext"]) <= 30
    assert heads(page)["cells"].shape[2:] == (64, 64)


def test_a_megabyte_is_cut_and_the_address_stays_short(bert):
    page = lesson()
    text = "".join(f"w{i} " for i in range(150_000))[:1_000_000]
    page.text_input(key="text_box").set_value(text).run()
    assert not page.exception
    (sentence,) = said(page)
    assert "512 tokens" in sentence
    assert len(address_of(page)["text"]) == 4000
    assert page.text_input(key="text_box").value == text
    again = opened(text=address_of(page)["text"])
    assert_array_equal(gaze(again)["weights"], gaze(page)["weights"])


def test_a_broken_package_is_told_and_what_was_typed_stays(monkeypatch):
    monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    loading._minilm.clear()
    page = opened(text="Do not lose me.")
    assert not page.exception
    (sentence,) = said(page)
    assert "pip install" in sentence
    assert page.text_input(key="text_box").value == "Do not lose me."
    monkeypatch.undo()
    loading._minilm.clear()


# ---- other models


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The path of a tiny model of a family, saved as its owner would."""
    root, saved = tmp_path_factory.mktemp("models"), set()

    def path(family: str) -> str:
        if family not in saved:
            zoo.model(family).save_pretrained(root / family)
            zoo.tokenizer(family).save_pretrained(root / family)
            saved.add(family)
        return str(root / family)

    return path


def with_model(path: str, **address: object) -> AppTest:
    page = opened(model="folder", folder=path, **address)
    assert not page.exception
    assert not page.error
    assert not page.warning
    return page


def keys(page: AppTest) -> set[str]:
    """Every control that is offered."""
    kinds = (page.text_input, page.button_group, page.toggle, page.selectbox, page.multiselect)
    return {box.key for kind in kinds for box in kind}


def options(page: AppTest, key: str) -> list[str]:
    return page.button_group(key=key).options


def eager(family: str, **inputs):
    """What a tiny model's own attention gives."""
    model = copy.deepcopy(zoo.model(family))
    model.set_attn_implementation("eager")
    with torch.no_grad():
        return model(**inputs, output_attentions=True)


@pytest.mark.parametrize(("lang", "said_so"), [("en", "not belong to the model"), ("es", "no corresponde al modelo")])
def test_a_tokenizer_of_another_model_is_told_in_the_reader_s_language(tmp_path, lang, said_so):
    zoo.model("bert").save_pretrained(tmp_path)
    tokenizer = copy.deepcopy(zoo.tokenizer("bert"))
    tokenizer.add_tokens(["tokenizer"])
    tokenizer.save_pretrained(tmp_path)
    page = opened(lang=lang, model="folder", folder=tmp_path, text="a tokenizer")
    (sentence,) = [one.value for one in page.warning]
    assert said_so in sentence
    assert page.text_input(key="text_box").value == "a tokenizer"
    assert not page.exception and not page.error


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_decoder_reads_one_text_and_looks_only_back(folder, family):
    page = with_model(folder(family), text=CAT, layer=2, head=3, mode="pair", pair="unread")
    assert "mode" not in keys(page) and "pair_box" not in keys(page)
    assert_array_equal(picture(page)[~np.tri(len(picture(page)), dtype=bool)], 0)
    expected = eager(family, **zoo.tokenizer(family)(CAT, return_tensors="pt")).attentions[1][0, 2]
    assert_allclose(picture(page), expected, atol=1e-6)
    shown = gaze(page)
    assert_array_equal(shown["allowed"], np.tri(len(expected)))
    scores = shown["q"].astype(float) @ shown["k"].astype(float).T * shown["scale"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) * shown["allowed"]
    assert_allclose(powers / powers.sum(axis=1, keepdims=True), expected, atol=1e-5)
    assert "next" not in page.selectbox(key="score").options
    assert "“" in drawing(page) or "<svg" in drawing(page)


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_in_a_decoder_the_effect_is_on_the_next_token(folder, family):
    page = with_model(folder(family), text=CAT, masked=3)
    told = re.search(r"now “(.*)” \((\d+) %\); without the change it is “(.*)” \((\d+) %\)", prose(page))
    tokens = zoo.tokenizer(family)(CAT, return_tensors="pt")
    mask = tokens["attention_mask"].clone()
    mask[0, 2] = 0
    place = {"position_ids": torch.arange(mask.shape[1])[None]}
    for found, seen_tokens in ((told.group(3, 4), tokens["attention_mask"]), (told.group(1, 2), mask)):
        logits = eager(family, input_ids=tokens["input_ids"], attention_mask=seen_tokens, **place).logits[0, -1]
        share, token = logits.softmax(dim=0).max(dim=0)
        assert found[0].replace("\\", "") == readable(zoo.tokenizer(family).decode([int(token)])).replace("\\", "")
        assert found[1] == f"{100 * share:.0f}"


@pytest.mark.parametrize("family", ["gpt2", "bloom"])
def test_the_first_token_of_a_decoder_cannot_be_masked_and_the_rest_of_the_page_stays(folder, family):
    page = opened(model="folder", folder=folder(family), text=CAT, masked=1)
    assert not page.exception
    assert not page.error
    assert "The same in BertViz" in headings(page)
    assert "Token 0" not in " ".join(said(page))  # people count from 1
    assert not [sentence for sentence in said(page) if "cannot read this text" in sentence]  # it has just read it


def test_an_encoder_decoder_has_three_parts(folder):
    path = folder("t5")
    page = with_model(path, text="The cat was tired.", mode="pair", pair="El gato")
    assert options(page, "part") == ["encoder", "decoder", "decoder looks at encoder"]
    tokenizer = zoo.tokenizer("t5")
    given, written = (tokenizer(text, return_tensors="pt")["input_ids"] for text in ("The cat was tired.", "El gato"))
    shifted = torch.cat([torch.full((1, 1), tokenizer.pad_token_id), written[:, :-1]], dim=1)
    out = eager("t5", input_ids=given, decoder_input_ids=shifted)
    attentions = {"encoder": out.encoder_attentions, "decoder": out.decoder_attentions, "cross": out.cross_attentions}
    for part, expected in attentions.items():
        page = with_model(path, text="The cat was tired.", mode="pair", pair="El gato", part=part, layer=2, head=4)
        shown = gaze(page)
        assert_allclose(picture(page), expected[1][0, 3], atol=1e-6)
        assert shown["cross"] == (part == "cross")
        scores = shown["q"].astype(float) @ shown["k"].astype(float).T  # T5 does not scale, and adds a bias
        assert shown["scale"] == 1
        scores = scores + shown.get("bias", 0)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True)) * shown.get("allowed", 1)
        assert_allclose(powers / powers.sum(axis=1, keepdims=True), expected[1][0, 3], atol=1e-5)
        assert ("bias" in shown) == (part != "cross")
        assert ("rollout" in options(page, "lens")) == (part != "cross")
        assert "neuron view" not in options(page, "view")  # its numbers would leave the bias out


def test_a_change_of_an_encoder_decoder_is_one_of_the_encoder_wherever_one_looks(folder):
    """trace_attention masks the encoder's tokens and silences its heads, so these are what may be chosen."""
    path, texts = folder("t5"), {"text": "The cat was tired.", "mode": "pair", "pair": "El gato"}
    of_encoder = with_model(path, part="encoder", **texts).selectbox(key="masked").options
    for part in ("decoder", "cross"):
        page = with_model(path, part=part, **texts)
        if "masked" in keys(page):
            assert page.selectbox(key="masked").options == of_encoder


def test_the_ranking_of_an_encoder_decoder_s_decoder_is_not_that_of_its_encoder(folder):
    path, texts = folder("t5"), {"text": "The cat was tired.", "mode": "pair", "pair": "El gato"}
    assert "matters most when silenced" in with_model(path, **texts).selectbox(key="score").options
    page = with_model(path, part="decoder", **texts)  # whose heads cannot be silenced
    assert "matters most when silenced" not in page.selectbox(key="score").options


@pytest.mark.parametrize("family", ["bloom", "mpnet"])
def test_a_family_that_hides_q_k_and_v_says_so_and_shows_its_weights(folder, family):
    page = with_model(folder(family), text=CAT, layer=2, head=3)
    shown = gaze(page)
    assert not {"q", "k", "v"} & set(shown)
    assert shown["why_not"] == (
        "This family of models computes attention without showing its queries and keys, so there is no arithmetic to "
        "follow: only the weights."
    )
    expected = eager(family, **zoo.tokenizer(family)(CAT, return_tensors="pt")).attentions[1][0, 2]
    assert_allclose(picture(page), expected, atol=1e-6)
    assert options(page, "lens") == ["rollout"]
    assert options(page, "view") == ["head view", "model view"]
    assert said(page) == ["How a block of this family is built is not known here, so there is no drawing of it."]


@pytest.mark.parametrize("family", ["bloom", "mpnet"])
def test_what_cannot_be_silenced_is_not_offered(folder, family):
    page = with_model(folder(family), text=CAT)
    assert "silent" not in keys(page)
    assert "matters most when silenced" not in page.selectbox(key="score").options


@pytest.mark.parametrize("address", [{"score": "ablation"}, {"silent": "1.2"}], ids=str)
def test_a_link_that_silences_a_head_of_such_a_family_still_opens(folder, address):
    page = opened(model="folder", folder=folder("bloom"), text=CAT, **address)
    assert not page.exception
    assert not page.error
    assert {"map", "weights", "beside"} <= set(figures(page))
    assert "The same in BertViz" in headings(page)


def test_a_model_of_one_s_own_has_a_program_of_its_own(folder):
    page = with_model(folder("gpt2"), text=CAT, layer=2, head=3, code="torch")
    if page.code:
        weights = ran(page.code[0].value)["weights"]
        assert_allclose(weights.detach().numpy(), picture(page), atol=2e-6)


@pytest.mark.parametrize("n", range(len(POINTS)))
def test_every_example_can_be_read_by_a_smaller_model(folder, n):
    page = with_model(folder("gpt2"), text="Something else.")  # 2 layers of 4 heads
    page.button[n].click().run()
    assert not page.exception
    assert said(page) == []
    assert len(gaze(page)["tokens"]) > 10


def test_the_head_to_begin_with_is_one_that_the_model_has(folder):
    page = with_model(folder("gpt2"), text=CAT)  # 2 layers of 4 heads
    assert heads(page)["chosen"] == [1, 1]
    assert "Layer 2, head 2" in headings(page)
    assert "All 8 heads" in headings(page)


def test_the_model_limits_what_is_read(folder):
    page = opened(model="folder", folder=folder("gpt2"), text="cat " * 300)
    assert len(gaze(page)["tokens"]) == zoo.POSITIONS
    assert f"{zoo.POSITIONS} tokens are read" in said(page)[0]


@pytest.mark.parametrize("path", ["/nowhere", "\\\\x", "<img src=x>", "../../etc", "x" * 999])
def test_a_folder_that_cannot_be_opened_is_a_sentence_and_what_was_typed_stays(path):
    page = opened(model="folder", folder=path, text="Do not lose me.")
    assert not page.exception
    assert not page.error
    assert len(said(page)) == 1
    assert page.text_input(key="text_box").value == "Do not lose me."
