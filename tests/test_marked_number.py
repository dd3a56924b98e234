"""Remember the marked number: what may be typed, and that sampled sequences ask for what was marked last."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqviz.tasks.marked_number import LIMIT, Step, encode, one_sequence, parse, sample
from seqviz.traces.refusal import Refusal

STEPS = st.builds(Step, st.floats(-LIMIT, LIMIT), st.booleans()) | st.just(Step(0.0, question=True))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# ---- typed


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("0.3", [Step(0.3)]),
        ("0.3 -0.5 *0.8 ?", [Step(0.3), Step(-0.5), Step(0.8, marked=True), Step(0.0, question=True)]),
        ("0,3 *-0,25", [Step(0.3), Step(-0.25, marked=True)]),
        ("◆0.3 ◆−0.3", [Step(0.3, marked=True), Step(-0.3, marked=True)]),
        ("+.5 −.5 1. -1 0", [Step(0.5), Step(-0.5), Step(1.0), Step(-1.0), Step(0.0)]),
        ("0.1;0.2; 0.3 ;\n\t0.4;", [Step(0.1), Step(0.2), Step(0.3), Step(0.4)]),
        ("  ? ?  ", [Step(0.0, question=True)] * 2),
    ],
)
def test_what_is_typed_is_read(text, steps):
    assert parse(text) == steps


@pytest.mark.parametrize(
    ("text", "place", "token"),
    [
        ("0.1 x 0.2", 1, "x"),
        ("0.1 0.2 1.5 y", 2, "1.5"),
        ("-1.01", 0, "-1.01"),
        ("0.5 *−2", 1, "*−2"),
        ("0.5 *?", 1, "*?"),
        ("0.5 * 0.3", 1, "*"),
        ("**0.3", 0, "**0.3"),
        ("0.3*", 0, "0.3*"),
        ("0..3", 0, "0..3"),
        ("1e-3", 0, "1e-3"),
        ("nan", 0, "nan"),
        ("0 inf", 1, "inf"),
        ("0.1 <script>", 1, "<script>"),
        (".", 0, "."),
        ("", 0, ""),
        (";", 0, ";"),
    ],
)
def test_what_is_no_step_is_named_with_its_place(text, place, token):
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert caught.value.facts == {"place": place + 1, "text": token}
    assert str(caught.value).startswith(f"Step {place + 1}, “{token}”")


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step(0.5), "0.5"),
        (Step(1.0), "1"),
        (Step(-0.25), "−0.25"),
        (Step(-0.25, marked=True), "◆−0.25"),
        (Step(0.0, question=True), "?"),
        (Step(0.00001), "0.00001"),
        (Step(-0.123456789), "−0.123456789"),
    ],
)
def test_a_step_is_written_as_one_reads_it(step, text):
    assert str(step) == text


@given(st.lists(STEPS, min_size=1))
def test_what_is_written_is_read_as_the_same_steps(steps):
    assert parse(" ".join(map(str, steps))) == steps


def test_a_reader_gets_value_mark_and_question():
    inputs = encode(parse("0.5 *-0.25 ?"))
    assert inputs.dtype == torch.float32
    assert inputs.tolist() == [[0.5, 0.0, 0.0], [-0.25, 1.0, 0.0], [0.0, 0.0, 1.0]]


# ---- sampled


@pytest.mark.parametrize(("steps", "gap"), [(40, None), (40, 10), (40, 1), (15, 10), (11, 10), (2, None)])
def test_the_question_asks_for_the_number_marked_last(steps, gap):
    inputs, targets, question = sample(500, steps, seeded(), gap)
    assert inputs.shape == (500, steps, 3) and targets.shape == (500, steps) and question.shape == (500,)
    for row, target, place in zip(inputs.tolist(), targets.tolist(), question.tolist(), strict=True):
        asked = [t for t, step in enumerate(row) if step[2]]
        marks = [t for t, step in enumerate(row) if step[1]]
        assert asked == [place] and row[place] == [0.0, 0.0, 1.0]
        assert 1 <= len(marks) <= 2 and marks[-1] < place
        assert gap is None or place - marks[-1] == gap
        assert all(-LIMIT <= step[0] <= LIMIT and step[1] in (0.0, 1.0) and step[2] in (0.0, 1.0) for step in row)
        assert target[place] == row[marks[-1]][0]
        assert target[:place] == [0.0] * place and not any(target[place + 1 :])


def test_every_gap_comes_up_and_half_the_sequences_hold_a_mark_to_forget():
    inputs, _, question = sample(5000, 10, seeded())
    marks = inputs[..., 1]
    last = 9 - marks.flip(1).argmax(1)
    assert set((question - last).tolist()) == set(range(1, 10))
    could = last > 0  # there is room for an earlier mark
    assert (marks.sum(1) == 2)[could].float().mean() == pytest.approx(0.5, abs=0.03)


def test_numbers_spread_over_the_whole_range():
    values = sample(1000, 10, seeded(), gap=1)[0][..., 0]
    assert values.min() < -0.99 and values.max() > 0.99 and values.mean().abs() < 0.02


def test_a_seed_gives_the_same_sequences_and_another_seed_others():
    first, again, other = (sample(20, 10, seeded(seed)) for seed in (1, 1, 2))
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[0], other[0])


# ---- one to try


@pytest.mark.parametrize("gap", [1, 2, 60, 150])
def test_one_sequence_asks_at_its_end_for_what_was_marked_so_many_steps_before(gap):
    for seed in range(20):
        steps = one_sequence(gap, seed)
        assert steps[0].marked and steps[-1].question and not any(step.question for step in steps[:-1])
        last = max(place for place, step in enumerate(steps) if step.marked)
        assert len(steps) - 1 - last == gap
        assert parse(" ".join(map(str, steps))) == steps  # as it can be typed
        assert all(step.value == round(step.value, 2) and str(step) != "−0" for step in steps)


def test_there_are_many_such_sequences_and_each_comes_again():
    found = [tuple(one_sequence(10, seed)) for seed in range(50)]
    assert len(set(found)) == 50 and tuple(one_sequence(10, 7)) == found[7]
    assert {sum(step.marked for step in steps) for steps in found} == {1, 2}
