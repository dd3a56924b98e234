"""The pictures of four readers: every number where it belongs, nothing typed is drawn as markup."""

import numpy as np
import pytest

from seqviz.figures.compare import Learned, accuracies_by_kind, answers, effect_by_step, learned_by_step
from seqviz.figures.look import Look

LOOKS = (Look(dark=False, size=15), Look(dark=True, size=22))
READERS = ("RNN", "GRU", "LSTM", "Transformer")


def effects(steps):
    return {reader: np.linspace(0, 0.1 * (i + 1), steps) for i, reader in enumerate(READERS)}


def drawn_effects(tokens, look=LOOKS[0], found=None):
    found = found or effects(len(tokens))
    return effect_by_step(found, tokens, look, name="step {n}, {token}", moved="moved", hover="{reader} {step} {moved}")


def test_every_reader_has_its_line_in_its_colour():
    for look in LOOKS:
        figure = drawn_effects(["a", "b", "a"], look)
        assert [line.name for line in figure.data] == list(READERS)
        assert len({line.line.color for line in figure.data}) == 4
        for line, effect in zip(figure.data, effects(3).values(), strict=True):
            np.testing.assert_array_equal(line.y, effect)
            assert list(line.x) == ["step 1, a", "step 2, b", "step 3, a"]  # words repeat, steps do not


def test_the_axis_holds_the_largest_effect_and_is_never_narrower_than_a_tenth():
    assert drawn_effects(["a"] * 5).layout.yaxis.range[1] == pytest.approx(1.1 * 0.4)
    none = {reader: np.zeros(5) for reader in READERS}
    assert drawn_effects(["a"] * 5, found=none).layout.yaxis.range[1] == pytest.approx(0.11)


def test_hostile_words_are_escaped():
    figure = drawn_effects(["<b>x</b>", "<script>alert(1)</script>"])
    assert list(figure.data[0].x) == ["step 1, &lt;b&gt;x&lt;/b&gt;", "step 2, &lt;script&gt;alert(1)&lt;/script&gt;"]
    assert not any("<" in text for text in figure.layout.xaxis.ticktext)


def test_answers_stand_where_they_are_beside_what_was_marked():
    found = {"RNN": 0.4, "GRU": -1.3, "LSTM": -0.71, "Transformer": -0.7}
    figure = answers(found, -0.7, LOOKS[0], answer="answer", wanted="marked", hover="{reader} {answer}")
    (dots,) = figure.data
    assert dict(zip(dots.y, dots.x, strict=True)) == found
    assert dict(zip(dots.y, dots.text, strict=True))["GRU"].strip() == "−1.30"
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == -0.7 and figure.layout.annotations[0].text == "marked"
    low, high = figure.layout.xaxis.range
    assert low < -1.3 and high == -low


def test_a_dot_for_every_seed_the_shipped_one_larger():
    shares = {"all": {"RNN": [0.9, 0.8, 0.85], "LSTM": [0.99, 0.98, 0.97]}, "gap": {"RNN": [0.7, 0.6, 0.65]}}
    figure = accuracies_by_kind(shares, LOOKS[0], right="right", hover="{reader} {kind} {right}")
    rnn, lstm = figure.data
    assert (rnn.name, lstm.name) == ("RNN", "LSTM")
    assert list(rnn.x) == [0.9, 0.8, 0.85, 0.7, 0.6, 0.65] and list(lstm.x) == [0.99, 0.98, 0.97]
    heights = {name.text: name.y for name in figure.layout.annotations}  # the axis leads downwards
    assert heights["all"] < rnn.y[0] == rnn.y[2] < min(lstm.y) < 0.5 < heights["gap"] < rnn.y[3] < 1.5
    assert rnn.marker.size[0] > rnn.marker.size[1] == rnn.marker.size[2] and rnn.marker.size[3] > rnn.marker.size[4]
    assert list(rnn.customdata) == ["all"] * 3 + ["gap"] * 3
    assert figure.layout.xaxis.range[0] < 0.6 and figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_every_seed_of_a_training_is_a_line_and_the_shipped_one_lies_on_top():
    curves = [
        Learned("two", 0, [0, 10], [0.1, 0.9], "Transformer", is_shipped=True),
        Learned("two", 1, [0, 10], [0.0, 0.8], "Transformer", is_shipped=False),
    ]
    figure = learned_by_step(curves, LOOKS[0], step="step", right="right", hover="{name} {seed} {step} {right}")
    other, shipped = figure.data
    assert list(shipped.y) == [0.1, 0.9] and list(other.y) == [0.0, 0.8]
    assert shipped.line.width > other.line.width and shipped.showlegend and not other.showlegend
    assert "two 0" in shipped.hovertemplate and "two 1" in other.hovertemplate
