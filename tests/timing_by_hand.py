"""A measurement as one can reckon it in one's head: exact powers, in every model and way."""

from datetime import UTC, datetime

from seqviz.jobs.stopwatch import MODELS, WAYS, Measured, Point, Size

FORWARD = {  # milliseconds of a sentence of so many tokens
    "RNN": lambda length: 0.02 * length,
    "GRU": lambda length: 0.08 * length,
    "LSTM": lambda length: 0.2 + 0.0001 * length,
    "matrix": lambda length: 0.0004 * length**2,  # meets the RNN at 50, the GRU at 200
    "fused": lambda length: 0.0001 * length**2,  # meets the RNN at 200, the GRU at 800
}
KEPT = {"RNN": 500, "GRU": 2000, "LSTM": 4000, "fused": 3000}  # bytes a token


def measured(size=Size(64, 1024), spread=0.1, **changes):  # noqa: B008  (frozen)
    """Both ways, the backward pass thrice as long as the forward pass; `changes` are functions of the length."""
    points = []
    for model in MODELS:
        for length in size.lengths:
            kept = KEPT[model] * length if model in KEPT else 3000 * length + 4 * size.heads * length**2
            for way in WAYS:
                seconds = (changes.get(model, FORWARD[model])(length)) * (1e-3 if way == "forward" else 4e-3)
                ends = (seconds * (1 - spread / 2), seconds * (1 + spread / 2))
                points.append(Point(model, length, way, seconds, *ends, 5 + length % 3, kept if way == "both" else 0))
    begun = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    return Measured(size, tuple(points), 5.0, 1.0, "An <i>old</i> processor", begun, ("LSTM",))
