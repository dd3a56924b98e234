"""A series cut in time: nothing of what comes later reaches what comes before."""

import csv
import io

import numpy as np
import pytest
from refusals import refused

from seqviz.tasks import windows
from seqviz.tasks.series import SERIES, Series, make_series
from seqviz.tasks.windows import cut, written


def counted(*lengths):
    """Values that say where they stand: 0, 1, 2, … over all pieces."""
    ends = np.cumsum(lengths)
    return Series("counted", tuple(np.arange(e - n, e, dtype=float) for n, e in zip(lengths, ends, strict=True)), None)


def true_values(parts, part):
    return np.rint(parts.unscaled(part.targets))


def test_one_piece_is_cut_at_60_and_80_per_cent_of_its_steps():
    parts = cut(counted(100), 5)
    assert parts.ends == (60, 80)
    np.testing.assert_array_equal(true_values(parts, parts.training), np.arange(5, 60))
    np.testing.assert_array_equal(true_values(parts, parts.validation), np.arange(60, 80))
    np.testing.assert_array_equal(true_values(parts, parts.test), np.arange(80, 100))


def test_several_pieces_are_cut_between_them():
    parts = cut(counted(*[20] * 10), 5)
    assert parts.ends == (120, 160)
    assert [len(part.targets) for part in (parts.training, parts.validation, parts.test)] == [90, 30, 30]
    assert len(parts.learned) == 6


@pytest.mark.parametrize("series", [counted(100), counted(*[20] * 10)])
def test_a_window_holds_the_values_just_before_its_target_and_of_the_same_piece(series):
    parts = cut(series, 5)
    for part in (parts.training, parts.validation, parts.test):
        values = np.rint(parts.unscaled(np.c_[part.windows, part.targets]))
        np.testing.assert_array_equal(np.diff(values, axis=1), 1)
        if len(series.pieces) > 1:
            assert (values[:, 0] // 20 == values[:, -1] // 20).all()


def test_the_scale_is_that_of_the_training_part_by_hand():
    values = np.r_[np.tile([1.0, 3.0], 30), np.full(40, 100.0)]
    parts = cut(Series("hand", (values,), None), 4)
    assert (parts.mean, parts.std) == (2.0, 1.0)
    np.testing.assert_array_equal(parts.scaled(np.array([2.0, 100.0])), [0, 98])
    np.testing.assert_array_equal(parts.unscaled(np.array([0.0, 98.0])), [2, 100])


@pytest.mark.parametrize("name", SERIES)
def test_what_comes_later_changes_nothing_before(name):
    series = make_series(name, seed=0)
    parts = cut(series, 12)
    for end, kept in ((parts.ends[0], ("training",)), (parts.ends[1], ("training", "validation"))):
        begin, changed = 0, []
        for piece in series.pieces:
            piece = piece.copy()
            piece[max(0, end - begin) :] += 1000
            changed.append(piece)
            begin += len(piece)
        other = cut(Series(name, tuple(changed), series.period), 12)
        assert (other.mean, other.std) == (parts.mean, parts.std)
        for part in kept:
            np.testing.assert_array_equal(getattr(other, part).windows, getattr(parts, part).windows)
            np.testing.assert_array_equal(getattr(other, part).targets, getattr(parts, part).targets)
        assert not np.array_equal(other.test.targets, parts.test.targets)


def test_no_value_that_is_asked_for_in_one_part_is_read_in_an_earlier_one():
    parts = cut(counted(200), 7)
    read = [set(np.rint(parts.unscaled(part.windows)).ravel()) for part in (parts.training, parts.validation)]
    assert not read[0] & set(true_values(parts, parts.validation))
    assert not (read[0] | read[1]) & set(true_values(parts, parts.test))


@pytest.mark.parametrize("series", [counted(100), counted(*[20] * 10)])
def test_a_stretch_goes_on_where_its_known_values_end(series):
    parts = cut(series, 5)
    for part, begin in ((parts.validation, parts.ends[0]), (parts.test, parts.ends[1])):
        stretch = np.r_[part.known, part.ahead]
        np.testing.assert_array_equal(np.diff(stretch), 1)
        assert len(part.known) == 5
        assert part.ahead[0] == (begin if len(series.pieces) == 1 else begin + 5)


def test_a_series_in_which_there_is_nothing_to_learn_is_refused():
    assert refused([windows], cut, counted(60), 20) == ("too_short", {"found": 60, "window": 20})
    flat = Series("flat", (np.r_[np.ones(60), np.arange(40.0)],), None)
    assert refused([windows], cut, flat, 4) == ("constant", {})
    cut(counted(60), 4)


@pytest.mark.parametrize("name", SERIES)
def test_the_written_table_holds_every_value_to_the_last_bit_in_its_part(name):
    parts = cut(make_series(name, seed=3), 12)
    rows = list(csv.DictReader(io.StringIO(written(parts))))
    values = np.array([float(row["value"]) for row in rows])
    np.testing.assert_array_equal(values, np.concatenate(parts.series.pieces))
    names = np.array([row["part"] for row in rows])
    assert values[names == "training"].mean() == parts.mean
    counts = [int((names == part).sum()) for part in ("training", "validation", "test")]
    assert np.cumsum(counts).tolist() == [*parts.ends, len(values)]
    pieces = np.array([int(row["piece"]) for row in rows])
    np.testing.assert_array_equal(np.bincount(pieces), [len(piece) for piece in parts.series.pieces])
