"""The sum behind every number: exact where it is computed, and checkable with a pocket calculator in print."""

from dataclasses import replace
from decimal import Decimal, localcontext
from math import atanh, fsum, prod, tanh

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seqviz.traces.arithmetic import Arithmetic, Term, activate
from seqviz.traces.printed import fixed, printed
from seqviz.traces.recurrent import trace_recurrent

KINDS = {
    "RNN": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "LSTM": (nn.LSTM, {}),
    "LSTM-proj": (nn.LSTM, {"proj_size": 1}),
    "GRU": (nn.GRU, {}),
}
TOLERANCE = {np.dtype("float32"): 1e-5, np.dtype("float64"): 1e-12}


def make_layer(kind, steps=3, width=3, units=4, scale=1.0, seed=0, dtype=torch.float32, bias=True):
    cls, more = KINDS[kind]
    torch.manual_seed(seed)
    module = cls(width, units, bias=bias, dtype=dtype, **more)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(scale)
    state = torch.randn(1, more.get("proj_size", units), dtype=dtype)
    state = (state, torch.randn(1, units, dtype=dtype)) if cls is nn.LSTM else state
    return trace_recurrent(module, torch.randn(steps, width, dtype=dtype), state).layers[0]


@st.composite
def layers(draw, kinds=tuple(KINDS), dtypes=(torch.float32, torch.float64)):
    """A layer of any kind and size, with weights up to five times their usual scale."""
    kind = draw(st.sampled_from(kinds))
    smallest = 2 if kind == "LSTM-proj" else 1  # a projection has to be narrower than the state
    return make_layer(
        kind,
        steps=draw(st.integers(1, 4)),
        width=draw(st.integers(1, 9)),
        units=draw(st.integers(smallest, 9)),
        scale=draw(st.floats(0, 5)),
        seed=draw(st.integers(0, 9999)),
        dtype=draw(st.sampled_from(dtypes)),
        bias=draw(st.booleans()),
    )


def every_sum(layer):
    """(step, unit, gate, its Arithmetic) for every number of the layer, gates and states."""
    steps, units = next(iter(layer.pre.values())).shape
    gates = [None, "h"] if layer.kind == "RNN" else [None, *layer.gates]
    return [(t, u, g, layer.explain(t, u, g)) for t in range(steps) for u in range(units) for g in gates]


def is_projected(layer):
    return layer.c is not None and layer.c.shape[1] > layer.h.shape[1]


@given(layer=layers())
def test_the_terms_add_up_to_what_went_into_the_activation(layer):
    for t, unit, gate, step in every_sum(layer):
        if gate or layer.kind == "RNN":
            expected = layer.pre[gate or "h"][t, unit]
        else:
            expected = layer.h[t, unit] if layer.kind == "GRU" else layer.c[t, unit]
        assert step.total == pytest.approx(expected, rel=TOLERANCE[layer.h.dtype], abs=TOLERANCE[layer.h.dtype])
        assert step.total == fsum([step.bias, *(term.product for term in step.terms)])


@given(layer=layers())
def test_the_result_is_the_traced_value_and_follows_from_the_total(layer):
    for t, unit, gate, step in every_sum(layer):
        if gate in layer.gates:
            assert step.result == layer.gates[gate][t, unit]
        elif not is_projected(layer):
            assert step.result == layer.h[t, unit]
        value = step.opening * activate(step.activation, step.total)
        assert step.result == pytest.approx(value, rel=TOLERANCE[layer.h.dtype], abs=TOLERANCE[layer.h.dtype])


def test_the_state_behind_a_projection_is_what_the_projection_mixes():
    torch.manual_seed(0)
    module = nn.LSTM(3, 4, proj_size=2)
    layer = trace_recurrent(module, torch.randn(5, 3)).layers[0]
    unprojected = [[layer.explain(t, unit).result for unit in range(4)] for t in range(5)]
    projection = module.weight_hr_l0.detach().numpy()
    np.testing.assert_allclose(unprojected @ projection.T, layer.h, rtol=0, atol=1e-6)  # (T, H) x (H, P) -> (T, P)


@given(layer=layers())
def test_terms_are_the_weights_and_values_they_name(layer):
    order = {"RNN": "h", "LSTM": "ifgo", "GRU": "rzn"}[layer.kind]
    units = next(iter(layer.pre.values())).shape[1]
    for t, unit, gate, step in every_sum(layer):
        if step.is_mix:
            continue
        row = order.index(gate or "h") * units + unit
        scale = layer.gates["r"][t, unit] if gate == "n" else 1
        x = [("x", i, w, layer.inputs[t, i], 1) for i, w in enumerate(layer.weight_ih[row])]
        h = [("h", i, w, layer.h_prev[t, i], scale) for i, w in enumerate(layer.weight_hh[row])]
        assert [(term.source, term.index, term.weight, term.value, term.scale) for term in step.terms] == x + h
        assert step.bias == pytest.approx(layer.bias_ih[row] + scale * layer.bias_hh[row], abs=1e-6)


@pytest.mark.parametrize(("kind", "sources"), [("LSTM", ("c", "g")), ("GRU", ("n", "h"))])
def test_the_mix_of_a_state_names_what_it_mixes(kind, sources):
    layer = make_layer(kind)
    step, gate = layer.explain(2, 1), {name: float(values[2, 1]) for name, values in layer.gates.items()}
    assert step.is_mix
    assert tuple(term.source for term in step.terms) == sources
    pairs = [(term.weight, term.value) for term in step.terms]
    if kind == "LSTM":
        assert pairs == [(gate["f"], layer.c_prev[2, 1]), (gate["i"], gate["g"])]
        assert (step.activation, step.opening) == ("tanh", gate["o"])
    else:
        assert pairs == [(1 - gate["z"], gate["n"]), (gate["z"], layer.h_prev[2, 1])]
        assert (step.activation, step.opening) == ("identity", 1)


@pytest.mark.parametrize(
    ("t", "unit", "gate", "advice"),
    [
        (3, 0, None, "no step 3: this trace has the steps 0 to 2"),
        (-1, 0, None, "no step -1: this trace has the steps 0 to 2"),
        (0, 4, None, "no unit 4: this layer has the units 0 to 3"),
        (0, -1, None, "no unit -1: this layer has the units 0 to 3"),
        (0, 0, "k", "has no gate 'k'; it has"),
        (0, 0, "", "has no gate ''; it has"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_unit_or_gate_that_is_not_there_is_refused(kind, t, unit, gate, advice):
    with pytest.raises(ValueError, match=advice):
        make_layer(kind).explain(t, unit, gate)


@pytest.mark.parametrize(
    ("kind", "gate", "advice"),
    [
        ("RNN", "f", "it has h"),
        ("LSTM", "z", "it has i, f, g, o"),
        ("LSTM", "h", "it has i, f, g, o"),
        ("GRU", "i", "it has r, z, n"),
    ],
)
def test_another_cells_gate_is_refused_with_the_list_of_ones_own(kind, gate, advice):
    with pytest.raises(ValueError, match=f"A {kind} has no gate '{gate}'; {advice}"):
        make_layer(kind).explain(0, 0, gate)


# ---- in print: the checks below read nothing but the strings


def decimals(text):
    return len(text.partition(".")[2])


def half_a_unit(text):
    return Decimal(5).scaleb(-decimals(text) - 1)


def strings(sheet):
    lines = [text for line in sheet.lines for text in (*line.factors, line.amount)]
    return [text for text in (*lines, sheet.total, sheet.opening, sheet.result) if text]


def check_print(sheet, activation, is_mix):
    """What a reader with a pocket calculator checks: products, the sum, the activation, the result."""
    with localcontext(prec=80):
        for line in sheet.lines:
            if line.factors:
                product = prod(map(Decimal, line.factors))
                assert abs(product - Decimal(line.amount)) <= half_a_unit(line.amount), line
        amounts = sum(Decimal(line.amount) for line in sheet.lines)
        assert abs(amounts - Decimal(sheet.total)) <= (half_a_unit(sheet.total) if is_mix else 0), sheet
        value = Decimal(sheet.opening or 1) * Decimal(activate(activation, float(sheet.total)))
        assert abs(value - Decimal(sheet.result)) <= half_a_unit(sheet.result) + Decimal("1e-15"), sheet
    assert not [text for text in strings(sheet) if text.startswith("-") and Decimal(text) == 0], sheet


# A relu has no ceiling: float32 itself does not carry two decimals of a state in the thousands. In float64 it does.
printable = st.one_of(
    layers(kinds=("RNN", "LSTM", "LSTM-proj", "GRU")), layers(kinds=("relu",), dtypes=(torch.float64,))
)


@given(layer=printable, largest=st.integers(0, 8))
@settings(max_examples=200)
def test_printed_numbers_are_enough_to_check_the_printed_result(layer, largest):
    for t, unit, gate, step in every_sum(layer):
        sheet = printed(step, largest)
        check_print(sheet, step.activation, step.is_mix)
        drawn = step.result if is_projected(layer) else layer.gates.get(gate, layer.h)[t, unit]
        assert decimals(sheet.result) == 2
        assert abs(Decimal(sheet.result) - Decimal(float(drawn))) <= Decimal("0.005")


@given(layer=printable, largest=st.integers(0, 8))
def test_printed_numbers_are_the_true_ones_rounded(layer, largest):
    for *_, step in every_sum(layer):
        sheet = printed(step, largest)
        terms = {(term.source, term.index): term for term in step.terms}
        unit = 2 * half_a_unit(sheet.total)
        assert abs(Decimal(sheet.total) - Decimal(step.total)) <= unit / 2
        for line in sheet.lines:
            if line.kind == "term":
                term = terms.pop((line.source, line.index))
                assert abs(Decimal(line.amount) - Decimal(term.product)) <= half_a_unit(line.amount)
                numbers = (term.scale, term.weight, term.value)[-len(line.factors) :]
                for text, number in zip(line.factors, numbers, strict=True):
                    assert abs(Decimal(text) - Decimal(number)) <= half_a_unit(text)
                assert len(line.factors) == (2 if term.scale == 1 else 3)
            elif line.kind == "bias":
                assert abs(Decimal(line.amount) - Decimal(step.bias)) <= unit / 2
            else:
                rest = fsum(term.product for term in terms.values() if term.source == line.source)
                assert abs(Decimal(line.amount) - Decimal(rest)) <= unit * len(sheet.lines) / 2
        if sheet.opening:
            assert abs(Decimal(sheet.opening) - Decimal(step.opening)) <= half_a_unit(sheet.opening)


@given(layer=layers(), largest=st.integers(0, 20))
def test_a_sum_is_its_bias_its_largest_terms_and_one_line_of_rest_per_source(layer, largest):
    for *_, step in every_sum(layer):
        lines = printed(step, largest).lines
        if step.is_mix:
            assert [(line.kind, line.source) for line in lines] == [("term", term.source) for term in step.terms]
            continue
        shown = min(largest, len(step.terms) - 1)
        assert [line.kind for line in lines[: shown + 1]] == ["bias"] + ["term"] * shown
        by_name = {(term.source, term.index): abs(term.product) for term in step.terms}
        sizes = [by_name.pop((line.source, line.index)) for line in lines[1 : shown + 1]]
        assert sizes == sorted(sizes, reverse=True)
        assert not sizes or sizes[-1] >= max(by_name.values())
        left = [source for source, _ in by_name]
        rest = [("rest", source, left.count(source)) for source in ("x", "h") if source in left]
        assert [(line.kind, line.source, line.index) for line in lines[shown + 1 :]] == rest


def weighted_sum(*products, bias=0.0, activation="identity", source="x"):
    terms = tuple(Term(source, i, 1.0, product) for i, product in enumerate(products))
    total = fsum([bias, *products])
    return Arithmetic("h", terms, bias, activation, activate(activation, total))


def test_the_rest_takes_up_the_rounding():
    # 0.104 + 0.104 + 0.004 = 0.212: 0.10 and 0.10 are shown, so the rest must say 0.01 and not 0.00
    sheet = printed(weighted_sum(0.104, 0.104, 0.004), largest=2)
    assert [line.amount for line in sheet.lines] == ["0.00", "0.10", "0.10", "0.01"]
    assert (sheet.total, sheet.result) == ("0.21", "0.21")


def test_a_factor_gets_more_decimals_where_two_do_not_multiply_out():
    # 0.125 × 8 = 1.00, but 0.13 × 8.00 = 1.04
    step = Arithmetic("h", (Term("x", 0, 0.125, 8.0), Term("h", 0, 0.0, 0.0)), 0.0, "identity", 1.0)
    assert printed(step).lines[1].factors == ("0.125", "8.000")


def test_a_total_gets_more_decimals_where_two_do_not_give_the_result():
    # tanh(0.5554) = 0.5046 is 0.50, but tanh(0.56) = 0.5080 would be 0.51; tanh(0.555) = 0.5043 is 0.50 again
    sheet = printed(weighted_sum(0.5, 0.0554, activation="tanh"))
    assert (sheet.total, sheet.result) == ("0.555", "0.50")


@given(
    tie=st.integers(-90, 89).map(lambda hundredths: (hundredths + 0.5) / 100),
    off=st.sampled_from([-1e-3, -1e-5, -1e-6, -3e-7, 3e-7, 1e-6, 1e-5, 1e-3]),
    seed=st.integers(0, 9999),
)
@settings(max_examples=1500)
def test_a_result_next_to_a_tie_is_still_checkable(tie, off, seed):
    share, value, scale = np.random.default_rng(seed).uniform([0.1, -1, 0.01], [0.9, 1, 1]).tolist()
    rest = (tie + off - (1 - share) * value) / share
    terms = (Term("n", 0, 1 - share, value), Term("h", 0, share, rest))
    mix = Arithmetic("h", terms, 0.0, "identity", sum(term.product for term in terms))
    check_print(printed(mix), "identity", is_mix=True)
    opening = 0.99
    total = atanh((tie + off) / opening)
    terms = (Term("c", 0, share, (total - value * scale) / share), Term("g", 0, value, scale))
    total = fsum(term.product for term in terms)
    check_print(printed(Arithmetic("h", terms, 0.0, "tanh", opening * tanh(total), opening)), "tanh", is_mix=True)
    terms = (Term("x", 0, value, share), Term("h", 0, value, share, scale), Term("h", 1, share, rest, scale))
    step = Arithmetic("n", terms, atanh(tie + off) - sum(term.product for term in terms), "tanh", 0.0)
    check_print(printed(replace(step, result=tanh(step.total)), largest=3), "tanh", is_mix=False)


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_one_input_and_one_unit_print(kind):
    layer = make_layer(kind, steps=1, width=1, units=2 if kind == "LSTM-proj" else 1)
    for *_, step in every_sum(layer):
        sheet = printed(step)
        check_print(sheet, step.activation, step.is_mix)
        assert [line.kind for line in sheet.lines] == (["term"] * 2 if step.is_mix else ["bias", "term", "rest"])


@pytest.mark.parametrize("value", [0.0, -0.0, -1e-9, -0.004, 1e-300])
def test_nothing_prints_as_minus_zero(value):
    sheet = printed(weighted_sum(value, value, value, bias=value), largest=1)
    assert "0.00" in strings(sheet)
    assert not [text for text in strings(sheet) if text.startswith("-0") and Decimal(text) == 0]


@pytest.mark.parametrize(
    ("x", "places", "text"),
    [  # as node 20 prints x.toFixed(places)
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (1.005, 2, "1.00"),
        (0.5, 0, "1"),
        (-0.5, 0, "-1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (1.25, 1, "1.3"),
        (1.45, 1, "1.4"),
        (0.375, 2, "0.38"),
        (0.625, 2, "0.63"),
        (8.345, 2, "8.35"),
        (10.235, 2, "10.23"),
        (1e-7, 2, "0.00"),
        (2**-9, 8, "0.00195313"),
        (-(2**-9), 8, "-0.00195313"),
        (123456789.125, 2, "123456789.13"),
    ],
)
def test_fixed_is_javascripts_to_fixed(x, places, text):
    assert fixed(x, places) == text


@pytest.mark.parametrize("x", [-0.0, -0.001, -0.0049999])
def test_fixed_never_writes_minus_zero(x):
    assert fixed(x, 2) == "0.00"


@pytest.mark.parametrize("z", [-800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0])
def test_activations_are_torchs_at_any_size(z):
    at = torch.tensor(z, dtype=torch.float64)
    for name, function in {
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "identity": lambda a: a,
    }.items():
        assert activate(name, z) == pytest.approx(float(function(at)), rel=1e-12, abs=1e-300)
