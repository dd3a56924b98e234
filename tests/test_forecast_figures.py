"""The pictures of lesson `forecast` hold the numbers that they were given, in their places."""

import json
from base64 import b64decode

import numpy as np
import plotly.graph_objects as go
import pytest

from seqviz.components.epochs import MOST_KNOWN, Curve, payload_of
from seqviz.figures.forecast import MOST_POINTS, SHOWN, Line, forecasts, series_in_parts
from seqviz.figures.look import Look
from seqviz.tasks.series import Series, make_series
from seqviz.tasks.windows import cut
from seqviz.words import LANGUAGES, catalogue

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
NAMES = ("training", "validation", "test")
SAY = {
    "step": "steps",
    "value": "value",
    "recorded": "came",
    "drift": "off from {step}",
    "hover": "{name} {step} {value}",
}
KNOWN, TRUTH = np.linspace(-5, 5, 60), np.array([1.0, 2.0, 4.0])
LINES = [
    Line("LSTM", np.array([1.0, 2.5, 9.0]), "LSTM", drift=2),
    Line("RNN", np.array([1.0, 7.0, 7.0]), "RNN", drift=1),
    Line("linear", np.array([1.0, 2.0, 3.9]), "", "dash"),
]


def parts_of(name="sine", look=LIGHT):
    parts = cut(make_series(name, seed=0), 10)
    return parts, series_in_parts(parts, look, parts=NAMES).to_plotly_json()


def ahead(look=LIGHT, lines=LINES, known=KNOWN, truth=TRUTH):
    return forecasts(known, truth, lines, look, **SAY).to_plotly_json()


def numbers(array):
    """An array as the browser gets it, or a list, as numbers; None, which ends a line, is nan."""
    if isinstance(array, dict):
        return np.frombuffer(b64decode(array["bdata"]), array["dtype"])
    return np.array([np.nan if value is None else value for value in array], dtype=float)


def test_each_part_lies_where_the_series_was_cut():
    parts, figure = parts_of()
    assert parts.ends == (600, 800)
    assert [(box["x0"], box["x1"]) for box in figure["layout"]["shapes"]] == [(600, 800), (800, 1000)]
    assert [(note["text"], note["x"]) for note in figure["layout"]["annotations"]] == [
        ("training", 300), ("validation", 700), ("test", 900)
    ]  # fmt: skip
    (line,) = figure["data"]
    np.testing.assert_array_equal(numbers(line["x"])[:-1], np.arange(1000))
    np.testing.assert_array_equal(numbers(line["y"])[:-1], parts.series.pieces[0])


def test_pieces_are_not_joined_and_each_is_in_its_place():
    parts, figure = parts_of("damped")
    (line,) = figure["data"]
    steps, values = numbers(line["x"]), numbers(line["y"])
    ends = np.flatnonzero(np.isnan(values))
    assert len(ends) == 40 and line["connectgaps"] is False
    begin, shown = 0, 0
    for piece, end in zip(parts.series.pieces, ends, strict=True):
        np.testing.assert_array_equal(values[shown:end], piece[:: len(piece) // (end - shown)])
        np.testing.assert_array_equal(
            steps[shown:end], np.arange(begin, begin + len(piece), len(piece) // (end - shown))
        )
        begin, shown = begin + len(piece), end + 1


def test_a_long_series_is_thinned_out_to_what_can_be_seen():
    parts = cut(Series("long", (np.sin(np.arange(5000)),), None), 10)
    (line,) = series_in_parts(parts, LIGHT, parts=NAMES).data
    assert len(line.x) <= MOST_POINTS
    assert numbers(line.y)[100] == np.sin(numbers(line.x)[100])


def test_forecasts_stand_over_the_steps_that_they_are_about():
    came, *said = ahead()["data"]
    np.testing.assert_array_equal(came["x"], range(1 - SHOWN, 4))
    np.testing.assert_array_equal(came["y"], [*KNOWN[-SHOWN:], *TRUTH])
    for line, given in zip(said, LINES, strict=True):
        np.testing.assert_array_equal(numbers(line["x"]), [1, 2, 3])
        np.testing.assert_array_equal(numbers(line["y"]), given.values)
        assert (line["name"], line["line"]["dash"]) == (given.name, given.dash)
    assert [line["line"]["color"] for line in said] == [LIGHT.of["LSTM c"], LIGHT.of["RNN"], LIGHT.muted]


def test_who_drifts_off_is_marked_at_that_step_in_its_colour():
    layout = ahead()["layout"]
    marks = [(mark["x0"], mark["x1"], mark["line"]["color"]) for mark in layout["shapes"]]
    assert marks == [(3, 3, LIGHT.of["LSTM c"]), (2, 2, LIGHT.of["RNN"])]
    notes = [(note["x"], note["text"], note["font"]["color"]) for note in layout["annotations"]]
    assert notes == [(3, "off from 3", LIGHT.of["LSTM c"]), (2, "off from 2", LIGHT.of["RNN"])]
    assert len({note["y"] for note in layout["annotations"]}) == 2  # one above the other


def test_a_forecast_that_runs_away_does_not_flatten_what_came():
    low, high = ahead(lines=[Line("RNN", np.array([1.0, 1e9, np.inf]), "RNN", drift=1)])["layout"]["yaxis"]["range"]
    values = [*KNOWN[-SHOWN:], *TRUTH]
    assert low == pytest.approx(min(values) - 0.25 * (max(values) - min(values)))
    assert high == pytest.approx(max(values) + 0.25 * (max(values) - min(values)))
    still = ahead(known=np.ones(9), truth=np.ones(3))["layout"]["yaxis"]["range"]
    assert still[0] < 1 < still[1]


FIGURES = {"whole": lambda look: parts_of(look=look)[1], "sealed": ahead}


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_them_and_they_fit_a_phone_light_and_dark(name):
    light, dark = FIGURES[name](LIGHT), FIGURES[name](DARK)
    go.Figure(json.loads(json.dumps(light, default=lambda array: array.tolist())))
    assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]
    for figure in (light, dark):
        layout = figure["layout"]
        assert "width" not in layout and layout["height"] < 600
        assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]


# ---- the component


def unpacked(payload):
    length = int.from_bytes(payload[:4], "little")
    header, body = json.loads(payload[4 : 4 + length]), payload[4 + length :]
    found = {}
    for one in header.pop("arrays"):
        array = np.frombuffer(body, "<" + one["type"], int(np.prod(one["shape"])), one["offset"])
        found[one["name"]] = array.reshape(one["shape"])
    return header, found


def test_the_epochs_get_what_was_given():
    rng = np.random.default_rng(0)
    loss = rng.uniform(size=(3, 2))
    loss[0, 0] = np.nan
    curves = [Curve("GRU", loss, 1, rng.normal(size=(3, 5))), Curve("tuned", loss[:2], 0)]
    header, arrays = unpacked(payload_of("run", curves, 7, True, str, KNOWN, TRUTH))
    assert (header["id"], header["of"], header["live"]) == ("run", 7, True)
    assert header["cells"] == [{"name": "GRU", "best": 1}, {"name": "tuned", "best": 0}]
    assert set(arrays) == {"loss0", "ahead0", "loss1", "known", "truth"}
    np.testing.assert_array_equal(arrays["loss0"], loss)
    np.testing.assert_array_equal(arrays["loss1"], loss[:2])
    np.testing.assert_allclose(arrays["ahead0"], curves[0].ahead, rtol=1e-6)
    np.testing.assert_array_equal(arrays["known"], KNOWN[-MOST_KNOWN:])
    np.testing.assert_array_equal(arrays["truth"], TRUTH)


def test_every_word_of_the_epochs_is_translated():
    english, *others = [unpacked(payload_of("", [], 1, False, catalogue(lang)))[0]["words"] for lang in LANGUAGES]
    for words in others:
        assert set(words) == set(english)
        assert [name for name in words if words[name] == english[name]] == []
