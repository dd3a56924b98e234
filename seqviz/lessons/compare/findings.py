"""The sentences that a measurement of time and memory supports."""

import os
from collections.abc import Sequence
from time import thread_time

import numpy as np
import streamlit as st
import torch

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.page import table
from seqviz.jobs.stopwatch import ENCODERS, FITTED, MODELS, Crossing, Measured, clock, fit_power, meetings
from seqviz.models.reader import CELLS

NOISY = 0.6  # of the median: a middle half that is broader, in most points, says that the machine was busy


def model_names() -> dict[str, str]:
    """What the models are called."""
    return {cell: cell for cell in CELLS} | {"matrix": _("encoder layer"), "fused": _("fused encoder layer")}


def say_origin(found: Measured, is_old: bool) -> None:
    """Where and how the figures came about; `is_old`: the controls say something else by now."""
    repeats, size = [point.repeats for point in found.points], found.size
    said = _(
        "{processor} ({cores} logical cores, one thread) · torch {torch} · float32 · width {width}, heads: {heads}, "
        "one sentence at a time · {date} · medians of {fewest} to {most} repeats"
    ).format(
        processor=found.processor, cores=os.cpu_count(), torch=torch.__version__, width=size.width, heads=size.heads,
        date=found.begun.strftime("%Y-%m-%d %H:%M UTC%z"), fewest=min(repeats), most=max(repeats),
    )  # fmt: skip
    if is_old:
        said += ". " + _("You have changed something since: “Measure on this machine” measures that.")
    st.markdown(plain(said))


def say_all(found: Measured, way: str) -> None:
    """All that is said of a measurement that is over, for one way."""
    if len(found.lengths) < 2:
        return
    say_fastest(found, way)
    say_crossings(found, way)
    say_growth(found, way)
    say_memory(found)
    say_what_it_means(found)
    say_spread(found)


def say_fastest(found: Measured, way: str) -> None:
    """Who is fastest with the shortest sentence and with the longest, or that it is too close to call."""
    for length in (found.lengths[0], found.lengths[-1]):
        points = [point for point in found.points if (point.length, point.way) == (length, way)]
        points.sort(key=lambda point: point.seconds)
        best, last = points[0], points[-1]
        apart = next((n for n, point in enumerate(points) if point.low > best.high), len(points))
        close = points[:apart]  # the middle halves of their repeats meet that of the best
        if last in close:
            sentence = _("**{length} tokens:** all five take about {time} ms: too close to call.")
        elif len(close) > 1:
            sentence = _(
                "**{length} tokens:** fastest are **{fastest}**, about {time} ms, too close to call; slowest: "
                "{slowest}, {times} times as long."
            )
        else:
            sentence = _(
                "**{length} tokens:** fastest is **{fastest}**, {time} ms; next: {second}, {next} ms; slowest: "
                "{slowest}, {times} times as long as the fastest."
            )
        names = model_names()
        st.markdown(
            sentence.format(
                length=length, fastest=", ".join(names[point.model] for point in close), slowest=names[last.model],
                time=short(1e3 * best.seconds), next=short(1e3 * points[1].seconds), second=names[points[1].model],
                times=short(last.seconds / best.seconds),
            )
        )  # fmt: skip


def say_crossings(found: Measured, way: str) -> None:
    """A table: from which length on the encoder layer is faster or slower than each cell."""
    st.markdown(_("**Where the lines cross**, in tokens, by the medians: beside each cell, the encoder layer is …"))
    names, met = model_names(), meetings(found, way)
    start = {model: found.of(model, way)[0].seconds for model in MODELS}
    rows = [["", *(names[encoder] for encoder in ENCODERS)]]
    for cell in CELLS:
        rows.append([cell, *(_beside(met[encoder, cell], start[encoder] < start[cell]) for encoder in ENCODERS)])
    table(rows, "crossings")


def _beside(met: Sequence[Crossing], is_faster: bool) -> str:
    """What an encoder layer is beside a cell that it meets there; `is_faster`: with the shortest sentence."""
    at = [f"{crossing.length:.0f}" for crossing in met]
    if not at:
        return _("always faster") if is_faster else _("always slower")
    if len(at) == 1:
        return (_("slower from {a}") if is_faster else _("faster from {a}")).format(a=at[0])
    if len(at) == 2:
        return (_("slower {a}–{b}") if is_faster else _("faster {a}–{b}")).format(a=at[0], b=at[1])
    return _("now this, now that")


def say_growth(found: Measured, way: str) -> None:
    """How time grows at the end of the lines, in words, by the fitted exponents."""
    if len(found.lengths) < FITTED:
        return
    kinds: dict[str, list[str]] = {}
    for model, name in model_names().items():
        exponent = fit_power(found.lengths, [point.seconds for point in found.of(model, way)]).exponent
        kinds.setdefault(_growth(exponent), []).append(f"{name} ($T^{{{exponent:.2f}}}$)")
    said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items())
    sentence = _("**How time grows**, fitted to the lengths from {first} to {last}: {said}.")
    st.markdown(sentence.format(first=found.lengths[-FITTED], last=found.lengths[-1], said=said))


def _growth(exponent: float) -> str:
    if exponent < 0.8:
        return _("more slowly than $T$")
    if exponent < 1.2:
        return _("in step with $T$")
    return _("between $T$ and $T^2$") if exponent < 1.8 else _("like $T^2$")


def say_memory(found: Measured) -> None:
    """What a backward pass needs of the longest sentence, and how much of it is the weights of all pairs."""
    length, names = found.lengths[-1], model_names()
    ends = {model: found.of(model, "both")[-1].kept for model in MODELS}
    said = ", ".join(f"{names[model]} **{short(kept / 1e6)} MB**" for model, kept in ends.items())
    pairs = 4 * found.size.heads * length**2  # bytes
    sentence = _(
        "**Memory.** With {length} tokens the forward pass keeps for the backward pass: {said}. Of what the encoder "
        "layer keeps, {percent} % are the attention weights of all pairs, {length} × {length} in each head. The fused "
        "kernel keeps none of them and computes them again when the gradient needs them (Dao et al. 2022): the same "
        "output, memory in step with $T$, the work still that of all pairs."
    )
    st.markdown(sentence.format(length=length, said=said, percent=round(100 * pairs / ends["matrix"])))


def say_what_it_means(found: Measured) -> None:
    """What has to be known before anything is concluded from these figures."""
    whole = [cell for cell in CELLS if cell in found.one_call]
    if whole and len(whole) < len(CELLS):
        sentence = _(
            "**The program counts, not only the cell.** Here torch computes {whole} in one call of the oneDNN library, "
            "{others} token by token. An LSTM does more arithmetic than a GRU: where it is faster, that is why."
        )
        others = [cell for cell in CELLS if cell not in whole]
        st.markdown(sentence.format(whole=", ".join(whole), others=", ".join(others)))
    st.markdown(
        _(
            "**One thread shows the work, not the waiting.** The work of a cell grows like $T \\cdot D^2$, that of an "
            "encoder layer like $T \\cdot D^2 + T^2 \\cdot D$ (Vaswani et al. 2017, table 1): so at some length it has "
            "to become the slower one. That its tokens need not wait for one another helps only where many can be "
            "computed at once, on many cores or a GPU, which is not measured here."
        )
    )


def say_spread(found: Measured) -> None:
    """How far the repeats lie apart, and what that says."""
    spread = float(np.median([(point.high - point.low) / point.seconds for point in found.points]))
    said = _("Bars: the middle half of the repeats, typically {percent} % of the median from end to end.").format(
        percent=round(100 * spread)
    )
    if clock is thread_time:
        said += " " + _("The time is that of the computing thread: what it waits for a core is not counted.")
    if spread > NOISY:
        said += " " + _("That is wide: the machine had other things to do. Measure again when it rests.")
    st.caption(said)


def short(number: float) -> str:
    """A number in two digits that count, never with a power of ten."""
    return np.format_float_positional(number, precision=2, fractional=False, trim="-")
