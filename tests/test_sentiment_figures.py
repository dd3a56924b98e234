"""The pictures of lesson `sentiment` hold the numbers they were given, in their places, and names as typed."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest
from test_forecast_figures import numbers

from seqviz.figures.look import Look
from seqviz.figures.verdicts import accuracies, calibration_plot, confusion_map, learning_curves, moved_bars
from seqviz.jobs.learning_curve import Point
from seqviz.jobs.scores import Bin, Share

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
HOSTILE = "<img src=x onerror=window.hacked=1> & Co"
SHARES = {"bag": Share(12, 20, 0.4, 0.75), "RNN": Share(5, 20, 0.1, 0.47), "frozen": Share(20, 20, 0.83, 1.0)}
NAMES = {"bag": "bag of words", "frozen": HOSTILE}
BINS = [
    Bin(0.0, 0.2, 4, 0.1, 0.25), Bin(0.2, 0.4, 0, np.nan, np.nan), Bin(0.4, 0.6, 1, 0.5, 1.0), Bin(0.6, 1, 16, 0.9, 0.5)
]  # fmt: skip
COUNTS = ((64, 26), (0, 90))
POINTS = [
    Point(name, sentences, seed, Share(right, 10, 0, 1))
    for name, sentences, rights in (("GRU", 25, (4, 5, 9)), ("GRU", 400, (8,)), ("GRU", 430, (9,)), ("bag", 25, (5,)))
    for seed, right in enumerate(rights)
]


def readers(look=LIGHT, shares=SHARES):
    return accuracies(shares, NAMES, look, accuracy="right", hover="{right} of {n}", chance="a coin").to_plotly_json()


def confusion(look=LIGHT, counts=COUNTS):
    return confusion_map(counts, look, labels=("neg", "pos"), rows="label", columns="says").to_plotly_json()


def calibration(look=LIGHT):
    return calibration_plot(BINS, look, said="said", positive="are", hover="{said} {positive} {n}").to_plotly_json()


def curves(look=LIGHT):
    options = {"sentences": "n", "accuracy": "right", "hover": "{name} {sentences} {accuracy}"}
    return learning_curves(POINTS, {"GRU": HOSTILE}, look, **options).to_plotly_json()


def heads(look=LIGHT):
    return moved_bars(np.array([0.1, 0.4, 0.2]), look, head="head", distance="moved").to_plotly_json()


def test_each_reader_is_a_dot_at_its_share_with_its_interval_the_first_on_top():
    (dots,) = readers()["data"]
    assert dots["y"] == ["&lt;img src=x onerror=window.hacked=1&gt; &amp; Co", "RNN", "bag of words"]
    assert dots["x"] == [1.0, 0.25, 0.6]
    ends = np.array([dots["error_x"]["arrayminus"], dots["error_x"]["array"]])
    np.testing.assert_allclose(dots["x"] - ends[0], [0.83, 0.1, 0.4])
    np.testing.assert_allclose(dots["x"] + ends[1], [1.0, 0.47, 0.75])
    assert dots["hovertemplate"][2] == "12 of 20<extra></extra>"
    assert len(set(dots["marker"]["color"])) == 3


def test_the_interval_of_a_poor_reader_is_seen_and_a_coin_is_marked():
    layout = readers()["layout"]
    low, high = layout["xaxis"]["range"]
    assert low < 0.1 and high > 1
    assert [(line["x0"], line["x1"]) for line in layout["shapes"]] == [(0.5, 0.5)]
    assert [(note["x"], note["text"]) for note in layout["annotations"]] == [(0.5, "a coin")]
    assert readers(shares={"bag": SHARES["bag"]})["layout"]["xaxis"]["range"][0] < 0.3


def test_the_confusion_shows_counts_and_is_coloured_by_the_share_of_each_label():
    (grid,) = confusion()["data"]
    assert grid["text"] == [["64", "26"], ["0", "90"]]
    np.testing.assert_allclose(numbers(grid["z"]), [64 / 90, 26 / 90, 0, 1])
    assert (grid["x"], grid["y"]) == (["neg", "pos"], ["neg", "pos"])
    assert confusion()["layout"]["yaxis"]["autorange"] == "reversed"  # negative on top, as in the counts
    assert np.isfinite(numbers(confusion(counts=((0, 0), (3, 1)))["data"][0]["z"])).all()


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_the_counts_can_be_read_on_every_colour_that_a_share_may_have(look):
    (grid,) = confusion(look)["data"]
    (_, none), (_, all_of_it) = grid["colorscale"]
    assert grid["zmin"] == 0 and grid["textfont"]["size"] > look.size
    for share in (0, 0.5, 1):
        part = share / grid["zmax"]
        colour = (1 - part) * rgb(none) + part * rgb(all_of_it)
        dark, light = sorted(map(luminance, (colour, rgb(grid["textfont"]["color"]))))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def luminance(colour):
    """As WCAG defines it."""
    share = colour / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def test_only_bins_with_texts_are_dots_and_more_texts_make_a_larger_one():
    (dots,) = calibration()["data"]
    assert (dots["x"], dots["y"]) == ([0.1, 0.5, 0.9], [0.25, 1.0, 0.5])
    assert dots["marker"]["size"] == [20, 14, 32]
    assert dots["hovertemplate"][0] == "10% 25% 4<extra></extra>"
    (diagonal,) = calibration()["layout"]["shapes"]
    assert [diagonal[end] for end in ("x0", "y0", "x1", "y1")] == [0, 0, 1, 1]


def test_every_draw_is_a_dot_and_their_mean_the_line():
    line, dots, other, _ = curves()["data"]
    assert line["x"] == [25, 400, 430]
    np.testing.assert_allclose(line["y"], [0.6, 0.8, 0.9])
    assert dots["x"] == [25, 25, 25, 400, 430]
    np.testing.assert_allclose(dots["y"], [0.4, 0.5, 0.9, 0.8, 0.9])
    assert (line["name"], other["name"]) == ("&lt;img src=x onerror=window.hacked=1&gt; &amp; Co", "bag")
    assert line["name"] in dots["hovertemplate"] and line["line"]["color"] == dots["marker"]["color"]
    assert curves()["layout"]["xaxis"]["tickvals"] == [25, 430]  # 400 would stand on the last one


def test_the_head_that_moved_most_stands_out():
    (bars,) = heads()["data"]
    assert bars["x"] == ["1", "2", "3"]
    np.testing.assert_array_equal(numbers(bars["y"]), [0.1, 0.4, 0.2])
    assert bars["marker"]["color"] == [LIGHT.grid, LIGHT.accent, LIGHT.grid]


FIGURES = (readers, confusion, calibration, curves, heads)


@pytest.mark.parametrize("figure", FIGURES)
def test_plotly_accepts_them_and_they_fit_a_phone_light_and_dark(figure):
    light, dark = figure(LIGHT), figure(DARK)
    go.Figure(json.loads(json.dumps(light, default=lambda array: array.tolist())))
    assert (light["layout"]["font"]["color"], dark["layout"]["font"]["color"]) == (LIGHT.ink, DARK.ink)
    for one in (light, dark):
        layout = one["layout"]
        assert "width" not in layout and layout["height"] < 600
        assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]
