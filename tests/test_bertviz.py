"""BertViz's pages hold the numbers that were captured and what was typed, need no network, and fail loudly."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest
import transformers_zoo as zoo
from attention_by_hand import attention_part

from seqviz.figures import bertviz
from seqviz.figures.bertviz import LIMITS, BertVizError, Sheet, Words, head_view, model_view, neuron_view, shows_neurons
from seqviz.traces.attention import trace_attention

VIEWS = {"head": partial(head_view, layer=1), "model": model_view, "neuron": partial(neuron_view, layer=1, head=2)}
views = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
HOSTILE = (
    "</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "<!--<script>", "-->", '"',
    "\\", "\\u003c", "\u2028", "\x00", "Ġthe", "▁", "</w>", '"left_text": []', '"right_text": [1]', "// HACK: all",
    "bertviz-" + 32 * "0", "é", "👩\u200d👩\u200d👧",
)  # fmt: skip
SPANISH = Words(
    "es", "<BertViz>", "Capa", "Capas", "Cabeza", "Cabezas", "Consulta", "Clave", "uno a uno", "Peso", "Elige"
)


def parameters(sheet: Sheet) -> dict:
    """What BertViz's script was given."""
    found = re.findall(r"(?:const params|window\.bertviz_params) = (\{.*\})", sheet.html)
    assert len(found) == 1  # and not, as BertViz has it, a second time in a comment
    return json.loads(found[0])


def drawn(sheet: Sheet) -> dict:
    attention = parameters(sheet)["attention"]
    return attention["all"] if isinstance(attention, dict) else attention[0]


class Outline(HTMLParser):
    """The tags of a document, read as a browser reads them."""

    def __init__(self, html: str):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@views
@pytest.mark.parametrize("keys", [None, ("a", "b", "c")])
def test_a_page_holds_the_captured_weights_and_tokens(view, keys):
    part = attention_part(keys=keys)
    found = drawn(view(part))
    np.testing.assert_allclose(found["attn"], part.weights, rtol=0, atol=5.1e-5)
    assert (found["left_text"], found["right_text"]) == (list(part.query_tokens), list(part.key_tokens))


def test_the_neuron_view_holds_the_captured_queries_and_each_group_s_keys():
    part = attention_part(heads=6, key_heads=2)
    found = drawn(neuron_view(part, 1, 2))
    np.testing.assert_allclose(found["queries"], part.q, rtol=0, atol=5.1e-5)
    for head, of in enumerate((0, 0, 0, 1, 1, 1)):  # as `repeat_kv` of the Llama family has it
        np.testing.assert_allclose(np.array(found["keys"])[:, head], part.k[:, of], rtol=0, atol=5.1e-5)


@pytest.mark.parametrize("causal", [True, False])
def test_the_neuron_view_hides_what_a_decoder_has_not_read_yet(causal):
    found = parameters(neuron_view(attention_part(causal=causal), 1, 2))
    assert (found["bidirectional"], found["layer"], found["head"]) == (not causal, 1, 2)


def test_of_a_long_text_the_head_view_holds_the_asked_layer_alone():
    part = attention_part(33 * ["a"])
    sheet = head_view(part, 2)
    np.testing.assert_allclose(drawn(sheet)["attn"], part.weights[2:], rtol=0, atol=5.1e-5)
    assert (parameters(sheet)["layer"], parameters(sheet)["include_layers"]) == (2, [2])
    assert parameters(head_view(attention_part(32 * ["a"]), 2))["include_layers"] == [0, 1, 2]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("side", ["queries", "keys"])
def test_a_text_is_as_long_as_its_limit_and_no_longer(name, side):
    sentences = {"queries": ["a"], "keys": ["a"]}
    VIEWS[name](attention_part(**sentences | {side: LIMITS[name] * ["a"]}, layers=2))
    with pytest.raises(ValueError, match=f"{LIMITS[name] + 1} tokens: {LIMITS[name]} at most"):
        VIEWS[name](attention_part(**sentences | {side: (LIMITS[name] + 1) * ["a"]}, layers=2))


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_of_a_real_model_there_is_a_neuron_view_where_its_formula_gives_the_weights(family):
    for part in trace_attention(zoo.model(family), zoo.tokenizer(family), "The cat was not tired.").parts.values():
        if part.q is None:
            assert not shows_neurons(part)
            continue
        k = np.repeat(part.k, part.q.shape[1] // part.k.shape[1], axis=1).astype(float)
        scores = part.q.astype(float) @ k.swapaxes(-1, -2) / np.sqrt(k.shape[-1])  # (L, H, Tq, d) x (L, H, d, Tk)
        shown = np.where(part.allowed[:, None], np.exp(scores), 0)
        off = np.abs(shown / shown.sum(-1, keepdims=True) - part.weights).max()
        assert shows_neurons(part) == (off < 1e-5), off


@pytest.mark.parametrize(
    "other",
    [
        {"q": None, "k": None, "v": None, "scale": None},
        {"scale": np.array([8**-0.5, 8**-0.5, 1.0])},
        {"cap": 50.0},
        {"bias": np.zeros((3, 4, 8, 8))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_weights_of_another_formula_have_no_neuron_view(other):
    part = attention_part()
    assert shows_neurons(part)
    assert not shows_neurons(replace(part, **other))
    with pytest.raises(ValueError, match="another one"):
        neuron_view(replace(part, **other), 1, 2)


@views
def test_what_was_typed_is_there_letter_by_letter_and_ends_no_script(view, monkeypatch):
    monkeypatch.setattr(bertviz, "LONGEST", 99)
    part = attention_part(HOSTILE, ('"right_text": [',))
    sheet = view(part)
    assert (drawn(sheet)["left_text"], drawn(sheet)["right_text"]) == (list(HOSTILE), list(part.key_tokens))
    tags = [tag for tag, _ in Outline(sheet.html).tags]
    assert tags == [tag for tag, _ in Outline(view(attention_part()).html).tags]
    assert tags.count("script") == 1 and "img" not in tags


@views
def test_a_long_token_is_cut(view):
    part = attention_part(("supercalifragilistic", "fourteen chars"))
    assert drawn(view(part))["left_text"] == ["supercalifrag…", "fourteen chars"]


@views
def test_a_page_asks_for_nothing(view):
    for tag, attributes in Outline(view(attention_part()).html).tags:
        assert not attributes.keys() & {"src", "href", "srcset", "data", "action"}, tag


@views
def test_the_same_view_is_the_same_text(view):
    assert view(attention_part()) == view(attention_part())
    assert view(attention_part()) != view(attention_part(causal=True))


@views
def test_larger_type_takes_as_much_more_room(view):
    normal, large = view(attention_part(), size=15), view(attention_part(), size=30)
    assert (large.width - 16, large.height - 16) == (2 * (normal.width - 16), 2 * (normal.height - 16))


@views
def test_a_page_speaks_the_reader_s_language(view):
    page = view(attention_part(), words=SPANISH).html
    assert '<html lang="es">' in page and "<title>&lt;BertViz&gt;</title>" in page


@views
@pytest.mark.parametrize("times", [0, 2])
def test_another_page_than_the_expected_one_fails_loudly(view, times, monkeypatch):
    original = bertviz._drawn
    monkeypatch.setattr(
        bertviz, "_drawn", lambda *a, **k: original(*a, **k).replace(bertviz.LOADER, times * bertviz.LOADER)
    )
    with pytest.raises(BertVizError, match=f"require.min.js.* {times} times, not once"):
        view(attention_part())


@views
@pytest.mark.parametrize("side", ["left_text", "right_text"])
def test_a_page_without_its_tokens_fails_loudly(view, side, monkeypatch):
    original = bertviz._drawn
    monkeypatch.setattr(bertviz, "_drawn", lambda *a, **k: original(*a, **k).replace(side, "text"))
    with pytest.raises(BertVizError, match=f"{side} 0 times"):
        view(attention_part())


@pytest.mark.parametrize("library", [{"no-such-package": "d3.js"}, {"mpld3": "mpld3/js/no-such-file.js"}])
def test_a_missing_library_fails_loudly(library, monkeypatch):
    monkeypatch.setattr(bertviz, "LIBRARIES", library)
    bertviz._libraries.cache_clear()
    try:
        with pytest.raises(BertVizError, match="cannot be read"):
            model_view(attention_part())
    finally:
        bertviz._libraries.cache_clear()


def test_a_missing_bertviz_fails_loudly(monkeypatch):
    monkeypatch.setitem(sys.modules, "bertviz", None)
    with pytest.raises(BertVizError, match="cannot be imported"):
        head_view(attention_part(), 0)


def test_no_view_loads_transformers_or_the_packages_that_only_carry_libraries():
    code = (
        "import sys\nsys.path.insert(0, 'tests')\nfrom attention_by_hand import attention_part\n"
        "from seqviz.figures.bertviz import head_view, neuron_view\n"
        "print('bertviz' in sys.modules)\nhead_view(attention_part(), 0); neuron_view(attention_part(), 0, 0)\n"
        "print('bertviz' in sys.modules, *{'transformers', 'matplotlib', 'mpld3', 'xstatic'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
