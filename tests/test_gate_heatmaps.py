"""The notebook's picture of a layer holds the numbers of its trace, on scales whose zero is white."""

import base64
import json
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from seqviz.figures.recurrent import gate_heatmaps
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.whatif import HoldGate, trace_whatif

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
PANELS = {"RNN": ["h"], "LSTM": ["i", "f", "g", "o", "c", "h"], "GRU": ["r", "z", "n", "h"]}


def traced(kind, steps=5, units=4, scale=1.0, **options):
    torch.manual_seed(0)
    module = KINDS[kind](3, units, **options)
    return trace_recurrent(module, scale * torch.randn(steps, 3, dtype=module.weight_ih_l0.dtype)).layers[0]


def rows_of(layer):
    return {**layer.gates, "h": layer.h, **({} if layer.c is None else {"c": layer.c})}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_array_in_the_figure_is_the_traces(kind, dtype):
    layer = traced(kind, dtype=dtype)
    figure = gate_heatmaps(layer)
    assert [panel.name for panel in figure.data] == PANELS[kind]
    for panel in figure.data:
        np.testing.assert_array_equal(panel.z, rows_of(layer)[panel.name].T)
    # And as the browser gets them.
    for panel in json.loads(figure.to_json())["data"]:
        rows, columns = map(int, panel["z"]["shape"].split(","))
        sent = np.frombuffer(base64.b64decode(panel["z"]["bdata"]), panel["z"]["dtype"]).reshape(rows, columns)
        np.testing.assert_array_equal(sent, rows_of(layer)[panel["name"]].T)


@pytest.mark.parametrize("kind", KINDS)
def test_all_panels_share_one_time_axis_and_lie_one_below_the_other(kind):
    figure = gate_heatmaps(traced(kind))
    axes = [figure.layout[panel.xaxis.replace("x", "xaxis")] for panel in figure.data]
    assert len({axis.matches or panel.xaxis for axis, panel in zip(axes, figure.data, strict=True)}) == 1
    domains = [figure.layout[panel.yaxis.replace("y", "yaxis")].domain for panel in figure.data]
    assert all(lower[1] < upper[0] for upper, lower in pairwise(domains))
    assert [note.text for note in figure.layout.annotations] == [f"<i>{name}</i>" for name in PANELS[kind]]


def test_a_gate_goes_from_white_at_zero_and_what_has_a_sign_is_white_at_zero():
    layer = traced("LSTM", scale=5)
    for panel in gate_heatmaps(layer).data:
        low, middle, high = panel.colorscale[0], panel.colorscale[len(panel.colorscale) // 2], panel.colorscale[-1]
        if panel.name in "ifo":
            assert (panel.zmin, panel.zmax, low) == (0, 1, (0, "#ffffff"))
            continue
        assert panel.zmin == -panel.zmax
        assert middle == (0.5, "#ffffff")
        assert low[1] == "#2166ac"  # blue below
        assert high[1] == "#c4620f"  # orange above
        assert panel.zmax == pytest.approx(np.abs(layer.c).max() if panel.name == "c" else 1)


def test_an_h_beyond_one_and_a_c_that_is_all_zero_have_a_scale():
    layer = traced("RNN", nonlinearity="relu", scale=9)
    assert layer.h.max() > 1
    panel = gate_heatmaps(layer).data[0]
    assert (panel.zmin, panel.zmax) == (-layer.h.max(), layer.h.max())
    held = trace_whatif(nn.LSTM(3, 4), torch.ones(5, 3), HoldGate("i", 0.0, None, 0, 4)).layers[0]
    assert not held.c.any()
    assert [(panel.zmin, panel.zmax) for panel in gate_heatmaps(held).data if panel.name == "c"] == [(-1, 1)]


def test_tokens_name_the_steps_and_are_shown_as_typed():
    tokens = ["a", "a", "<b>not</b>", "&lt;", "x" * 99]
    figure = gate_heatmaps(traced("GRU"), tokens)
    names = list(figure.data[0].x)
    assert names[:4] == ["0, a", "1, a", "2, &lt;b&gt;not&lt;/b&gt;", "3, &amp;lt;"]
    assert len(set(names)) == 5
    ticks = figure.layout.xaxis.ticktext
    assert ticks[:4] == ("a", "a", "&lt;b&gt;not&lt;/b&gt;", "&amp;lt;")
    assert len(ticks[4]) < 20


def test_without_tokens_steps_are_numbers():
    figure = gate_heatmaps(traced("GRU"))
    assert list(figure.data[0].x) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("tokens", [[], ["a"], ["a"] * 6])
def test_tokens_in_another_number_than_the_steps_are_refused(tokens):
    with pytest.raises(ValueError, match=f"{len(tokens)} tokens for 5 steps"):
        gate_heatmaps(traced("GRU"), tokens)


@pytest.mark.parametrize("steps", [1, 200])
def test_the_shortest_and_a_long_trace_make_a_figure(steps):
    figure = gate_heatmaps(traced("LSTM", steps=steps, units=64), ["token"] * steps)
    assert isinstance(figure, go.Figure)
    assert figure.data[0].z.shape == (64, steps)
    assert len(figure.layout.xaxis.ticktext) <= 30
