"""math.js in a real browser against the numbers that Python computes: the same arithmetic, the same digits."""

import base64
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch import nn

from seqviz.components.pack import pack
from seqviz.components.stepper import payload_of
from seqviz.models.reading import Reading
from seqviz.tasks.task import Scale
from seqviz.traces.arithmetic import Arithmetic, Term
from seqviz.traces.plane import plane
from seqviz.traces.printed import fixed, printed
from seqviz.traces.recurrent import GATES, trace_recurrent
from seqviz.traces.whatif import Hold, Wipe, trace_whatif

SCALE = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)
SIZES = [(1, 1, 1), (1, 3, 4), (2, 1, 3), (9, 4, 1), (12, 3, 4), (20, 16, 16)]  # steps, inputs, units
PLACES = 40  # numbers taken apart in each trace

# Everything that the page would show of the asked numbers, and every array, as bytes.
LOOK = """async ({address, payload, asked}) => {
  const math = await import(address);
  const trace = math.unpack(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0)));
  const shown = (sum) => ({...sum, printed: math.printed(sum)});
  const raw = ({data, shape}) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return {shape, type: data.constructor.name, bytes: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""))};
  };
  const arrays = Object.entries(trace).filter(([, value]) => value?.data);
  return {
    arrays: Object.fromEntries(arrays.map(([name, array]) => [name, raw(array)])),
    sizes: [math.steps(trace), math.units(trace)],
    gates: math.gatesOf(trace),
    sums: asked.map(([t, unit, gate]) => shown(math.explain(trace, t, unit, gate))),
    readouts: Array.from({length: math.steps(trace)}, (_, t) => shown(math.explainReadout(trace, t))),
  };
}"""


@pytest.fixture
def math(modules):
    """Calls a function in an empty page that may import math.js: `math(script, argument)`."""
    return lambda script, argument: modules(script, argument | {"address": "/shared/math.js"})


def new_cell(kind: str, inputs: int, units: int, factor: float, seed: int) -> nn.RNNBase:
    """A random cell as the app has them: trained in float32, run in float64."""
    torch.manual_seed(seed)
    is_relu = kind == "relu"
    cell = nn.RNN(inputs, units, nonlinearity="relu") if is_relu else getattr(nn, kind)(inputs, units)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.mul_(0.5 * factor if is_relu else factor)
    return cell.double()


def read(cell: nn.RNNBase, inputs: torch.Tensor, activation: str, change: Wipe | Hold | None) -> Reading:
    trace = trace_whatif(cell, inputs, change) if change else trace_recurrent(cell, inputs)
    weight, bias = torch.randn(cell.hidden_size).double(), torch.randn(1).double()
    readouts = torch.from_numpy(trace.outputs) @ weight + bias
    readouts = readouts.sigmoid() if activation == "sigmoid" else readouts
    return Reading(trace.layers[0], readouts.numpy(), weight.numpy(), bias.numpy(), activation)


def look(math, reading: Reading, asked, change=None, unchanged=None):
    tokens = [f"“{t}” ñ" for t in range(len(reading.readouts))]  # not ASCII: bytes are not characters
    status, rest = ["known"] * len(tokens), {"address": {}, "plays": 0, "change": change, "unchanged": unchanged}
    payload = payload_of(reading, tokens, status, ["x"], SCALE, str, **rest)
    return math(LOOK, {"payload": base64.b64encode(payload).decode(), "asked": asked})


def some_places(reading: Reading, seed: int) -> list[tuple[int, int, str | None]]:
    steps, units = reading.layer.h.shape
    gates = [None, *reading.layer.gates]
    rng = np.random.default_rng(seed)
    return [tuple(options[rng.integers(len(options))] for options in (range(steps), range(units), gates))
            for _ in range(PLACES)]  # fmt: skip


def readout_sum(reading: Reading, t: int) -> Arithmetic:
    """What explainReadout takes apart, written here once more."""
    pairs = zip(reading.readout_weight.tolist(), reading.layer.h[t].tolist(), strict=True)
    terms = tuple(Term("h", i, weight, value) for i, (weight, value) in enumerate(pairs))
    bias, value = float(reading.readout_bias[0]), float(reading.readouts[t])
    return Arithmetic("y", terms, bias, reading.readout_activation, value)


def same_sum(theirs: dict, ours: Arithmetic) -> None:
    assert theirs["name"] == ours.name
    assert (theirs["activation"], theirs["isMix"]) == (ours.activation, ours.is_mix)
    assert [(term["source"], term["index"]) for term in theirs["terms"]] == [
        (term.source, term.index) for term in ours.terms
    ]
    numbers = [(term["scale"], term["weight"], term["value"]) for term in theirs["terms"]]
    close(numbers, [(term.scale, term.weight, term.value) for term in ours.terms])
    close([theirs[name] for name in ("bias", "opening", "total")], [ours.bias, ours.opening, ours.total])


def close(theirs, ours) -> None:
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)


def same_print(theirs: dict, ours: Arithmetic) -> None:
    print_ = printed(ours)
    lines = [(line.kind, line.source, line.index, list(line.factors), line.amount) for line in print_.lines]
    assert [
        (line["kind"], line["source"], line["index"], line["factors"], line["amount"]) for line in theirs["lines"]
    ] == lines
    assert (theirs["total"], theirs["opening"], theirs["result"]) == (print_.total, print_.opening, print_.result)


def check(math, reading: Reading, seed: int, change=None) -> None:
    asked = some_places(reading, seed)
    seen = look(math, reading, asked, change)
    assert seen["sizes"] == list(reading.layer.h.shape)
    for place, theirs in zip(asked, seen["sums"], strict=True):
        ours = reading.layer.explain(*place)
        same_sum(theirs, ours)
        is_held = isinstance(change, Hold) and change.unit == place[1] and place[2] is None
        if not is_held:  # what is held is not the result of the sum; the page says so
            close(theirs["result"], ours.result)
            same_print(theirs["printed"], ours)
    for t, theirs in enumerate(seen["readouts"]):
        ours = readout_sum(reading, t)
        same_sum(theirs, ours)
        close(theirs["result"], ours.result)
        same_print(theirs["printed"], ours)


@pytest.mark.parametrize("factor", [1, 5], ids=["weights", "weights×5"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "relu"])
def test_sums_and_their_print_are_the_same_in_the_browser(math, kind, size, factor):
    steps, inputs, units = size
    cell = new_cell(kind, inputs, units, factor, seed=sum(size))
    reading = read(cell, torch.randn(steps, inputs).double(), "sigmoid", None)
    check(math, reading, seed=units)


@pytest.mark.parametrize("change", [Wipe(3), Wipe(0), Hold(1, 0.7)], ids=str)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_change_to_the_memory_is_the_same_in_the_browser(math, kind, change):
    cell = new_cell(kind, 3, 4, 2, seed=5)
    check(math, read(cell, torch.randn(8, 3).double(), "identity", change), seed=1, change=change)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "relu"])
def test_ties_round_the_same_way_in_the_browser(math, kind):
    cell = new_cell(kind, 3, 4, 1, seed=2)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.copy_((weight * 8).round() / 8)  # sums of eighths stand half-way between two decimals
    reading = read(cell, (torch.randn(10, 3).double() * 2).round() / 2, "identity", None)
    check(math, reading, seed=3)


def on_the_edge(kind: str, rng: np.random.Generator) -> Arithmetic:
    """A sum whose result lies a hair from half-way between two printed numbers, so that many decimals are needed."""
    edge = (int(rng.integers(-90, 90)) + 0.5) / 100
    opening = 1.0 if kind != "LSTM" else float(rng.uniform(0.93, 1))
    result = edge + float(rng.choice([-1, 1])) * 10.0 ** -int(rng.integers(3, 11))
    sources = {"RNN": "xxxhhhhhh", "LSTM": "cg", "GRU": "nh"}[kind]
    activation = "identity" if kind == "GRU" else "tanh"
    total = result if kind == "GRU" else float(np.arctanh(result / opening))
    weights, bias = rng.normal(size=len(sources)), 0.0 if kind != "RNN" else float(rng.normal())
    values = rng.normal(size=len(sources))
    values[-1] = (total - bias - (weights * values)[:-1].sum()) / weights[-1]
    numbers = zip(sources, weights.tolist(), values.tolist(), strict=True)
    terms = tuple(Term(source, i, weight, value) for i, (source, weight, value) in enumerate(numbers))
    return Arithmetic("h", terms, bias, activation, result, opening)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_sums_on_the_edge_of_a_rounding_print_the_same_in_the_browser(math, kind):
    rng = np.random.default_rng(7)
    sums = [on_the_edge(kind, rng) for _ in range(300)]
    script = """async ({address, sums}) => {
      const {printed} = await import(address);
      return sums.map((sum) => printed(sum));
    }"""
    plain = [asdict(ours) | {"total": ours.total, "isMix": ours.is_mix} for ours in sums]
    for theirs, ours in zip(math(script, {"sums": plain}), sums, strict=True):
        same_print(theirs, ours)


def test_a_file_of_arrays_is_unpacked_bit_for_bit(math):
    cell = new_cell("LSTM", 5, 3, 1, seed=4)
    reading = read(cell, torch.randn(7, 5).double(), "sigmoid", None)
    plain = read(cell, torch.randn(4, 5).double(), "sigmoid", None)  # another sequence, as after a change of a word
    seen = plane(reading.layer.h, plain.layer.h)
    arrays = look(math, reading, [], unchanged=plain)["arrays"]
    layer = reading.layer
    expected = {name: getattr(layer, name) for name in ("inputs", "h", "c")}
    expected |= {name: getattr(reading, name) for name in ("readouts", "readout_weight", "readout_bias")}
    weights = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    expected |= {name: getattr(layer, name).astype(np.float32) for name in weights}
    expected["unchanged"] = plain.readouts
    drawn = {"plane": seen.runs[0], "unchanged_plane": seen.runs[1], "unchanged_h": plain.layer.h}
    expected |= {name: array.astype(np.float32) for name, array in drawn.items()}
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        assert arrays[name]["type"] == ("Float64Array" if array.dtype == np.float64 else "Float32Array"), name
        assert arrays[name]["shape"] == list(array.shape), name
        assert base64.b64decode(arrays[name]["bytes"]) == array.tobytes(), name
    for name in weights:  # what the smaller type holds is what the model has
        assert (expected[name].astype(np.float64) == getattr(layer, name)).all(), name


@pytest.mark.parametrize("offset", range(8))
def test_arrays_are_found_wherever_the_bytes_begin(math, offset):
    packed = pack({"title": "é" * offset}, {"odd": np.arange(3, dtype=np.float32), "next": np.array([np.pi])})
    script = """async ({address, payload, offset}) => {
      const {unpack} = await import(address);
      const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
      const {odd, next, title} = unpack(bytes.subarray(offset));
      return [[...odd.data], [...next.data], title];
    }"""
    payload = base64.b64encode(bytes(offset) + packed).decode()
    assert math(script, {"payload": payload, "offset": offset}) == [[0, 1, 2], [np.pi], "é" * offset]


def test_fixed_gives_the_same_digits_in_the_browser(math):
    rng = np.random.default_rng(0)
    numbers = [0.0, -0.0, 0.125, -0.125, 0.375, 2.5, -2.5, 0.005, -0.005, 1.005, 1e-9, -1e-9, 0.5, -0.5, 123456.785]
    numbers += (rng.integers(-4000, 4000, 300) / 8).tolist()  # ties at two decimals
    numbers += (rng.integers(-4000, 4000, 300) / 1000).tolist()  # what looks like a tie and is none
    numbers += (rng.normal(size=600) * 10.0 ** rng.integers(-6, 4, 600)).tolist()
    asked = [(x, decimals) for x in numbers for decimals in (0, 2, 3, 5, 8, 12)]
    script = """async ({address, asked}) => {
      const {fixed} = await import(address);
      return asked.map(([x, decimals]) => fixed(x, decimals));
    }"""
    theirs = math(script, {"asked": asked})
    wrong = [(x, n, mine, ours) for (x, n), mine in zip(asked, theirs, strict=True) if mine != (ours := fixed(x, n))]
    assert wrong == []


def test_every_cell_has_its_own_gates_in_the_browser(math):
    for kind in ("RNN", "LSTM", "GRU"):
        reading = read(new_cell(kind, 2, 2, 1, seed=6), torch.randn(2, 2).double(), "sigmoid", None)
        assert look(math, reading, [])["gates"] == ([] if kind == "RNN" else list(GATES[kind]))
