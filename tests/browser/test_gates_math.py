"""The gates lesson's arithmetic in a real browser, against what Python computes and against itself as printed."""

import base64
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from seqviz.components.gates import CellRun, payload_of
from seqviz.traces.recurrent import GATES, LayerTrace, trace_recurrent
from seqviz.traces.whatif import HoldGate, trace_whatif

PARTS = {"LSTM": "chfigo", "GRU": "hzrn"}
LOOK = """async ({payload, asked}) => {
  const {cho2014, explainSides, isHeld, split, unpack} = await import("/shared/math.js");
  const {equations, partsOf} = await import("/gates/equation.js");
  const cells = split(unpack(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))));
  return cells.map((cell) => ({
    kind: cell.kind,
    parts: partsOf(cell).join(""),
    keep: cell.keep && Array.from(cell.keep.data),
    paper: cell.kind === "GRU" && asked.map(([t, unit]) => cho2014(cell, t, unit)),
    lines: asked.map(([t, unit]) => Object.fromEntries(partsOf(cell).map((part) =>
      [part, equations(cell, t, unit, part).map((line) => line.textContent)]))),
    sides: asked.map(([t, unit]) => Object.fromEntries(partsOf(cell).filter((part) => !"ch".includes(part)).map(
      (part) =>
      [part, {...explainSides(cell, t, unit, part), held: isHeld(cell, t, unit, part)}]))),
  }));
}"""


def random_run(kind: str, seed: int, hold: HoldGate | None = None, steps: int = 9, units: int = 5) -> CellRun:
    torch.manual_seed(seed)
    cell = getattr(nn, kind)(3, units)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.mul_(3)
    cell, inputs = cell.double(), torch.randn(steps, 3).double()
    if hold is None:
        return CellRun(trace_recurrent(cell, inputs).layers[0])
    return CellRun(trace_whatif(cell, inputs, hold).layers[0], hold=hold)


def look(modules, runs: list[CellRun], asked: list[tuple[int, int]]) -> list[dict]:
    tokens = [f"<{t}>" for t in range(len(runs[0].layer.h))]
    packed = payload_of(runs, tokens, ["known"] * len(tokens), None, str, {}, "random")
    return modules(LOOK, {"payload": base64.b64encode(packed).decode(), "asked": asked})


def value(expression: str) -> float:
    """What a printed expression gives, evaluated as it is printed."""
    plain = expression.replace("−", "-").replace("×", "*").replace("σ", "sigmoid")
    assert re.fullmatch(r"[-+*().\d]|(?:sigmoid|tanh|[-+*().\d])+", plain), expression
    return eval(plain, {"sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh})


def rounded(number: float, like: str) -> str:
    """A number as it would be printed with the digits of another, from its exact decimal expansion."""
    places = len(like.partition(".")[2])
    found = Decimal(f"{number:.12f}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return str(abs(found) if found == 0 else found).replace("-", "−")


def follows(lines: list[str]) -> str:
    """Check that each printed value follows from the printed one before it; returns the last, the result."""
    said = [part for line in lines[1:] for part in line.split("=") if part]
    for before, after in pairwise(said):
        inside = [
            text[text.index("(") + 1 : -1] if text.startswith(("σ", "tanh")) else text for text in (before, after)
        ]
        if re.fullmatch(r"−?\d+\.\d+", after):
            assert rounded(value(before), after) == after, lines
        elif "×" in before:  # products, then what they come to, term by term
            terms = [[re.sub(r"^\((.*)\)$", r"\1", term) for term in split_sum(text)] for text in inside]
            for product, amount in zip(*terms, strict=True):
                assert rounded(value(product), amount) == amount, lines
        else:  # the sum inside an activation
            assert rounded(value(inside[0]), inside[1]) == inside[1], lines
    return said[-1]


def split_sum(text: str) -> list[str]:
    """The terms of a printed sum; a plus inside brackets is none of its own."""
    return re.split(r"\+(?![^(]*\))", text)


@pytest.mark.parametrize("seed", range(6))
def test_every_equation_follows_from_its_own_printed_numbers_and_ends_in_torchs(modules, seed):
    runs = [random_run(kind, seed) for kind in ("LSTM", "GRU")]
    asked = [(t, unit) for t in range(9) for unit in range(5)]
    for run, seen in zip(runs, look(modules, runs, asked), strict=True):
        layer = run.layer
        assert seen["parts"] == PARTS[layer.kind]
        arrays = layer.gates | {"h": layer.h, "c": layer.c}
        for (t, unit), lines in zip(asked, seen["lines"], strict=True):
            for part, printed in lines.items():
                result = follows(printed)
                assert result == rounded(arrays[part][t, unit], result), (part, printed)


@pytest.mark.parametrize("seed", range(3))
def test_a_gate_in_two_sides_is_the_same_gate(modules, seed):
    runs = [random_run(kind, seed) for kind in ("LSTM", "GRU")]
    asked = [(t, unit) for t in (0, 1, 8) for unit in range(5)]
    for run, seen in zip(runs, look(modules, runs, asked), strict=True):
        for (t, unit), sides in zip(asked, seen["sides"], strict=True):
            assert list(sides) == [part for part in PARTS[run.layer.kind] if part not in "ch"]
            for gate, sum_ in sides.items():
                total = sum(term["weight"] * term["value"] for term in sum_["terms"])
                assert total == pytest.approx(run.layer.pre[gate][t, unit], abs=1e-12)
                assert sum_["result"] == pytest.approx(run.layer.gates[gate][t, unit], abs=1e-12)
                assert not sum_["held"]


def cho2014(layer: LayerTrace, t: int) -> tuple[np.ndarray, np.ndarray]:
    """n and h of GRU step t with r before the product, n = tanh(W x + U (r h') + b + b'): Cho et al. 2014, eq. 8."""
    r, z, before = layer.gates["r"][t], layer.gates["z"][t], layer.h_prev[t]
    row = 2 * layer.h.shape[1]  # where n's weights begin
    from_x = layer.weight_ih[row:] @ layer.inputs[t] + layer.bias_ih[row:]
    n = np.tanh(from_x + layer.weight_hh[row:] @ (r * before) + layer.bias_hh[row:])
    return n, (1 - z) * n + z * before


def test_the_papers_gru_is_the_one_of_its_equation(modules):
    run = random_run("GRU", 4)
    asked = [(t, unit) for t in range(9) for unit in range(5)]
    (seen,) = look(modules, [run], asked)
    for (t, unit), found in zip(asked, seen["paper"], strict=True):
        n, h = cho2014(run.layer, t)
        assert found == pytest.approx({"n": n[unit], "h": h[unit]}, abs=1e-12)
    assert any(
        abs(found["n"] - run.layer.gates["n"][place]) > 0.01 for place, found in zip(asked, seen["paper"], strict=True)
    )


@pytest.mark.parametrize(("kind", "gate"), [(kind, gate) for kind in ("LSTM", "GRU") for gate in GATES[kind]])
@pytest.mark.parametrize("unit", [None, 2])
def test_a_held_gate_is_what_it_is_held_at_and_all_else_follows_its_formula(modules, kind, gate, unit):
    run = random_run(kind, 7, HoldGate(gate, 0.25, unit, 3, 6))
    asked = [(t, u) for t in range(9) for u in range(5)]
    (seen,) = look(modules, [run], asked)
    arrays = run.layer.gates | {"h": run.layer.h, "c": run.layer.c}
    for (t, u), lines, sides in zip(asked, seen["lines"], seen["sides"], strict=True):
        is_held = 3 <= t <= 6 and unit in (None, u)
        assert [name for name, sum_ in sides.items() if sum_["held"]] == ([gate] if is_held else [])
        for part, printed in lines.items():
            result = f"{0.25:.2f}" if is_held and part == gate else follows(printed)
            assert printed[-1].endswith(result)
            assert result == rounded(arrays[part][t, u], result), (part, printed)


@pytest.mark.parametrize(("kind", "gate"), [("LSTM", "o"), ("LSTM", "f"), ("GRU", "z"), ("GRU", "r")])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_a_gate_held_quite_shut_or_quite_open_leaves_no_hole_in_any_equation(modules, kind, gate, end):
    run = random_run(kind, 3, HoldGate(gate, end, None, 0, 8))
    asked = [(t, unit) for t in (0, 4, 8) for unit in range(5)]
    (seen,) = look(modules, [run], asked)
    for lines in seen["lines"]:
        for part, printed in lines.items():
            if part != gate:
                follows(printed)


def test_the_order_by_memory_is_the_mean_of_the_gate_that_keeps(modules):
    runs = [random_run(kind, 1) for kind in ("LSTM", "GRU")]
    lstm, gru = look(modules, runs, [(0, 0)])
    np.testing.assert_allclose(lstm["keep"], runs[0].layer.gates["f"].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(gru["keep"], runs[1].layer.gates["z"].mean(axis=0), atol=1e-6)
