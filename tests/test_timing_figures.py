"""The pictures of the stopwatch hold what was measured, the powers fitted to it, and where its lines cross."""

import json
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from timing_by_hand import FORWARD, measured

from seqviz.figures.look import Look
from seqviz.figures.timing import against_length, meeting_points, memories, times
from seqviz.jobs.stopwatch import MODELS, Crossing, Size

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
NAMES = {model: f"the {model}" for model in MODELS}
SAY = {"length": "T", "value": "ms", "hover": "{name} {length} {value}", "cross": "cross"}
FOUND = measured()


def figure(lines, look=LIGHT, crossings=()):
    return against_length(lines, look, crossings=crossings, **SAY).to_plotly_json()


def curves(shown):
    """The lines that the legend lists."""
    return [trace for trace in shown["data"] if trace.get("showlegend", True)]


@pytest.mark.parametrize(("way", "factor"), [("forward", 1), ("both", 4)])
def test_each_line_holds_the_milliseconds_of_its_model_and_their_quartiles(way, factor):
    for line, model in zip(times(FOUND, way, NAMES), MODELS, strict=True):
        wanted = [factor * FORWARD[model](length) for length in FOUND.lengths]
        assert (line.name, tuple(line.lengths)) == (NAMES[model], FOUND.lengths)
        assert line.values == pytest.approx(wanted)
        assert line.low == pytest.approx([0.95 * ms for ms in wanted])
        assert line.high == pytest.approx([1.05 * ms for ms in wanted])
    drawn = curves(figure(times(FOUND, way, NAMES)))
    for trace, line in zip(drawn, times(FOUND, way, NAMES), strict=True):
        assert (trace["x"], trace["y"]) == (list(line.lengths), line.values)
        ends = [trace["error_y"][name] for name in ("arrayminus", "array")]
        assert ends == [pytest.approx([0.05 * ms for ms in line.values])] * 2


def test_memory_is_in_megabytes_and_has_no_spread():
    found = {line.name: line for line in memories(FOUND, NAMES)}
    assert found["the RNN"].values[-1] == pytest.approx(0.512)
    assert found["the matrix"].values[-1] == pytest.approx((3000 * 1024 + 8 * 1024**2) / 1e6)
    assert all("error_y" not in trace for trace in curves(figure(list(found.values()))))


def test_the_legend_says_the_power_of_t_and_a_band_shows_it_where_it_was_fitted():
    shown = figure(times(FOUND, "forward", NAMES))
    assert [trace["name"] for trace in curves(shown)][:2] == [
        "the RNN ∝ T<sup>1.00</sup>",
        "the GRU ∝ T<sup>1.00</sup>",
    ]
    assert curves(shown)[3]["name"] == "the matrix ∝ T<sup>2.00</sup>"
    bands = [trace for trace in shown["data"] if not trace.get("showlegend", True)]
    assert [tuple(band["x"]) for band in bands] == [(256, 1024)] * len(MODELS)
    assert list(bands[0]["y"]) == pytest.approx([5.12, 20.48])
    assert [band["legendgroup"] for band in bands] == [trace["legendgroup"] for trace in curves(shown)]


def test_with_too_few_lengths_there_is_no_power_yet():
    early = replace(FOUND, points=tuple(point for point in FOUND.points if point.length <= 16))
    shown = figure(times(early, "forward", NAMES))
    assert [trace["name"] for trace in shown["data"]] == list(NAMES.values())


def test_rings_lie_where_an_encoder_crosses_a_cell_in_milliseconds():
    found = sorted(meeting_points(measured(LSTM=lambda length: 1e-9), "forward"))
    assert [met.length for met in found] == pytest.approx([50, 200, 200, 800])
    assert [met.value for met in found] == pytest.approx([1, 4, 16, 64])
    rings = figure(times(FOUND, "forward", NAMES), crossings=[Crossing(200, 4), Crossing(50.4, 1)])["data"][-1]
    assert (rings["x"], rings["y"], rings["text"], rings["name"]) == ([50.4, 200], [1, 4], ["50", "200"], "cross")


def test_lengths_are_named_from_the_longest_every_second():
    axis = figure(times(FOUND, "forward", NAMES))["layout"]["xaxis"]
    assert (axis["tickvals"][-1], axis["ticktext"][-3:]) == (1024, ["256", "", "1024"])
    axis = figure(times(measured(Size(64, 512)), "forward", NAMES))["layout"]["xaxis"]
    assert axis["ticktext"] == ["8", "", "32", "", "128", "", "512"]


def test_every_model_can_be_told_from_every_other():
    for look in (LIGHT, DARK):
        seen = {
            (trace["line"]["color"], trace["line"]["dash"])
            for trace in curves(figure(times(FOUND, "both", NAMES), look))
        }
        assert len(seen) == len(MODELS)


def test_plotly_accepts_them_and_they_fit_a_phone_light_and_dark():
    light, dark = (figure(times(FOUND, "both", NAMES), look, [Crossing(50, 1)]) for look in (LIGHT, DARK))
    for shown in (light, dark):
        go.Figure(json.loads(json.dumps(shown)))
        assert "width" not in shown["layout"] and shown["layout"]["height"] < 720
        assert (shown["layout"]["xaxis"]["type"], shown["layout"]["yaxis"]["type"]) == ("log", "log")
        assert shown["layout"]["xaxis"]["fixedrange"] and shown["layout"]["yaxis"]["fixedrange"]
    assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]
