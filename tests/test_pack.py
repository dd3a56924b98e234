"""What the browser gets is packed once for the same content, and anew as soon as anything in it differs."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from weakref import ref

import numpy as np
import pytest

from seqviz.components import once as module
from seqviz.components.once import MOST, once


@dataclass(frozen=True)
class Run:
    """As CellRun: made anew in every run of a page, around arrays that are the same."""

    name: str
    values: np.ndarray
    before: "Run | None" = None


@pytest.fixture
def packed(monkeypatch):
    """A payload function, and how often it packed."""
    monkeypatch.setattr(module, "_without_session", OrderedDict())
    made = Counter()

    def payload(*args, **options):
        made["times"] += 1
        return repr((args, sorted(options))).encode()

    return once(payload), made


@dataclass(frozen=True, eq=False)
class Part:
    """As AttentionPart."""

    values: np.ndarray


VALUES, OTHERS = np.arange(4.0), np.arange(4.0)


@pytest.mark.parametrize(
    "arguments",
    [
        lambda: (VALUES, ["a", "b"], {"text": "hi"}, 3),
        lambda: (Run("LSTM", VALUES, Run("GRU", OTHERS)), str),
        lambda: ([Run("LSTM", VALUES)], (True, None), 0.5),
        lambda: (float("nan"), list(VALUES > 1), np.float64(0.5)),
    ],
)
def test_the_same_content_is_packed_once(packed, arguments):
    payload, made = packed
    assert payload(*arguments(), plays=1) is payload(*arguments(), plays=1)
    assert made["times"] == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (VALUES, OTHERS),  # equal, but another object: an array is never read through
        (["a", "b"], ["a", "c"]),
        (["a", "b"], ("a", "b")),
        (["a", "b"], ["ab"]),
        ({"text": "hi"}, {"text": "ho"}),
        ({"text": "hi"}, {"txet": "hi"}),
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (np.True_, np.False_),
        (0.0, 0.5),
        ("1", 1),
        (None, ""),
        (Run("LSTM", VALUES), Run("LSTM", OTHERS)),
        (Run("LSTM", VALUES), Run("GRU", VALUES)),
        (Run("LSTM", VALUES), Run("LSTM", VALUES, Run("LSTM", VALUES))),
        (str, repr),
    ],
)
def test_whatever_differs_is_packed_anew(packed, one, other):
    payload, made = packed
    payload(one)
    payload(other)
    payload(key=one)
    assert made["times"] == 3


def test_another_function_has_payloads_of_its_own(packed):
    payload, made = packed
    assert once(lambda it: b"another")("x") == b"another"
    assert payload("x") != b"another" and made["times"] == 1


def test_only_so_many_are_kept_and_the_oldest_go_first(packed):
    payload, made = packed
    for number in range(MOST):
        payload(number)
    payload(0)  # asked for again, so that it is not the oldest any more
    payload(MOST)
    assert len(module._without_session) == MOST and made["times"] == MOST + 1
    payload(0)
    assert made["times"] == MOST + 1
    payload(1)
    assert made["times"] == MOST + 2


def test_an_object_that_is_gone_is_never_taken_for_another_one(packed):
    """What is kept holds on to no array, and the id of one that is gone may be given again."""
    payload, made = packed
    array = np.zeros(3)
    gone = ref(array)
    payload(array)
    del array
    assert gone() is None
    for _ in range(50):
        payload(np.zeros(3))
    assert made["times"] == 51


def test_a_dataclass_that_is_compared_by_identity_is_the_same_only_where_it_is(packed):
    payload, made = packed
    one, other = Part(VALUES), Part(VALUES)
    for part in (one, one, other):
        payload(part)
    assert made["times"] == 2
