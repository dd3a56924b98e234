"""Arithmetic in print: rounded numbers that a reader can check with a pocket calculator.

Rounding each number on its own breaks a sum (0.104 + 0.104 = 0.208 would print as 0.10 + 0.10 = 0.21). Here each
printed product is its printed factors multiplied, the printed lines add up to the printed total, and the activation of
the printed total is the printed result, each rounded as shown. Where two decimals do not manage that, more are printed.
components/browser/shared/math.js does the same in the browser, digit for digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import exp, fsum, inf, prod

from seqviz.traces.arithmetic import Arithmetic, Term, activate

FEWEST, MOST = 2, 8  # decimals
FINEST = 12  # of the factors, whose product has to come out right to the last decimal of an amount
TIE = 1 + 1e-12  # 0.95 × 0.90 is 0.855 to a reader, who rounds it up, and a little less in binary


@dataclass(frozen=True)
class Line:
    """One line of a printed sum: its factors (none for the bias and for a line of the rest) and what it adds."""

    kind: str  # "bias", "term" or "rest"
    source: str  # as in Term; "" for the bias
    index: int  # of the term; for a rest, how many terms it gathers; 0 for the bias
    factors: tuple[str, ...]
    amount: str


@dataclass(frozen=True)
class PrintedArithmetic:
    """result = opening × activation(total) and total = Σ amounts; `opening` is "" where there is none."""

    lines: tuple[Line, ...]
    total: str
    opening: str
    result: str


@dataclass(frozen=True)
class PrintedSoftmax:
    """For each competitor weight = power ÷ total, power = e^(score − largest score), and total = Σ powers."""

    scores: tuple[str, ...]  # "-∞" of one that is masked
    powers: tuple[str, ...]
    total: str
    weights: tuple[str, ...]


def fixed(x: float | Decimal, decimals: int) -> str:
    """x with so many decimals, halves away from zero, never "-0.00"; the digits of JavaScript's toFixed."""
    rounded = Decimal(x).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return format(abs(rounded) if rounded == 0 else rounded, "f")


def printed(arithmetic: Arithmetic, largest: int = 6, places: int = FEWEST) -> PrintedArithmetic:
    """The arithmetic in print: the bias, the `largest` terms, then the rest of each source gathered in one line.

    The last of those lines takes up what rounding leaves over. A mix of two states (the h of an LSTM or a GRU) has two
    terms, no bias and no rest. `places` are the decimals of the result.
    """
    result = fixed(arithmetic.result, places)
    for decimals in range(places, places + MOST - FEWEST):
        total = fixed(arithmetic.total, decimals)
        squashed = activate(arithmetic.activation, float(total))
        opening = _factors((arithmetic.opening,), result, squashed) if arithmetic.opening != 1 else ()
        if fixed(prod(map(float, opening), start=squashed), places) == result:
            break
    lines = _mix(arithmetic.terms, total) if arithmetic.is_mix else _weighted_sum(arithmetic, total, decimals, largest)
    return PrintedArithmetic(lines, total, "".join(opening), result)


def printed_softmax(scores: Sequence[float]) -> PrintedSoftmax:
    """A row of attention in print, from scores to weights; a masked score is −∞, and not all of them may be.

    Weights have two decimals, more where the largest would not show two digits. Powers have the fewest decimals, two or
    more, with which a reader gets every weight as printed, and scores as few of these as will do.
    """
    largest = max(scores)
    exact = [exp(score - largest) for score in scores]
    places = digits(1 / fsum(exact))
    weights = tuple(fixed(power / fsum(exact) * TIE, places) for power in exact)
    for decimals, fewer in ((n, m) for n in range(FEWEST, FINEST + 1) for m in range(FEWEST, n + 1)):
        seen = [float(fixed(score, fewer)) if score > -inf else score for score in scores]
        powers = tuple(fixed(exp(score - max(seen)), decimals) for score in seen)
        total = sum(map(Decimal, powers), Decimal(0))
        if tuple(fixed(float(power) / float(total) * TIE, places) for power in powers) == weights:
            break
    shown = tuple(fixed(score, fewer) if score > -inf else "-∞" for score in scores)
    return PrintedSoftmax(shown, powers, fixed(total, decimals), weights)


def digits(number: float) -> int:
    """The decimals that show two digits of a number, at least two and at most six."""
    return next((n for n in range(FEWEST, 6) if abs(number) * 10**n >= 9.5), 6)


def _weighted_sum(arithmetic: Arithmetic, total: str, decimals: int, largest: int) -> tuple[Line, ...]:
    ranked = sorted(arithmetic.terms, key=lambda term: -abs(term.product))
    shown = min(largest, len(ranked) - 1)  # a line of rest there must be, to take up the rounding
    lines = [Line("bias", "", 0, (), fixed(arithmetic.bias, decimals))]
    lines += [_term(term, decimals) for term in ranked[:shown]]
    sources = dict.fromkeys(term.source for term in arithmetic.terms)
    rest = {source: [t.product for t in ranked[shown:] if t.source == source] for source in sources}
    rest = {source: products for source, products in rest.items() if products}
    for source, products in rest.items():
        left = Decimal(total) - sum(Decimal(line.amount) for line in lines)
        is_last = source == list(rest)[-1]
        lines.append(Line("rest", source, len(products), (), fixed(left if is_last else sum(products), decimals)))
    return tuple(lines)


def _mix(terms: Sequence[Term], total: str) -> tuple[Line, ...]:
    places = len(total.partition(".")[2])
    for decimals in range(places, FINEST - 2):
        lines = tuple(_term(term, decimals) for term in terms)
        if fixed(sum(Decimal(line.amount) for line in lines), places) == total:
            break
    return lines


def _term(term: Term, decimals: int) -> Line:
    amount = fixed(term.product, decimals)
    numbers = (term.weight, term.value) if term.scale == 1 else (term.scale, term.weight, term.value)
    return Line("term", term.source, term.index, _factors(numbers, amount), amount)


def _factors(numbers: Sequence[float], amount: str, start: float = 1.0) -> tuple[str, ...]:
    """The numbers with the fewest decimals whose product (times `start`) rounds to the printed amount."""
    places = len(amount.partition(".")[2])
    for decimals in range(FEWEST, FINEST + 1):
        factors = tuple(fixed(number, decimals) for number in numbers)
        if fixed(prod(map(float, factors), start=start) * TIE, places) == amount:
            break
    return factors
