"""The softmax in print: a reader with a pocket calculator gets every weight, and each is the true one rounded."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import inf, log

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from seqviz.traces.printed import PrintedSoftmax, digits, printed_softmax

# The scores of “it” in layer 4, head 2 of MiniLM, on "The cat did not cross the street because it was too tired."
IT = [1.99, 1.249, 4.24, -1.139, -3.357, -0.43, -1.89, 1.032, -1.834, 1.399, -1.153, -2.358, 0.0915, -1.34, -0.46]


def exact(scores):
    """The softmax in 50 digits."""
    with localcontext(prec=50):
        powers = [Decimal(score).exp() if score > -inf else Decimal(0) for score in scores]
        return [power / sum(powers) for power in powers]


def rounded(x, like):
    return str(Decimal(x).quantize(Decimal(like), ROUND_HALF_UP))


def check(sheet: PrintedSoftmax, scores) -> None:
    """Read the sheet as it is printed, with nothing but the four operations and e to a power."""
    seen = [Decimal(score) for score in sheet.scores if score != "-∞"]
    largest = max(seen)
    with localcontext(prec=50):
        for score, power in zip(sheet.scores, sheet.powers, strict=True):
            assert rounded((Decimal(score) - largest).exp() if score != "-∞" else 0, power) == power
        assert sum(map(Decimal, sheet.powers)) == Decimal(sheet.total)
        for power, weight in zip(sheet.powers, sheet.weights, strict=True):
            assert rounded(Decimal(power) / Decimal(sheet.total), weight) == weight
        for score, shown in zip(scores, sheet.scores, strict=True):
            assert shown == "-∞" if score == -inf else abs(Decimal(score) - Decimal(shown)) <= half_a_unit(shown)
        for true, weight in zip(exact(scores), sheet.weights, strict=True):
            assert rounded(true, weight) == weight
    for texts in (seen, sheet.powers, sheet.weights):
        assert len({Decimal(text).as_tuple().exponent for text in texts}) == 1, "as many decimals in all of a column"


def half_a_unit(shown):
    return Decimal("0.5").scaleb(Decimal(shown).as_tuple().exponent)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40), st.sets(st.integers(0, 39)))
@example([0.0] * 8, set())  # 0.125 eight times: a tie, which a reader rounds up
@example([0.0] * 200, set())
@example([3.0, 3.0], {0})
@example([-1000.0, 1000.0], set())
def test_every_printed_number_follows_and_is_the_true_one_rounded(scores, masked):
    scores = [-inf if i in masked and i > 0 else score for i, score in enumerate(scores)]
    edges = [abs((weight * 10**n) % 1 - Decimal("0.5")) for weight in exact(scores) for n in range(2, 7)]
    assume(all(edge == 0 or edge > Decimal("1e-9") for edge in edges))  # as good as on the edge: no digit is honest
    check(printed_softmax(scores), scores)


@pytest.mark.parametrize("size", [2, 15, 40, 128, 512])
@pytest.mark.parametrize("spread", [0.05, 1, 3, 12])
def test_rows_of_any_length_and_sharpness(size, spread):
    rng = np.random.default_rng(size)
    for _ in range(min(20, 2000 // size)):
        scores = (spread * rng.normal(size=size)).tolist()
        check(printed_softmax(scores), scores)


def test_the_row_that_every_visitor_sees_first():
    sheet = printed_softmax(IT)
    assert sheet.scores[:3] == ("1.99", "1.25", "4.24")
    assert sheet.weights[:3] == ("0.08", "0.04", "0.76")
    assert (sheet.powers[2], sheet.total) == ("1.0000", "1.3082")


def test_two_by_hand():
    # e^0 = 1 and e^(−ln 3) = 1/3: weights 3/4 and 1/4. Printed −1.10, whose power is 0.33, and 0.33 ÷ 1.33 = 0.25.
    assert printed_softmax([0.0, -log(3)]) == PrintedSoftmax(
        ("0.00", "-1.10"), ("1.00", "0.33"), "1.33", ("0.75", "0.25")
    )


def test_what_is_masked_has_no_power_and_one_that_is_alone_has_all():
    sheet = printed_softmax([-inf, 2.5, -inf])
    assert sheet == PrintedSoftmax(("-∞", "2.50", "-∞"), ("0.00", "1.00", "0.00"), "1.00", ("0.00", "1.00", "0.00"))


def test_weights_have_the_decimals_that_show_two_digits_of_the_largest():
    assert printed_softmax([0.0] * 128).weights == ("0.0078",) * 128
    assert printed_softmax([0.0] * 12).weights == ("0.083",) * 12
    assert [digits(x) for x in (0.76, 0.095, 0.0949, 0.0078, 3e-5, 0.0, -0.5)] == [2, 2, 3, 4, 6, 6, 2]
