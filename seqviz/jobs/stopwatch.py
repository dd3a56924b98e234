"""A stopwatch for layers of equal width: time and memory against the length of the sentence, on this very machine.

An encoder layer is measured in two ways that give the same output: "matrix" keeps the weights of all pairs, (H, T, T),
as Vaswani et al. (2017) write it; "fused" never has more of them than a block (Dao et al. 2022) and computes them once
more for the gradient. `torch.nn.attention.sdpa_kernel`, which selects such kernels, holds for all threads at once, and
other readers' pages run beside this: so the way is chosen by what is asked of `nn.MultiheadAttention`.
"""

import platform
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from time import perf_counter, thread_time
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from seqviz.models.reader import CELLS

ENCODERS = ("matrix", "fused")
MODELS = (*CELLS, *ENCODERS)
WAYS = ("forward", "both")  # forward alone, and forward with backward after it
SHORTEST = 8  # tokens
HEAD, HEADS = 32, 4  # width of a head, as in MiniLM, until there are so many: T × T weights each are most of the memory
FEWEST, MOST = 7, 40  # rounds
ENOUGH = 10.0  # seconds, after which no round begins
TURN = 0.005  # seconds that a quick one is repeated for in each round
FITTED = 3  # the longest lengths, to which a power is fitted: a fourfold range

# The time of this thread on its core: what it waits for a core that other learners use is not in it, and with two cores
# and eight runs the medians stayed where they were. Windows counts it in steps of 16 ms, so there it is the wall clock.
clock = perf_counter if platform.system() == "Windows" else thread_time


@dataclass(frozen=True)
class Size:
    """What is measured: layers of this width, fed sentences of up to so many tokens."""

    width: int = 64
    longest: int = 1024

    @property
    def lengths(self) -> tuple[int, ...]:
        """From the shortest to the longest, each twice the one before."""
        return tuple(SHORTEST << n for n in range((self.longest // SHORTEST).bit_length()))

    @property
    def heads(self) -> int:
        """Of the encoder layer."""
        return min(HEADS, self.width // HEAD)


@dataclass(frozen=True)
class Point:
    """One model, one length, one way: the median of the repeats, in seconds a sentence, and their quartiles.

    `kept` is how many bytes the forward pass keeps for the backward pass, of which forward alone keeps none.
    """

    model: str
    length: int
    way: str
    seconds: float
    low: float
    high: float
    repeats: int
    kept: int


@dataclass(frozen=True)
class Measured:
    """All that is known so far: of every length that has been measured, every model and way."""

    size: Size
    points: tuple[Point, ...]
    rounds: float  # how often all lengths have been measured
    share: float  # of the work that is done
    processor: str
    begun: datetime
    one_call: tuple[str, ...]  # cells that torch hands to oneDNN whole; the others it computes token by token

    @property
    def lengths(self) -> tuple[int, ...]:
        """Those measured so far."""
        return tuple(sorted({point.length for point in self.points}))

    def of(self, model: str, way: str) -> list[Point]:
        """The points of one line, from the shortest sentence to the longest."""
        return [point for point in self.points if (point.model, point.way) == (model, way)]


# ---- the measurement


def measure(size: Size, stopped: Event) -> Iterator[Measured | None]:
    """A job for `pool.Pool`: what is known after each length of the first round, then after every round.

    One sentence, one layer, one thread, float32. Every round comes past everything once, so that a noisy minute does
    not hit one model alone; what is quick is repeated in its turn. No round begins after `ENOUGH` seconds.
    """
    dice = torch.Generator().manual_seed(0)
    layers, sentences = new_layers(size, dice), torch.randn(size.longest, size.width, generator=dice)
    here = (processor(), datetime.now().astimezone(), in_one_call(layers, size.width))
    times: dict[tuple[str, int, str], list[float]] = {}
    kept: dict[tuple[str, int], int] = {}
    started, rounds, passed = perf_counter(), 0, 0
    while rounds < FEWEST or (perf_counter() - started < ENOUGH and rounds < MOST):
        for length in size.lengths:
            for trial in trials_on(sentences[:length], layers):
                if not rounds:
                    kept[trial.model, length] = bytes_kept(trial)  # the warm-up too
                    yield None
                    seconds_of(trial, "forward")
                for way in WAYS:
                    turn: list[float] = []
                    while sum(turn) < TURN:
                        turn.append(seconds_of(trial, way))
                    times.setdefault((trial.model, length, way), []).extend(turn)
                    yield None
                    if stopped.is_set():
                        return
            passed += length
            done = passed / sum(size.lengths)  # in rounds, each length by the time that it takes, roughly
            if not rounds or length == size.longest:
                share = min(1.0, done / FEWEST, max((perf_counter() - started) / ENOUGH, done / MOST))
                yield Measured(size, _points(times, kept), done, share, *here)
        rounds += 1


def _points(
    times: Mapping[tuple[str, int, str], list[float]], kept: Mapping[tuple[str, int], int]
) -> tuple[Point, ...]:
    found = []
    for (model, length, way), seconds in times.items():
        low, median, high = np.quantile(seconds, (0.25, 0.5, 0.75)).tolist()
        held = kept[model, length] if way == "both" else 0
        found.append(Point(model, length, way, median, low, high, len(seconds), held))
    return tuple(found)


class Trial(NamedTuple):
    """A model before its sentence (T, D), with the causal mask (T, T) that an encoder layer needs."""

    model: str
    layer: nn.Module
    inputs: Tensor
    mask: Tensor

    def output(self, inputs: Tensor) -> Tensor:
        """(T, D) -> (T, D)."""
        if isinstance(self.layer, nn.TransformerEncoderLayer):
            return encoded(self.layer, inputs, self.mask, is_fused=self.model == "fused")
        return self.layer(inputs)[0]


def trials_on(sentence: Tensor, layers: Mapping[str, nn.Module]) -> list[Trial]:
    """Every model before the same sentence."""
    mask = nn.Transformer.generate_square_subsequent_mask(len(sentence))
    return [Trial(model, layer, sentence, mask) for model, layer in layers.items()]


def new_layers(size: Size, dice: torch.Generator) -> dict[str, nn.Module]:
    """A layer for each of `MODELS`; the two ways of the encoder share theirs.

    Its feed-forward part is four times as wide as the layer, as usual. The weights are uniform between ±1/√D: time and
    memory do not hang on them, and torch's own generator is shared by all threads.
    """
    width = size.width
    with torch.device("meta"):  # draws nothing
        layers: dict[str, nn.Module] = {model: cell(width, width) for model, cell in CELLS.items()}
        encoder = nn.TransformerEncoderLayer(width, size.heads, 4 * width, dropout=0.0)
    for layer in (*layers.values(), encoder):
        layer.to_empty(device="cpu")
        for weight in layer.parameters():
            nn.init.uniform_(weight, -(width**-0.5), width**-0.5, generator=dice)
    return layers | dict.fromkeys(ENCODERS, encoder)


def encoded(layer: nn.TransformerEncoderLayer, inputs: Tensor, mask: Tensor, is_fused: bool) -> Tensor:
    """What an nn.TransformerEncoderLayer makes of inputs (T, D), by the fused kernel or by way of all its weights."""
    ways = {"need_weights": not is_fused, "is_causal": is_fused, "average_attn_weights": False}
    attended, _weights = layer.self_attn(inputs, inputs, inputs, attn_mask=mask, **ways)
    middle = layer.norm1(inputs + attended)
    return layer.norm2(middle + layer.linear2(torch.relu(layer.linear1(middle))))


def seconds_of(trial: Trial, way: str) -> float:
    """How long one pass takes; "both" ends with the gradients of all weights and of the inputs."""
    if way == "forward":
        with torch.inference_mode():
            begun = clock()
            trial.output(trial.inputs)
            return clock() - begun
    inputs, weights = trial.inputs.clone().requires_grad_(), list(trial.layer.parameters())
    towards = torch.ones_like(inputs)
    begun = clock()
    torch.autograd.grad(trial.output(inputs), [inputs, *weights], towards)
    return clock() - begun


def bytes_kept(trial: Trial) -> int:
    """How many bytes the forward pass keeps until the backward pass: all that autograd saves, the weights aside.

    Each piece of memory counts once, whole, however many tensors lie in it. The sentence counts, the mask does not: no
    gradient needs it. What lives only during the forward pass is not in it.
    """
    weights = {weight.untyped_storage().data_ptr() for weight in trial.layer.parameters()}
    found: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    inputs = trial.inputs.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = trial.output(inputs)  # while it lives, so does all that is saved, and no address is used twice
    torch.autograd.grad(output, inputs, torch.ones_like(output))
    return sum(found.values())


def in_one_call(layers: Mapping[str, nn.Module], width: int) -> tuple[str, ...]:
    """The cells that torch hands to oneDNN whole; where it does is a matter of the processor and of torch's build."""
    grads = {cell: layers[cell](torch.zeros(2, 1, width))[0].grad_fn for cell in CELLS}
    return tuple(cell for cell, grad in grads.items() if "Mkldnn" in grad.name())


def processor() -> str:
    """What this machine's processor calls itself; its architecture, where the system does not tell."""
    named: list[str] = []
    if Path("/proc/cpuinfo").is_file():  # Linux
        named = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    elif platform.system() == "Darwin":
        asked = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        named = asked.stdout.split("\n")
    found = [name.strip() for name in (*named, platform.processor(), platform.machine())]
    return next((name for name in found if name), "?")


# ---- what the figures say


class Power(NamedTuple):
    """values ≈ factor · length^exponent, from the first to the last of the lengths that it was fitted to."""

    factor: float
    exponent: float
    first: int
    last: int

    def at(self, length: float) -> float:
        """Its value at a length."""
        return self.factor * length**self.exponent


def fit_power(lengths: Sequence[int], values: Sequence[float]) -> Power:
    """Least squares of log value on log length, over the `FITTED` longest lengths, of which there must be so many.

    Where a sentence is short, what every call costs hides how the rest grows.
    """
    exponent, offset = np.polyfit(np.log(lengths[-FITTED:]), np.log(values[-FITTED:]), 1).tolist()
    return Power(float(np.exp(offset)), exponent, lengths[-FITTED], lengths[-1])


class Crossing(NamedTuple):
    """Where two lines meet."""

    length: float
    value: float


def crossings(lengths: Sequence[int], one: Sequence[float], other: Sequence[float]) -> list[Crossing]:
    """Where a line drawn through `one` crosses the line through `other`, both axes logarithmic."""
    at, first = np.log(lengths), np.log(one)
    gap = first - np.log(other)
    found = []
    is_above = gap >= 0
    for i in np.flatnonzero(is_above[:-1] != is_above[1:]):
        part = gap[i] / (gap[i] - gap[i + 1])
        length, value = (line[i] + part * (line[i + 1] - line[i]) for line in (at, first))
        found.append(Crossing(float(np.exp(length)), float(np.exp(value))))
    return found


def meetings(found: Measured, way: str) -> dict[tuple[str, str], list[Crossing]]:
    """Where the line of each encoder crosses that of each cell, in seconds."""
    lines = {model: [point.seconds for point in found.of(model, way)] for model in MODELS}
    return {
        (encoder, cell): crossings(found.lengths, lines[encoder], lines[cell]) for encoder in ENCODERS for cell in CELLS
    }
