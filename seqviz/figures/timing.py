"""Time and memory against the length of the sentence, on logarithmic axes, where a power of T is a straight line."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from seqviz.figures.look import Look, drawn
from seqviz.jobs.stopwatch import ENCODERS, FITTED, MODELS, Crossing, Measured, Power, fit_power, meetings


class Line(NamedTuple):
    """What one model came to; `of` is the key of its colour in Look.of."""

    name: str
    of: str
    lengths: Sequence[int]
    values: Sequence[float]
    power: Power | None  # fitted to the values, where there are enough
    dash: str = "solid"
    low: Sequence[float] = ()  # quartiles of the repeats, where values differ from one to the next
    high: Sequence[float] = ()


def times(found: Measured, way: str, names: Mapping[str, str]) -> list[Line]:
    """The milliseconds that every model takes one way, with quartiles; `names` are what the models are called."""
    lines = []
    for model in MODELS:
        points = found.of(model, way)
        low, median, high = ([1e3 * getattr(point, name) for point in points] for name in ("low", "seconds", "high"))
        lines.append(_line(model, names, found.lengths, median)._replace(low=low, high=high))
    return lines


def meeting_points(found: Measured, way: str) -> list[Crossing]:
    """Where the lines of `times` cross, those of the encoder layer and those of the cells."""
    return [Crossing(met.length, 1e3 * met.value) for mets in meetings(found, way).values() for met in mets]


def memories(found: Measured, names: Mapping[str, str]) -> list[Line]:
    """The megabytes that every model keeps for the backward pass."""
    return [
        _line(model, names, found.lengths, [point.kept / 1e6 for point in found.of(model, "both")]) for model in MODELS
    ]


def _line(model: str, names: Mapping[str, str], lengths: Sequence[int], values: Sequence[float]) -> Line:
    colour = "Transformer" if model in ENCODERS else model
    dash = "dash" if model == "fused" else "solid"
    power = fit_power(lengths, values) if len(lengths) >= FITTED else None
    return Line(names[model], colour, lengths, values, power, dash)


def against_length(
    lines: Sequence[Line],
    look: Look,
    *,
    length: str,
    value: str,
    hover: str,
    crossings: Sequence[Crossing] = (),
    cross: str = "",
) -> go.Figure:
    """Every line with the power of T that was fitted to its end, and a ring where lines `cross`.

    The lines have the same lengths. `hover` says one number, with {name}, {length} and {value}.
    """
    data = [_band(line, look) for line in lines if line.power]
    data += [_curve(line, look, hover) for line in lines]
    if crossings:
        data.append(_rings(crossings, look, cross))
    decades = {"type": "log", "tickformat": "~g", "dtick": 1, "zeroline": False}
    lengths = lines[0].lengths
    named = [str(length) if (len(lengths) - n) % 2 else "" for n, length in enumerate(lengths)]  # a phone is narrow
    return drawn(
        data, look, 32 * look.size,
        xaxis={"name": length, "type": "log", "tickvals": list(lengths), "ticktext": named, "tickangle": 0},
        yaxis=decades | {"name": value},
    )  # fmt: skip


def _curve(line: Line, look: Look, hover: str) -> dict[str, Any]:
    is_solid = line.dash == "solid"
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"{line.name} ∝ T<sup>{line.power.exponent:.2f}</sup>" if line.power else line.name,
        "legendgroup": line.name,
        "x": list(line.lengths),
        "y": list(line.values),
        "line": {"color": look.of[line.of], "width": 2.5, "dash": line.dash},
        "marker": {"size": 8, "symbol": "circle" if is_solid else "diamond"},
        "hovertemplate": hover.format(name=line.name, length="%{x}", value="%{y:.3~g}") + "<extra></extra>",
    }
    if line.low:
        curve["error_y"] = {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 0,
            "array": [high - value for high, value in zip(line.high, line.values, strict=True)],
            "arrayminus": [value - low for low, value in zip(line.low, line.values, strict=True)],
        }  # fmt: skip
    return curve


def _band(line: Line, look: Look) -> dict[str, Any]:
    """The fitted power, broad and pale, under the values that it was fitted to."""
    assert line.power
    ends = (line.power.first, line.power.last)
    return {
        "type": "scatter",
        "mode": "lines",
        "legendgroup": line.name,
        "showlegend": False,
        "opacity": 0.3,
        "x": ends,
        "y": [line.power.at(length) for length in ends],
        "line": {"color": look.of[line.of], "width": 10},
        "hoverinfo": "skip",
    }


def _rings(crossings: Sequence[Crossing], look: Look, name: str) -> dict[str, Any]:
    crossings = sorted(crossings)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [crossing.length for crossing in crossings],
        "y": [crossing.value for crossing in crossings],
        "text": [f"{crossing.length:.0f}" for crossing in crossings],
        "textposition": ["top center" if n % 2 else "bottom center" for n in range(len(crossings))],  # neighbours
        "cliponaxis": False,
        "marker": {"size": 15, "symbol": "circle-open", "color": look.ink, "line": {"width": 2}},
        "hoverinfo": "skip",
    }
