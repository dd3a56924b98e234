"""What a decoder says comes next, against the model run apart from seqviz."""

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
import transformers_zoo as zoo
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from seqviz.figures.look import Look
from seqviz.figures.next_token import next_token_bars
from seqviz.traces.next_token import NextToken, next_token, percent
from seqviz.traces.refusal import Refusal

TEXT = "The cat did not cross the street."


def run(family, text=TEXT):
    """Logits (T, V) and ids (T,) of a tiny model."""
    ids = zoo.tokenizer(family)(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        return zoo.model(family)(ids).logits[0], ids[0]


@pytest.mark.parametrize("family", zoo.DECODERS)
def test_the_logits_are_the_model_s_own_at_every_token(family):
    logits, ids = run(family)
    for position in (0, 3, len(ids) - 1):
        found = next_token(zoo.model(family), zoo.tokenizer(family), TEXT, position)
        assert found.logits.dtype == np.float64
        assert_allclose(found.logits, logits[position], atol=1e-4)
        assert found.actual == (ids[position + 1] if position + 1 < len(ids) else None)


@pytest.mark.parametrize("temperature", [0.1, 0.7, 1, 3])
def test_probabilities_are_the_softmax_of_the_logits_by_the_temperature(temperature):
    logits, _ids = run("gpt2")
    found = next_token(zoo.model("gpt2"), zoo.tokenizer("gpt2"), TEXT, 2)
    expected = (logits[2].double() / temperature).softmax(dim=0)
    assert_allclose(found.probabilities(temperature), expected, rtol=1e-4)
    assert_array_equal(found.order[:20], expected.argsort(descending=True)[:20])


def test_probabilities_by_hand():
    found = NextToken(np.log([0.5, 0.25, 0.25]), None)
    assert_allclose(found.probabilities(), [0.5, 0.25, 0.25])
    assert_allclose(found.probabilities(0.5), [4 / 6, 1 / 6, 1 / 6])  # squared: 1/4, 1/16, 1/16
    assert found.order.tolist() == [0, 1, 2]


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8), st.floats(0.1, 3))
def test_probabilities_add_up_to_one_and_keep_their_order(logits, temperature):
    found = NextToken(np.array(logits), None)
    shares = found.probabilities(temperature)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares[found.order]) <= 0).all()


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature):
    with pytest.raises(ValueError, match="above 0"):
        NextToken(np.zeros(3), None).probabilities(temperature)


def test_who_predicts_no_next_token_says_so():
    for family in ("bert", "t5"):
        with pytest.raises(ValueError, match="predicts no next token"):
            next_token(zoo.model(family), zoo.tokenizer(family), TEXT, 0)
    with pytest.raises(ValueError, match="predicts no next token"):
        next_token(zoo.model("gpt2").transformer, zoo.tokenizer("gpt2"), TEXT, 0)


@pytest.mark.parametrize("position", [-1, 999])
def test_a_position_that_is_not_there_is_refused(position):
    with pytest.raises(ValueError, match="There is no token"):
        next_token(zoo.model("gpt2"), zoo.tokenizer("gpt2"), TEXT, position)


def test_after_the_last_token_that_is_read_none_is_known():
    found = next_token(zoo.model("gpt2"), zoo.tokenizer("gpt2"), TEXT, 2, most=3)
    assert found.actual is None
    with pytest.raises(Refusal, match="no tokens"):
        next_token(zoo.model("gpt2"), zoo.tokenizer("gpt2"), "", 0)


@pytest.mark.parametrize(
    ("share", "shown"), [(0, "0.0 %"), (0.0004, "< 0.1 %"), (0.0005, "0.1 %"), (0.12345, "12.3 %"), (1, "100.0 %")]
)
def test_a_share_in_print(share, shown):
    assert percent(share) == shown


def test_the_bars_bear_their_numbers_and_the_one_that_came_stands_out():
    shares, own = np.array([0.6, 0.3, 0.0001]), np.array([0.5, 0.25, 0.01])
    figure = next_token_bars(
        ["<b>", "␣", "<b>"], [1, 2, 40], shares, own, Look(dark=False, size=15),
        actual=2, probability="probability", hover="{token}: {share}, {own}",
    )  # fmt: skip
    go.Figure(figure.to_dict())  # which plotly validates
    (bars,) = figure.data
    assert list(bars.y) == ["1 · &lt;b&gt;", "2 · ␣", "40 · &lt;b&gt;"]
    assert_allclose(bars.x, shares)
    assert list(bars.text) == ["60.0 %", "30.0 %", "< 0.1 %"]
    assert bars.hovertemplate[1] == "2 · ␣: 30.0 %, 25.0 %<extra></extra>"
    assert [mark.x0 for mark in figure.layout.shapes] == own.tolist()
    assert figure.layout.yaxis.ticktext[2].startswith("<b>") and bars.marker.color[2] != bars.marker.color[1]
    assert bars.marker.color[0] == bars.marker.color[1]
