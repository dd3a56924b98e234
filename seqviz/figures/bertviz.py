"""BertViz's own head, model and neuron views (Vig 2019), each as one HTML document that needs no network.

BertViz draws; nothing of it is copied here. What its pages would fetch from the network, d3 and jQuery, comes from the
installed packages mpld3 and XStatic-jQuery. The document forbids itself every request, and every script but its own.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqviz.figures.look import LONGEST
from seqviz.traces.attention import AttentionPart

LIMITS = {"head": 128, "model": 32, "neuron": 32}  # tokens; of more than 32, the head view carries only one layer

LIBRARIES = {"mpld3": "mpld3/js/d3.v5.min.js", "XStatic-jQuery": "xstatic/pkg/jquery/data/jquery.min.js"}
LOADER = '<script src="https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"></script>'
REQUIRE = "const require = {config() {}};\nconst requirejs = (names, view) => view(jQuery, d3);"
SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
MARGIN, BAR, TYPE = 8, 36, 15  # pixels: around the view, the height of its menus, its type


class BertVizError(Exception):
    """BertViz, or what it draws with, is missing, or is not the version that this was written for."""


class Words(NamedTuple):
    """What a view writes beside the tokens, in the language of the reader."""

    language: str = "en"
    title: str = "BertViz"
    layer: str = "Layer"
    layers: str = "Layers"
    head: str = "Head"
    heads: str = "Heads"
    query: str = "Query"
    key: str = "Key"
    elementwise: str = "elementwise"
    softmax: str = "Softmax"
    nothing: str = "No token selected"


class Sheet(NamedTuple):
    """A view as a document of its own, on white; where it has less than its width, it shrinks to no less than half."""

    html: str
    width: int  # pixels
    height: int


ENGLISH = Words()


def head_view(part: AttentionPart, layer: int, words: Words = ENGLISH, size: int = TYPE) -> Sheet:
    """A line from each query to each key in the colour of its head; `size` is that of type, in pixels.

    Raises ValueError beyond LIMITS, BertVizError where BertViz or its libraries are not as expected.
    """
    longest = _longest(part, "head")
    layers = list(range(len(part.weights))) if longest <= LIMITS["model"] else [layer]
    html = _drawn("head", **_given(part), layer=layer, include_layers=layers)
    swaps = {
        'Layer: <select id="layer"></select>': _menu(words.layer, "layer"),
        ".val(layer).text(layer)": ".val(layer).text(layer + 1)",
    }
    width = max(360, 20 * part.weights.shape[1])  # the words, or a box for each head
    return _sheet(*_rewritten(html, part, swaps), words, size, width, 22.5 * longest + 30)


def model_view(part: AttentionPart, words: Words = ENGLISH, size: int = TYPE) -> Sheet:
    """The lines of every head of every layer, small; a click shows one large. Raises as `head_view` does."""
    _longest(part, "model")
    return model_view_of_any_length(part, words, size)


def model_view_of_any_length(part: AttentionPart, words: Words = ENGLISH, size: int = TYPE) -> Sheet:
    """The same without its limit; of 128 tokens it takes half a minute to paint."""
    html = _drawn("model", **_given(part), display_mode="light")
    layer, head = _js(words.layer + " "), _js(f", {words.head} ")
    swaps = {
        '.text("Heads")': f".text({_js(words.heads)})",
        '.text("Layers")': f".text({_js(words.layers)})",
        ".text(config.heads[i])": ".text(config.heads[i] + 1)",
        ".text(config.layers[i])": ".text(config.layers[i] + 1)",
        "'Layer ' + config.layers[layerIndex]": f"{layer} + (config.layers[layerIndex] + 1)",
        '", Head " + config.heads[headIndex]': f"{head} + (config.heads[headIndex] + 1)",
    }
    layers, heads, *lengths = part.weights.shape
    grid, large = layers * (max(lengths) * 84 / heads + 10) + 38, 18 * max(lengths) + 55
    return _sheet(*_rewritten(html, part, swaps), words, size, 970, max(grid, large), menus=False)


def shows_neurons(part: AttentionPart) -> bool:
    """Whether this part's weights are softmax(q · k / √d), the formula that the neuron view draws."""
    if part.q is None or part.scale is None or part.cap is not None or part.bias is not None:
        return False
    return np.allclose(part.scale, part.q.shape[-1] ** -0.5)


def neuron_view(part: AttentionPart, layer: int, head: int, words: Words = ENGLISH, size: int = TYPE) -> Sheet:
    """The numbers of the queries and keys of one head, and their products. Raises as `head_view` does.

    Raises ValueError also where another formula than BertViz's made the weights: see `shows_neurons`.
    """
    longest = _longest(part, "neuron")
    if not shows_neurons(part):
        raise ValueError("BertViz's neuron view draws softmax(q · k / √d); this part's weights come from another one.")
    captured = _Captured(part)
    roles = {"model": captured, "tokenizer": captured, "model_type": "gpt2", "sentence_a": "?"}
    html = _drawn("neuron", **roles, layer=layer, head=head, display_mode="light")
    layers, heads = (f'{menu}Select.append($("<option />").val(i).text(i' for menu in ("layer", "head"))
    swaps = {
        '<span class="dropdown-label">Layer: </span><select id="layer"></select>': _menu(words.layer, "layer"),
        '<span class="dropdown-label">Head: </span> <select id="att_head"></select>': _menu(words.head, "att_head"),
        layers: layers + " + 1",
        heads: heads + " + 1",
        ".text('Query ')": f".text({_js(words.query + ' ')})",
        ".text('Key ')": f".text({_js(words.key + ' ')})",
        r".text('q \u00D7 k (elementwise)')": f".text({_js(f'q × k ({words.elementwise})')})",
        '.text("Softmax")': f".text({_js(words.softmax)})",
        '.text("No token selected")': f".text({_js(words.nothing)})",
        "'pos': '#0c36d8'": "'pos': '#ff6318', 'neg': '#0c36d8'",  # blue is below zero here, as in every lesson
        '"bidirectional": false': f'"bidirectional": {_js(bool(np.triu(part.allowed, 1).any()))}',
    }
    return _sheet(*_rewritten(html, part, swaps), words, size, 1020, 26 * longest + 100)


class _Captured:
    """What was captured, in the roles of the model and the tokenizer that BertViz's neuron view would run."""

    def __init__(self, part: AttentionPart):
        assert part.q is not None and part.k is not None
        k = part.k[:, [part.head_of_key(head) for head in range(part.q.shape[1])]]  # (L, H, Tk, d)
        layers = zip(_tensors(part.weights), _tensors(part.q), _tensors(k), strict=True)
        self.layers = [{"attn": weights, "queries": q, "keys": k} for weights, q, k in layers]

    def eval(self) -> None:
        """Nothing to do: the run is over."""

    def __call__(self, ids: Any) -> list[list[dict[str, Any]]]:
        """The outputs of a model, of which BertViz reads the last."""
        return [self.layers]

    def tokenize(self, text: str) -> list[str]:
        """A stand-in for all tokens: see `_rewritten`."""
        return ["?"]

    def convert_tokens_to_ids(self, tokens: list[str]) -> list[int]:
        """Ids that nobody will look at."""
        return [0]


def _longest(part: AttentionPart, view: str) -> int:
    longest = max(len(part.queries), len(part.keys))
    if longest > LIMITS[view]:
        raise ValueError(f"BertViz's {view} view would be too slow with {longest} tokens: {LIMITS[view]} at most.")
    return longest


def _given(part: AttentionPart) -> dict[str, Any]:
    """Any part is cross-attention to BertViz: queries on the left, keys on the right."""
    tokens = {"decoder_tokens": ["?"] * len(part.queries), "encoder_tokens": ["?"] * len(part.keys)}
    return {"cross_attention": _tensors(part.weights), **tokens}


def _tensors(array: np.ndarray) -> list[Any]:
    """A tensor (1, H, …) for each layer, with four digits: fewer bytes, and nobody sees the difference in a colour."""
    import torch

    return list(torch.from_numpy(np.round(array.astype(np.float64), 4)).unsqueeze(1))


def _drawn(view: str, **arguments: Any) -> str:
    """BertViz's own page."""
    try:
        from bertviz import head_view, model_view
        from bertviz.neuron_view import show
    except ImportError as error:
        raise BertVizError(f"BertViz cannot be imported: {error}") from error
    return {"head": head_view, "model": model_view, "neuron": show}[view](**arguments, html_action="return").data


def _rewritten(html: str, part: AttentionPart, swaps: Mapping[str, str]) -> tuple[str, str]:
    """BertViz's page after `swaps`, as its body and one script with all that it needs.

    What was typed goes in last: no search of ours meets it, and neither does BertViz, which takes "Ġ" for a space.
    The same view is the same text again, so that Streamlit sends it, and the browser loads it, only once.
    """
    for old, new in {LOADER: "", **swaps}.items():
        _once(html.count(old), old)
        html = html.replace(old, new)
    html = re.sub(r"// HACK: .*", "", html)  # BertViz's template repeats all data in this comment
    html = re.sub(r"bertviz-[0-9a-f]{32}", "bertviz", html)  # a name that it draws at random
    script = "\n;\n".join([*_libraries(), REQUIRE, *SCRIPT.findall(html)])
    for side, tokens in (("left_text", part.query_tokens), ("right_text", part.key_tokens)):
        short = _js([token if len(token) <= LONGEST else token[: LONGEST - 1] + "…" for token in tokens])
        before, *after = re.split(rf'(?<="{side}": )\[[^]]*]', script)
        _once(len(after), side)
        script = before + short + after[0]
    return SCRIPT.sub("", html), script


def _once(found: int, what: str) -> None:
    if found != 1:
        raise BertVizError(f"BertViz's page holds {what} {found} times, not once: its version is not the one expected.")


def _sheet(
    body: str, script: str, words: Words, size: int, width: float, height: float, *, menus: bool = True
) -> Sheet:
    """The document of a drawing of so many pixels, enlarged as its type is."""
    viewbox = f'document.querySelector("svg").setAttribute("viewBox", "0 0 {width} {height}")'
    script += f'\n;\nconst fit = () => {viewbox};\nfit();\naddEventListener("change", fit);\n'  # a menu draws it anew
    scale, bar = size / TYPE, BAR * menus
    style = (
        f":root {{ color-scheme: light; background: #fff; }} body {{ margin: {MARGIN}px; }}"
        f" main {{ max-width: {scale * width}px; margin: auto; }}"
        f" #bertviz {{ padding: 0 !important; font-size: {size}px; }}"
        f" #bertviz > span {{ display: block; height: {scale * bar}px; }}"
        " label { margin-right: 1em; } select { font: inherit; }"
        f" svg {{ display: block; width: 100%; min-width: {scale * width / 2}px; height: auto; overflow: visible; }}"
    )
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )
    html = (
        f'<!doctype html>\n<html lang="{escape(words.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(words.title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>{body}</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )
    return Sheet(html, round(scale * width) + 2 * MARGIN, round(scale * (bar + height)) + 2 * MARGIN)


def _menu(name: str, identity: str) -> str:
    return f'<label>{escape(name)}: <select id="{identity}"></select></label>'


def _js(value: Any) -> str:
    """A value as JavaScript that ends no <script>, whatever its strings hold."""
    return json.dumps(value).replace("<", r"\u003c")


@cache
def _libraries() -> list[str]:
    """The text of d3 5.7.0 and jQuery; the packages are not imported, since mpld3 would bring matplotlib with it."""
    try:
        paths = [Path(str(distribution(name).locate_file(file))) for name, file in LIBRARIES.items()]
        return [path.read_text(encoding="utf-8") for path in paths]
    except (PackageNotFoundError, OSError) as error:
        raise BertVizError(f"d3 or jQuery cannot be read: {error}") from error
