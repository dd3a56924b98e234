"""What the seeds of a reader came to, from the worst to the best."""

from collections.abc import Mapping, Sequence


def percents(found: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """From the worst seed to the best, by name: "94–95 %"."""
    ends = {reader: (f"{100 * min(shares):.0f}", f"{100 * max(shares):.0f}") for reader, shares in found.items()}
    return {reader: f"{low} %" if low == high else f"{low}–{high} %" for reader, (low, high) in ends.items()}


def ranges(found: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """From the worst seed to the best, by name: "0.61 … 0.95"."""
    ends = {reader: (f"{min(r2):.2f}", f"{max(r2):.2f}") for reader, r2 in found.items()}
    said = {reader: low if low == high else f"{low} … {high}" for reader, (low, high) in ends.items()}
    return {reader: text.replace("-", "−") for reader, text in said.items()}
