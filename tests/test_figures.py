"""The figures hold the numbers that they were given, escape what was typed, and read in light and dark."""

import json
from base64 import b64decode

import numpy as np
import pytest

from seqviz.figures.jacobian import Curve, against_lag, jacobian_heatmap
from seqviz.figures.look import Look, token_axis
from seqviz.figures.recall import Recall, recall_against_gap
from seqviz.figures.survival import coloured, survival_map, survival_map_of_logs
from seqviz.models.checkpoint import load_card

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
STEPS = {"name": "step {n}, {token}", "rows": "after", "columns": "wrote"}
SAY = "{share} of {wrote} at {now}"
HOSTILE = ("<b>bold</b>", "&lt;", '<a href="javascript:alert(1)">x</a>', "%{z}", "{n}")
SHARES = np.tril(np.linspace(0, 1, 25).reshape(5, 5))


def sent(array):
    """An array as the browser gets it: base64, with its type and shape."""
    found = np.frombuffer(b64decode(array["bdata"]), array["dtype"])
    return found.reshape([int(n) for n in array["shape"].split(",")]) if "shape" in array else found


def recall():
    cells = [Recall.of(load_card(f"marked-number-{cell}")) for cell in ("rnn", "gru", "lstm")]
    return recall_against_gap(
        cells, LIGHT, gap="gap", r2="R²", hover="{cell} {seed} {gap} {r2}", trained="trained up to here"
    )


def lag(*curves, **options):
    return against_lag(curves, LIGHT, lag="lag", norm="norm", hover="{name} {lag} {norm}", **options)


FIGURES = {
    "survival": lambda look: survival_map(SHARES, HOSTILE, look, hover=SAY, **STEPS),
    "jacobian": lambda look: jacobian_heatmap(SHARES, HOSTILE, look, hover=SAY, **STEPS),
    "logs": lambda look: survival_map_of_logs(np.log(SHARES + 1e-9), HOSTILE, look, hover=SAY, **STEPS),
    "lag": lambda look: against_lag(
        [Curve("RNN", "RNN", np.array([0.5, 1.0]))], look, lag="lag", norm="norm", hover="{name}"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_what_was_not_validated(name):
    import plotly.graph_objects as go

    shown = json.loads(FIGURES[name](LIGHT).to_json())
    go.Figure(shown)  # raises for anything that plotly does not know


def test_plotly_accepts_the_recall():
    import plotly.graph_objects as go

    go.Figure(json.loads(recall().to_json()))


@pytest.mark.parametrize("name", FIGURES)
def test_light_and_dark_differ_and_neither_covers_the_page(name):
    light, dark = (FIGURES[name](look).to_plotly_json()["layout"] for look in (LIGHT, DARK))
    assert light["font"]["color"] != dark["font"]["color"]
    assert (light["font"]["size"], dark["font"]["size"]) == (15, 22)
    for layout in (light, dark):
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]


# ---- survival


def test_the_map_holds_the_shares_on_a_fixed_scale():
    (heatmap,) = survival_map(SHARES, "abcde", LIGHT, hover=SAY, **STEPS).to_plotly_json()["data"]
    np.testing.assert_array_equal(sent(heatmap["z"]), SHARES.astype(np.float32))
    assert (heatmap["zmin"], heatmap["zmax"]) == (0, 1)
    assert heatmap["colorscale"][0] == [0, "#ffffff"]
    assert heatmap["hovertemplate"] == "%{z:.2f} of %{x} at %{y}<extra></extra>"


def test_the_map_of_logarithms_tells_the_smallest_apart():
    logs = np.log(10) * np.array([[-1.0, -np.inf], [-500.0, -np.inf]])
    (heatmap,) = survival_map_of_logs(logs, "ab", LIGHT, hover=SAY, **STEPS).to_plotly_json()["data"]
    np.testing.assert_allclose(sent(heatmap["z"]), [[-1, np.nan], [-6, -6]])
    np.testing.assert_allclose(sent(heatmap["customdata"]), [[-1, -np.inf], [-500, -np.inf]])
    assert (heatmap["zmin"], heatmap["zmax"]) == (-6, 0)


def test_every_step_has_a_name_of_its_own():
    (heatmap,) = survival_map(SHARES, ("a", "a", "b", "a", "b"), LIGHT, hover=SAY, **STEPS).to_plotly_json()["data"]
    assert heatmap["x"] == heatmap["y"] == ["step 1, a", "step 2, a", "step 3, b", "step 4, a", "step 5, b"]


def test_typed_tags_are_no_tags():
    figure = survival_map(SHARES, HOSTILE, LIGHT, hover=SAY, **STEPS).to_plotly_json()
    (heatmap,), layout = figure["data"], figure["layout"]
    for texts in (heatmap["x"], layout["xaxis"]["ticktext"], layout["yaxis"]["ticktext"]):
        assert not any("<" in text for text in texts)
        assert texts[1].endswith("&amp;lt;")
    assert heatmap["x"][3:] == ["step 4, %{z}", "step 5, {n}"]


def test_tokens_are_thinned_out_and_cut_where_there_are_many():
    assert token_axis("abc")["ticktext"] == ["a", "b", "c"]
    axis = token_axis(["unbelievably"] * 199 + ["antidisestablishmentarianism"])
    assert axis["tickvals"] == list(range(0, 200, 8))
    assert token_axis(["antidisestablishmentarianism"])["ticktext"] == ["antidisestabl…"]


def test_the_sentence_says_each_share_and_shows_what_was_typed():
    html = coloured(HOSTILE, [0.0, 0.25, 0.5, 0.994, 1.0], LIGHT)
    assert "<b>bold" not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "&amp;lt;" in html
    for share in ("0.00", "0.25", "0.50", "0.99", "1.00"):
        assert f">{share}<" in html


def contrast(*colours):
    def luminance(colour):
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def channels(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


@pytest.mark.parametrize("look", [LIGHT, DARK])
@pytest.mark.parametrize("share", np.linspace(0, 1, 41))
def test_a_word_reads_on_every_share(look, share):
    html = coloured(["word"], [share], look)
    ink = html.partition(";color:")[2][:7]
    nothing, everything = (channels(colour) for _share, colour in look.shares)
    assert contrast(channels(ink), share * everything + (1 - share) * nothing) >= 3  # WCAG AA, large bold type


# ---- Jacobians


def test_the_map_of_norms_is_logarithmic_and_says_the_numbers():
    norms = np.array([[1.0, 0, 0], [0.1, 1.0, 0], [0.0, 100.0, 1.0]])
    (heatmap,) = jacobian_heatmap(norms, "abc", LIGHT, hover=SAY, **STEPS).to_plotly_json()["data"]
    expected = [[0, np.nan, np.nan], [-1, 0, np.nan], [-3, 2, 0]]
    np.testing.assert_allclose(sent(heatmap["z"]), expected, atol=1e-6)
    np.testing.assert_array_equal(sent(heatmap["customdata"]), norms)
    assert "%{customdata:.3~g}" in heatmap["hovertemplate"]


def test_lines_run_from_the_last_step_back():
    (line,) = lag(Curve("RNN", "RNN", np.array([0.0, 0.25, 0.5, 1.0]))).to_plotly_json()["data"]
    np.testing.assert_array_equal(sent(line["x"]), [0, 1, 2, 3])
    np.testing.assert_array_equal(sent(line["y"]), [1, 0.5, 0.25, np.nan])
    assert line["line"]["dash"] == "solid"


@pytest.mark.parametrize(
    ("norms", "ends"), [([0.5, 1.0], [-1, 1]), ([1e-30, 1.0], [-12, 1]), ([1e9, 1.0], [0, 4]), ([0.0, 1.0], [0, 1])]
)
def test_the_axis_shows_what_there_is_within_reason(norms, ends):
    assert lag(Curve("RNN", "RNN", np.array(norms))).to_plotly_json()["layout"]["yaxis"]["range"] == ends


def test_an_axis_can_be_held():
    figure = lag(Curve("RNN", "RNN", np.ones(3)), powers=(-12, 4))
    assert figure.to_plotly_json()["layout"]["yaxis"]["range"] == [-12, 4]


def test_the_tokens_of_a_line_are_the_steps_back_from_the_end():
    figure = against_lag(
        [Curve("RNN", "RNN", np.ones(2))], LIGHT, lag="lag", norm="norm", hover="{token}", tokens=["<i>a", "b"]
    )
    assert figure.to_plotly_json()["data"][0]["customdata"] == ["b", "&lt;i&gt;a"]


# ---- recall


def test_every_seed_is_a_line_and_the_shipped_one_bold():
    lines = recall().to_plotly_json()["data"]
    assert len(lines) == 9
    for cell in ("RNN", "GRU", "LSTM"):
        card = load_card(f"marked-number-{cell.lower()}")
        mine = [line for line in lines if line["name"] == cell]
        scores = [list(seed["r2_by_gap"].values()) for seed in card.scores_of_all_seeds.values()]
        assert sorted(line["y"] for line in mine) == sorted(scores)
        bold = [line for line in mine if line["line"]["width"] > 2]
        assert [line["y"] for line in bold] == [list(card.scores["r2_by_gap"].values())]
        assert [line["showlegend"] for line in mine] == [False, False, True]
