"""A module from a file gives what torch's own gives; whatever is wrong with a file or a text has a code."""

import io
import json
import pickle
import zipfile
from functools import partial

import numpy as np
import pytest
import refusals
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import name_of
from safetensors.torch import save
from torch import nn

from seqviz.models import own
from seqviz.models.own import load_own, one_layer, read_numbers
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.refusal import Refusal

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
LSTM = {"weight_ih_l0": torch.ones(8, 3), "weight_hh_l0": torch.ones(8, 2)}
LSTM |= {"bias_ih_l0": torch.ones(8), "bias_hh_l0": torch.ones(8)}


def make(kind, width=3, units=4, **options):
    torch.manual_seed(0)
    return KINDS[kind](width, units, **options).eval()


def with_header(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


refused = partial(refusals.refused, [own])


options = {
    "kind": st.sampled_from(list(KINDS)),
    "width": st.integers(1, 4),
    "units": st.integers(2, 4),
    "num_layers": st.integers(1, 3),
    "bidirectional": st.booleans(),
    "bias": st.booleans(),
    "projects": st.booleans(),
}


def drawn(kind, projects, **more):
    return make(kind, **more, **({"proj_size": 1} if projects and kind == "LSTM" else {}))


@given(prefix=st.sampled_from(["", "lstm.", "model.rnn.l1."]), double=st.booleans(), **options)
def test_a_module_read_back_gives_what_torch_gave(prefix, double, **drawn_options):
    module = drawn(**drawn_options).double() if double else drawn(**drawn_options)
    tensors = {prefix + name: tensor for name, tensor in module.state_dict().items()}
    found = load_own(save(tensors | {"readout.weight": torch.ones(1, 2), "steps": torch.tensor(3)}))
    assert (found.kind, found.layers, found.units, found.inputs) == (
        drawn_options["kind"],
        drawn_options["num_layers"],
        drawn_options["units"],
        drawn_options["width"],
    )
    assert found.directions == 1 + drawn_options["bidirectional"]
    assert found.dtype == ("float64" if double else "float32")
    assert not found.module.training
    assert {(p.dtype, p.requires_grad) for p in found.module.parameters()} == {(torch.float64, False)}
    inputs = torch.randn(5, drawn_options["width"], dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(found.module(inputs)[0], module.double()(inputs)[0], rtol=0, atol=1e-14)


@given(**options)
def test_one_layer_runs_as_it_does_inside_the_module(**drawn_options):
    found = load_own(save(drawn(**drawn_options).state_dict()))
    inputs = np.random.default_rng(0).normal(size=(5, drawn_options["width"]))
    feed = torch.as_tensor(inputs)
    for index in range(found.layers):
        module, read = one_layer(found, inputs, index)
        np.testing.assert_allclose(read, feed, rtol=0, atol=1e-14)
        assert (module.num_layers, module.bidirectional) == (1, False)
        # The layer as torch runs it: a module of one layer in all directions, with that layer's weights.
        options = {"proj_size": found.module.proj_size} if found.module.proj_size else {}
        options |= {"bias": found.module.bias, "bidirectional": found.directions == 2, "dtype": torch.float64}
        whole = KINDS[found.kind](feed.shape[1], found.units, **options)
        state = found.module.state_dict()
        whole.load_state_dict({name: state[name.replace("_l0", f"_l{index}")] for name in whole.state_dict()})
        with torch.no_grad():
            feed = whole(feed)[0]
        forward = feed[:, : feed.shape[1] // found.directions]
        layer = trace_recurrent(module, read).layers[0]
        np.testing.assert_allclose(layer.h, forward, rtol=0, atol=1e-14)
        assert layer.name == "l0"
    for index in (-1, found.layers):
        with pytest.raises(ValueError, match=f"no layer {index}"):
            one_layer(found, inputs, index)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_every_float_keeps_its_numbers(dtype):
    module = make("GRU").to(dtype)
    found = load_own(save(module.state_dict()))
    assert found.dtype == str(dtype).removeprefix("torch.")
    for name, tensor in module.state_dict().items():
        assert torch.equal(found.module.state_dict()[name], tensor.double())


def test_a_file_of_two_dtypes_says_both():
    state = make("GRU").state_dict()
    assert load_own(save(state | {"bias_hh_l0": state["bias_hh_l0"].half()})).dtype == "float16, float32"


def test_the_largest_module_that_fits_is_read():
    found = load_own(save(make("RNN", width=512, units=128, num_layers=8).state_dict()))
    assert (found.units, found.inputs, found.layers) == (128, 512, 8)


@pytest.mark.parametrize(
    ("tensors", "code", "facts"),
    [
        ({}, "no_module", {"names": "–"}),
        ({"readout.weight": torch.ones(1, 2)}, "no_module", {"names": "readout.weight"}),
        (
            {"weight_ih": torch.ones(8, 3), "weight_hh": torch.ones(8, 2)},
            "no_module",
            {"names": "weight_hh, weight_ih"},
        ),
        ({f"{i}{'x' * 50}": torch.ones(1) for i in range(9)}, "no_module", None),
        ({f"{p}.{n}": w.clone() for p in ("b", "a") for n, w in LSTM.items()}, "several_modules", {"names": "a, b"}),
        (
            {p + n: w.clone() for p in ("", "a.") for n, w in LSTM.items()},
            "several_modules",
            {"names": "weight_ih_l0, a"},
        ),
        ({"weight_ih_l0": torch.ones(8, 3)}, "missing", {"names": "weight_hh_l0"}),
        ({"weight_ih_l1": torch.ones(8, 3)}, "missing", {"names": "weight_ih_l0, weight_hh_l0"}),
        ({k: v for k, v in LSTM.items() if k != "bias_hh_l0"}, "missing", {"names": "bias_hh_l0"}),
        (LSTM | {"bias_ih_l0_reverse": torch.ones(8)}, "missing", None),
        (LSTM | {"weight_hr_l1": torch.ones(1, 2)}, "missing", {"names": "weight_hr_l0"}),
        (LSTM | {"weight_ih_l2": torch.ones(8, 2)}, "missing", None),
        (LSTM | {"weight_ih_l8": torch.ones(8, 2)}, "too_many_layers", {"found": 9, "most": 8}),
        (LSTM | {"weight_ih_l9999": torch.ones(8, 2)}, "too_many_layers", {"found": 10_000, "most": 8}),
        (make("RNN", units=129).state_dict(), "too_many_units", {"found": 129, "most": 128}),
        (make("RNN", width=513).state_dict(), "too_many_inputs", {"found": 513, "most": 512}),
        (LSTM | {"weight_ih_l0": torch.ones(24)}, "wrong_shape", None),
        (LSTM | {"weight_ih_l0": torch.ones(8, 0)}, "wrong_shape", None),
        (LSTM | {"weight_hh_l0": torch.ones(0, 0)}, "wrong_shape", None),
        (
            LSTM | {"weight_ih_l0": torch.ones(7, 3)},
            "wrong_shape",
            {"name": "weight_ih_l0", "found": "(7, 3)", "wanted": "(6, 3)"},
        ),
        (
            LSTM | {"weight_ih_l0": torch.ones(4, 3)},
            "wrong_shape",
            {"name": "weight_ih_l0", "found": "(4, 3)", "wanted": "(2, 3), (6, 3), (8, 3)"},
        ),
        (
            LSTM | {"weight_hh_l0": torch.ones(6, 2)},
            "wrong_shape",
            {"name": "weight_hh_l0", "found": "(6, 2)", "wanted": "(8, 2)"},
        ),
        (LSTM | {"bias_ih_l0": torch.ones(8, 1)}, "wrong_shape", None),
        (LSTM | {"weight_hr_l0": torch.ones(2, 2)}, "wrong_shape", None),
        (make("GRU", units=2).state_dict() | {"weight_hr_l0": torch.ones(1, 2)}, "wrong_shape", None),
        (LSTM | {"bias_ih_l0": torch.ones(8).int()}, "not_float", {"name": "bias_ih_l0", "found": "I32"}),
        (LSTM | {"bias_ih_l0": torch.ones(8).bool()}, "not_float", {"name": "bias_ih_l0", "found": "BOOL"}),
        (LSTM | {"bias_ih_l0": torch.ones(8).cfloat()}, "not_float", None),
        (LSTM | {"bias_ih_l0": torch.ones(8).to(torch.float8_e4m3fn)}, "not_float", None),
        (LSTM | {"bias_ih_l0": torch.full((8,), torch.nan)}, "weights_not_finite", {"name": "bias_ih_l0"}),
        (LSTM | {"bias_ih_l0": torch.full((8,), -torch.inf).half()}, "weights_not_finite", {"name": "bias_ih_l0"}),
    ],
)
def test_a_file_that_holds_no_module_says_what_is_wrong(tensors, code, facts):
    found_code, found_facts = refused(load_own, save(tensors))
    assert found_code == code
    assert facts is None or found_facts == facts
    assert all(len(str(fact)) < 250 for fact in found_facts.values())


def a_zip():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("data.pkl", "x")
    return stream.getvalue()


def a_torch_save(new):
    stream = io.BytesIO()
    torch.save(LSTM, stream, _use_new_zipfile_serialization=new)
    return stream.getvalue()


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (a_zip(), "zip"),
        (a_torch_save(True), "zip"),
        (a_torch_save(False), "pickle"),
        (pickle.dumps(Bomb()), "pickle"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "HDF5"),
        (b"\x93NUMPY", "unknown"),
        (b"\0", "unknown"),
        (save(LSTM)[:4], "unknown"),
        (save(LSTM)[:40], "unknown"),
        (save(LSTM)[:-1], "unknown"),
        (save(LSTM) + b"\0", "unknown"),
        ((2**63).to_bytes(8, "little") + b"{}", "unknown"),
        ((4_000_000_000).to_bytes(8, "little") + b"{}", "unknown"),
        (with_header(b"[" * 100_000), "unknown"),
        (with_header(b"\xff\xfe{}"), "unknown"),
        (with_header(b"null"), "unknown"),
        (with_header({"weight_ih_l0": 1}), "unknown"),
        (with_header({"weight_ih_l0": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 4), "unknown"),
        (with_header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}, b"\0" * 4), "unknown"),
        (with_header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"\0" * 4), "unknown"),
        (with_header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, b"\0" * 4), "unknown"),
        (with_header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**60]}}, b"\0" * 4), "unknown"),
    ],
)
def test_a_file_that_is_no_whole_safetensors_is_refused_and_never_unpickled(data, looks_like):
    known = ("not_safetensors", {"looks_like": looks_like})
    assert refused(load_own, data) == (("nothing_known", {}) if looks_like == "unknown" else known)


def test_an_empty_and_a_too_large_file_are_refused():
    assert refused(load_own, b"") == ("empty", {})
    assert refused(load_own, b"\0" * 5_000_001) == ("too_large", {"found": 5_000_001, "most": 5_000_000})


@given(data=st.binary(max_size=200))
def test_random_bytes_are_no_module(data):
    refused(load_own, data)


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_but_never_breaks(data):
    damaged = bytearray(save(LSTM))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        load_own(bytes(damaged))
    except Refusal as error:
        assert name_of(error, own)


shapes = st.lists(st.integers(0, 9), max_size=3)
parts = st.sampled_from(["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh"])


@given(
    tensors=st.dictionaries(
        st.tuples(parts, st.integers(0, 2), st.sampled_from(["", "_reverse"])).map(lambda n: f"{n[0]}_l{n[1]}{n[2]}"),
        shapes,
        max_size=6,
    )
)
def test_any_shapes_under_any_names_are_read_or_refused(tensors):
    try:
        load_own(save({name: torch.ones(shape) for name, shape in tensors.items()}))
    except Refusal as error:
        assert name_of(error, own) not in ("not_safetensors", "nothing_known")


def test_states_beyond_all_numbers_are_refused():
    found = load_own(save({name: tensor.double() * 1e308 for name, tensor in LSTM.items()}))
    assert refused(one_layer, found, np.full((4, 3), 100.0), 0) == ("states_not_finite", {})
    with pytest.raises(ValueError, match="one sequence of shape"):
        one_layer(found, np.ones((4, 2)), 0)


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("0.1 0.2 0.3", 1, [[0.1], [0.2], [0.3]]),
        ("0.1 0.2 0.3", 3, [[0.1, 0.2, 0.3]]),
        ("0,1 0,2 0,3", 1, [[0.1], [0.2], [0.3]]),
        ("0.1, 0.2, 0.3", 1, [[0.1], [0.2], [0.3]]),
        ("0.1,0.2,0.3", 1, [[0.1], [0.2], [0.3]]),
        ("0.1,0.2,0.3", 3, [[0.1, 0.2, 0.3]]),
        ("1,2", 2, [[1, 2]]),
        ("1,2", 1, [[1.2]]),  # a comma that separates nothing is a decimal one
        ("1 ,2", 2, [[1, 2]]),
        ("1, 2,3", 3, [[1, 2, 3]]),
        ("0,5", 1, [[0.5]]),
        ("7", 1, [[7]]),
        ("1 2; 3 4", 2, [[1, 2], [3, 4]]),
        ("1 2; 3 4;", 2, [[1, 2], [3, 4]]),
        ("1,2;3,4", 2, [[1, 2], [3, 4]]),
        ("0,5;0,7", 1, [[0.5], [0.7]]),
        ("0.5;0.7", 1, [[0.5], [0.7]]),
        ("0,5;0,7;1", 3, [[0.5, 0.7, 1]]),
        ("1 2\n3 4\n", 2, [[1, 2], [3, 4]]),
        ("1\t2\r\n3\t4\r\n", 2, [[1, 2], [3, 4]]),
        ("0,1\t2\n3\t4", 2, [[0.1, 2], [3, 4]]),
        ("1,2\n3,4", 2, [[1, 2], [3, 4]]),
        ("0,5\n0,7", 1, [[0.5], [0.7]]),
        ("0,5;1\n0,7;2", 2, [[0.5, 1], [0.7, 2]]),
        ("1;2;\n3;4;\n", 2, [[1, 2], [3, 4]]),
        ("value,mark\n1,2\n3,4", 2, [[1, 2], [3, 4]]),
        ("the value;mark\n0,5;2", 2, [[0.5, 2]]),
        ("x\n1\n2", 1, [[1], [2]]),
        ("\n\n1 2\n\n3 4\n\n", 2, [[1, 2], [3, 4]]),
        ("-1 +2 −3 1e-3 2. .5", 6, [[-1, 2, -3, 0.001, 2, 0.5]]),
        ("\ufeff1 2", 2, [[1, 2]]),
        (b"\xef\xbb\xbfvalue;mark\r\n0,5;1\r\n", 2, [[0.5, 1]]),
        ("posición;señal\n1;2".encode("latin-1"), 2, [[1, 2]]),
    ],
)
def test_numbers_are_read_as_people_write_them(text, width, rows):
    np.testing.assert_array_equal(read_numbers(text, width), np.array(rows, dtype=float))


@given(
    rows=st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=width, max_size=width),
            min_size=2,
            max_size=200,
        )
    ),
    separator=st.sampled_from([",", ", ", ";", "\t", " "]),
    header=st.booleans(),
    decimal_comma=st.booleans(),
)
def test_a_table_read_back_is_the_table(rows, separator, header, decimal_comma):
    lines = [separator.join(map(repr, row)) for row in rows]
    if decimal_comma and "," not in separator:
        lines = [line.replace(".", ",") for line in lines]
    text = "\n".join([separator.join("abcde"[: len(rows[0])])] * header + lines)
    np.testing.assert_array_equal(read_numbers(text, len(rows[0])), np.array(rows))
    np.testing.assert_array_equal(read_numbers(text.encode(), len(rows[0])), np.array(rows))


@pytest.mark.parametrize(
    ("text", "width", "code", "facts"),
    [
        ("", 1, "no_numbers", {}),
        (" \n;\n,", 1, "no_numbers", {}),
        ("value,mark", 2, "no_numbers", {}),
        (b"\xff\xfe\x00", 1, "no_numbers", {}),
        ("1 2 3", 2, "wrong_width", {"line": 1, "found": 3, "wanted": 2}),
        ("1 2\n3\n4 5", 2, "wrong_width", {"line": 2, "found": 1, "wanted": 2}),
        ("0,1;0,2\n0,3;0,4", 3, "wrong_width", {"line": 1, "found": 2, "wanted": 3}),
        ("0.1 0.2\n0.3 0.4", 1, "wrong_width", {"line": 1, "found": 2, "wanted": 1}),
        ("0.1;0.2\n0.3;0.4", 1, "wrong_width", {"line": 1, "found": 2, "wanted": 1}),
        ("0.1,0.2\n0.3", 1, "wrong_width", {"line": 1, "found": 2, "wanted": 1}),
        ("a,b\n0.1,0.2", 1, "wrong_width", {"line": 2, "found": 2, "wanted": 1}),
        ("a,b\n0.1,0.2", 3, "wrong_width", {"line": 2, "found": 2, "wanted": 3}),
        ("1 " * 600, 2, "wrong_width", {"line": 1, "found": 600, "wanted": 2}),
        ("0.1 abc 0.3", 3, "not_a_number", {"line": 1, "text": "abc"}),
        ("0.1,abc,0.3", 3, "not_a_number", {"line": 1, "text": "abc"}),
        ("0.1 abc 0.3", 1, "not_a_number", {"line": 1, "text": "abc"}),
        ("x y\n\n1 2\n3 1_000", 2, "not_a_number", {"line": 4, "text": "1_000"}),
        ("1 ١", 2, "not_a_number", {"line": 1, "text": "١"}),
        ("1 <b>" + "x" * 99, 2, "not_a_number", {"line": 1, "text": "<b>" + "x" * 36 + "…"}),
        ("1,,2", 3, "not_a_number", {"line": 1, "text": ""}),
        ("x1 1\n1 2\nx2 3", 2, "not_a_number", None),
        ("1 nan", 2, "not_finite", {"line": 1, "text": "nan"}),
        ("1,-inf", 2, "not_finite", {"line": 1, "text": "-inf"}),
        ("1e999 1", 2, "not_finite", {"line": 1, "text": "1e999"}),
        ("1\n" * 201, 1, "too_many_steps", {"found": 201, "most": 200}),
        ("1 " * 201, 1, "too_many_steps", {"found": 201, "most": 200}),
        ("1;" * 201, 1, "too_many_steps", {"found": 201, "most": 200}),
        ("1" * 1_000_001, 1, "text_too_large", {"found": 1_000_001, "most": 1_000_000}),
        ("á" * 500_001, 1, "text_too_large", {"found": 1_000_002, "most": 1_000_000}),
    ],
)
def test_a_text_that_is_no_input_says_where_and_why(text, width, code, facts):
    found_code, found_facts = refused(read_numbers, text, width)
    assert found_code == code
    assert facts is None or found_facts == facts


def test_as_many_steps_as_are_allowed_are_read_with_a_header_too():
    assert read_numbers("x\n" + "1\n" * 200, 1).shape == (200, 1)


@given(text=st.text() | st.text(alphabet="0123456789.,; \t\n-+eEnaifx"), width=st.integers(1, 4))
def test_any_text_is_read_or_refused(text, width):
    try:
        found = read_numbers(text, width)
    except Refusal:
        return
    assert found.shape[1] == width
    assert 1 <= len(found) <= 200
    assert found.dtype == np.float64
    assert np.isfinite(found).all()


@given(data=st.binary(), width=st.integers(1, 4))
def test_any_bytes_are_read_or_refused(data, width):
    try:
        assert read_numbers(data, width).shape[1] == width
    except Refusal as error:
        assert name_of(error, own)
