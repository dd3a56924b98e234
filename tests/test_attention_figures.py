"""A head as a heatmap and a block as a drawing hold their numbers, escape what was typed, and can be read."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from test_figures import HOSTILE, sent

from seqviz.figures.attention import GAPS, head_heatmap
from seqviz.figures.block import THICKEST, WIDTH, block_drawing
from seqviz.figures.look import Look, token_axis
from seqviz.traces.block import BlockNorms

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
LOOKS = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
TOKENS = ("[CLS]", "the", "cat", "the", "[SEP]")
WEIGHTS = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
SAY = {"rows": "query", "columns": "key", "hover": "{query} looks at {key}: {weight}"}


def shown(weights=WEIGHTS, queries=TOKENS, keys=TOKENS, look=LIGHT, **options) -> dict:
    """The figure as the browser gets it; plotly knows all that is in it."""
    figure = json.loads(head_heatmap(np.asarray(weights, float), queries, keys, look, **SAY, **options).to_json())
    go.Figure(figure)  # raises for what plotly does not know
    return figure


def z(figure: dict) -> np.ndarray:
    return sent(figure["data"][0]["z"])


# ---- a head


def test_a_row_is_a_query_and_a_column_a_key_from_the_top_down():
    figure = shown(WEIGHTS[:3], queries=("a", "b", "c"))
    assert_array_equal(z(figure), WEIGHTS[:3].astype(np.float32))
    (heatmap,), layout = figure["data"], figure["layout"]
    assert heatmap["y"] == ["1 · a", "2 · b", "3 · c"]
    assert heatmap["x"] == ["1 · [CLS]", "2 · the", "3 · cat", "4 · the", "5 · [SEP]"]
    assert layout["yaxis"]["autorange"] == "reversed"
    assert layout["xaxis"]["side"] == "top"
    assert (layout["yaxis"]["title"]["text"], layout["xaxis"]["title"]["text"]) == ("query", "key")
    assert (heatmap["zmin"], heatmap["zmax"], heatmap["colorscale"]) == (0, 1, LIGHT.rooted)
    assert heatmap["hovertemplate"] == "%{y} looks at %{x}: %{z:.2f}<extra></extra>"


def test_what_is_hidden_is_one_more_column_after_a_gap():
    hidden = np.array([0.5, 0.25, 0.0, 1.0, 0.125])
    figure = shown(WEIGHTS[:, :3], keys=TOKENS[:3], hidden=hidden, hidden_name="hidden")
    assert_array_equal(z(figure)[:, :3], WEIGHTS[:, :3].astype(np.float32))
    assert np.isnan(z(figure)[:, 3]).all()
    assert_array_equal(z(figure)[:, 4], hidden)
    assert figure["data"][0]["x"][3:] == [" ", "hidden"]
    assert figure["layout"]["xaxis"]["ticktext"][3:] == ["hidden"]
    assert figure["data"][0]["hoverongaps"] is False


def test_a_token_that_is_called_hidden_is_not_the_hidden_column():
    figure = shown(np.eye(2), ("hidden", " "), ("hidden", " "), hidden=np.zeros(2), hidden_name="hidden")
    assert len(set(figure["data"][0]["x"])) == 4


@pytest.mark.parametrize("marked", [(0, 0), (1, 3), (4, 2)])
def test_the_chosen_weight_is_printed_in_its_framed_row(marked):
    query, key = marked
    layout = shown(marked=marked)["layout"]
    (frame,), (note,) = layout["shapes"], layout["annotations"]
    assert (frame["y0"], frame["y1"], frame["x0"], frame["x1"]) == (query - 0.5, query + 0.5, -0.5, 4.5)
    assert (note["x"], note["y"], note["text"]) == (key, query, f"<b>{WEIGHTS[query, key]:.2f}</b>")
    assert layout["xaxis"]["ticktext"][key] == f"<b>{TOKENS[key]}</b>"
    assert layout["yaxis"]["ticktext"][query] == f"<b>{TOKENS[query]}</b>"


def test_the_frame_ends_where_the_weights_end():
    layout = shown(WEIGHTS[:, :3], keys=TOKENS[:3], hidden=np.zeros(5), hidden_name="hidden", marked=(1, 2))["layout"]
    assert layout["shapes"][0]["x1"] == 2.5


def test_without_a_cursor_nothing_is_marked():
    layout = shown()["layout"]
    assert not layout.get("shapes") and not layout.get("annotations")
    assert not [text for text in layout["xaxis"]["ticktext"] if "<b>" in text]


def luminance(colour: str) -> float:
    """Of an sRGB colour, as WCAG 2.2 has it."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def between(scale, value: float) -> str:
    """The colour of a value, as plotly finds it: straight between two points of the scale."""
    for (low, below), (high, above) in pairwise(scale):
        if low <= value <= high:
            mixed = [
                round(int(a, 16) + (int(b, 16) - int(a, 16)) * (value - low) / (high - low))
                for a, b in zip(re.findall("[0-9a-f]{2}", below), re.findall("[0-9a-f]{2}", above), strict=True)
            ]
            return "#{:02x}{:02x}{:02x}".format(*mixed)
    raise AssertionError(value)


@LOOKS
def test_the_printed_weight_can_be_read_on_its_cell(look):
    """Contrast of WCAG AA, as under the sentence: between them, black and white have it on every colour."""
    for share in np.linspace(0, 1, 101):
        (note,) = shown([[share]], ["a"], ["a"], look, marked=(0, 0))["layout"]["annotations"]
        of_cell = between(look.rooted, share)
        assert contrast(note["font"]["color"], of_cell) >= 4.5, f"{share:.2f}"
        # What the number stands on, where it is wider than its cell, is the colour of the cell, as near as one can see.
        assert contrast(note["bgcolor"], of_cell) < 1.05, f"{share:.2f}"


@pytest.mark.parametrize("size", [GAPS + 1, 128, 512])
def test_of_many_tokens_some_are_named_and_no_cell_is_written_on(size):
    tokens = [f"t{i}" for i in range(size)]
    figure = shown(np.eye(size), tokens, tokens, marked=(size - 2, 1))
    heatmap, layout = figure["data"][0], figure["layout"]
    assert (heatmap["xgap"], heatmap["ygap"], layout["annotations"]) == (0, 0, [])
    assert len(layout["shapes"]) == 1
    for axis, chosen in (("xaxis", 1), ("yaxis", size - 2)):
        assert len(layout[axis]["ticktext"]) <= 29
        assert f"<b>t{chosen}</b>" in layout[axis]["ticktext"]
    assert len(set(heatmap["x"])) == size
    assert 100 < layout["height"] < 700


def test_with_a_sign_zero_is_the_colour_of_the_page():
    signed = np.array([[-0.003, 0.001], [0.0, 0.002]])
    (heatmap,) = shown(signed, "ab", "ab", limit=0.004)["data"]
    assert (heatmap["zmin"], heatmap["zmax"]) == (-0.004, 0.004)
    assert heatmap["colorscale"] == LIGHT.signed
    assert between(LIGHT.signed, 0.5) == LIGHT.paper
    assert "%{z:.4f}" in heatmap["hovertemplate"]
    (nothing,) = shown(np.zeros((2, 2)), "ab", "ab", limit=0.0)["data"]
    assert nothing["zmin"] == -nothing["zmax"] < 0


@pytest.mark.parametrize("marked", [None, (0, 1), (2, 3)])
def test_typed_tags_are_no_tags_and_typed_fields_are_no_fields(marked):
    figure = shown(queries=HOSTILE, keys=HOSTILE, marked=marked)
    heatmap, layout = figure["data"][0], figure["layout"]
    for texts in (heatmap["x"], heatmap["y"], layout["xaxis"]["ticktext"], layout["yaxis"]["ticktext"]):
        assert not any("<" in re.sub("^<b>|</b>$", "", text) for text in texts)
        assert any("&amp;lt;" in text for text in texts)
    assert heatmap["x"][3:] == ["4 · %{z}", "5 · {n}"]
    assert heatmap["hovertemplate"] == "%{y} looks at %{x}: %{z:.2f}<extra></extra>"


@LOOKS
def test_a_head_is_drawn_in_the_colours_and_the_size_of_its_page(look):
    layout = shown(look=look, marked=(1, 1))["layout"]
    assert layout["font"] == {"family": "system-ui, sans-serif", "size": look.size, "color": look.ink}
    assert layout["shapes"][0]["line"]["color"] == look.accent
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]


# ---- colours and axes


@LOOKS
def test_the_rooted_scale_is_the_scale_of_shares_by_the_square_root(look):
    places = [place for place, _colour in look.rooted]
    assert places[0] == 0 and places[-1] == 1
    assert places == sorted(places)
    assert [colour for _place, colour in (look.rooted[0], look.rooted[-1])] == [look.paper, look.share]
    even = [[0, look.paper], [1, look.share]]
    for value in np.linspace(0, 1, 50):
        wanted, found = between(even, value**0.5), between(look.rooted, value)
        channels = [[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in (wanted, found)]
        assert_allclose(*channels, atol=7)  # straight lines between eleven points of a curve
    if not look.dark:  # white is left at once: 0.04 is a fifth of the way
        assert contrast(between(look.rooted, 0.04), look.paper) > contrast(between(even, 0.04), look.paper)


@LOOKS
def test_the_accent_can_be_seen_on_the_page(look):
    assert contrast(look.accent, look.paper) > 3
    assert contrast(look.muted, look.paper) > 4.5


def test_the_marked_token_stands_on_its_axis_in_bold_and_apart_from_its_neighbours():
    tokens = [f"t{i}" for i in range(100)]  # every fourth is named
    for marked in (0, 1, 49, 50, 51, 99):
        axis = token_axis(tokens, marked)
        assert axis["ticktext"][axis["tickvals"].index(marked)] == f"<b>t{marked}</b>"
        assert axis["tickvals"] == sorted(axis["tickvals"])
        assert min(np.diff(axis["tickvals"])) >= 4
        assert len(axis["tickvals"]) <= 29
    assert token_axis("abc", 1)["ticktext"] == ["a", "<b>b</b>", "c"]


# ---- a block


NAMES = {
    "post": ("input", "attention", "sum1", "norm1", "feed_forward", "sum2", "norm2"),
    "pre": ("input", "norm1", "attention", "sum1", "norm2", "feed_forward", "sum2"),
}
KINDS = pytest.mark.parametrize("kind", NAMES)
SVG = "{http://www.w3.org/2000/svg}"


def norms(kind: str) -> BlockNorms:
    """Lengths of three tokens, none of them twice."""
    lengths = np.random.default_rng(1).permutation(np.linspace(1, 20.3, 21)).reshape(7, 3)
    return BlockNorms(kind, **dict(zip(NAMES[kind], lengths, strict=True)))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg if "xmlns=" in svg else svg.replace("<svg", f'<svg xmlns="{SVG[1:-1]}"', 1))


def texts(svg: str) -> list[str]:
    return [text.text for text in parsed(svg).iter(f"{SVG}text")]


def printed(svg: str) -> list[str]:
    """The lengths, from top to bottom."""
    return [match[1] for match in (re.fullmatch(r"(?:\w+ )?(\d+\.\d)", text) for text in texts(svg)) if match]


@KINDS
@pytest.mark.parametrize("token", range(3))
def test_every_length_of_the_token_stands_on_the_drawing_in_its_order(kind, token):
    made = norms(kind)
    wanted = [f"{getattr(made, name)[token]:.1f}" for name in NAMES[kind]]
    assert printed(block_drawing(made, token, LIGHT, str)) == wanted


@KINDS
def test_a_wire_is_as_thick_as_its_vector_is_long(kind):
    made = norms(kind)
    found = {float(path.get("stroke-width")) for path in parsed(block_drawing(made, 1, LIGHT, str)).iter(f"{SVG}path")}
    lengths = np.array([getattr(made, name)[1] for name in NAMES[kind]])
    wires = np.maximum(1.5, THICKEST * lengths / lengths.max())
    assert found - {2.0} == {round(width, 1) for width in wires.tolist()} - {2.0}  # 2 is the cross in a circle
    assert max(found) == THICKEST


@KINDS
def test_each_layer_stands_between_what_goes_in_and_what_comes_out(kind):
    found = texts(block_drawing(norms(kind), 0, LIGHT, str))
    assert re.fullmatch(r"in \d+\.\d", found[0])
    assert re.fullmatch(r"out \d+\.\d", found[-1])
    boxes = [text for text in found if not re.search(r"\d", text)]
    layers = ["attention, all heads", "feed-forward"]
    pairs = [[layer, "layer norm"] if kind == "post" else ["layer norm", layer] for layer in layers]
    assert boxes == [*pairs[0], *pairs[1]]
    assert len(list(parsed(block_drawing(norms(kind), 0, LIGHT, str)).iter(f"{SVG}circle"))) == 2  # the sums


@KINDS
def test_nothing_is_outside_the_drawing(kind):
    svg = parsed(block_drawing(norms(kind), 0, DARK, str))
    _x, _y, width, height = map(float, svg.get("viewBox").split())
    assert width == WIDTH
    for rect in svg.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        assert min(x, y) >= 0 and x + w <= width and y + h <= height
    for text in svg.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= width - 40 and 12 <= float(text.get("y")) <= height - 3


@KINDS
def test_its_words_are_the_page_s_and_no_markup(kind):
    svg = block_drawing(norms(kind), 0, LIGHT, lambda message: f'<script>{message}</script>&"')
    assert '<script>layer norm</script>&"' in texts(svg)
    assert not list(parsed(svg).iter(f"{SVG}script"))


@KINDS
def test_in_the_dark_it_is_another_drawing_of_the_same_numbers(kind):
    light, dark = (block_drawing(norms(kind), 0, look, str) for look in (LIGHT, DARK))
    assert texts(light) == texts(dark)
    colours = [set(re.findall("#[0-9a-f]{6}", svg)) for svg in (light, dark)]
    assert not colours[0] & colours[1]
    assert colours == [{look.ink, look.paper, look.muted, look.accent} for look in (LIGHT, DARK)]
