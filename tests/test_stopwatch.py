"""The stopwatch: what it counts against the profiler, what it computes against torch, its fits on exact powers."""

import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.profiler import ProfilerActivity, profile

from seqviz.jobs import stopwatch
from seqviz.jobs.stopwatch import (
    ENCODERS,
    FEWEST,
    FITTED,
    MODELS,
    MOST,
    WAYS,
    Measured,
    Size,
    bytes_kept,
    crossings,
    encoded,
    fit_power,
    in_one_call,
    measure,
    meetings,
    new_layers,
    processor,
    seconds_of,
    trials_on,
)
from seqviz.models.reader import CELLS

SMALL = Size(width=32, longest=64)


def trials(length, width=32):
    """Every model before one sentence, by its name."""
    dice = torch.Generator().manual_seed(1)
    layers = new_layers(Size(width), dice)
    return {trial.model: trial for trial in trials_on(torch.randn(length, width, generator=dice), layers)}


@pytest.fixture
def hasty(monkeypatch):
    """A measurement of the fewest rounds."""
    monkeypatch.setattr(stopwatch, "ENOUGH", 1e-9)
    monkeypatch.setattr(stopwatch, "TURN", 1e-9)


# ---- memory


def allocated(trial):
    """Bytes that are still there after the forward pass, by torch's profiler: its output, and all that is kept."""
    inputs = trial.inputs.clone().requires_grad_()
    trial.output(inputs)  # what is made once only
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        output = trial.output(inputs)
    assert output.requires_grad
    return sum(event.self_cpu_memory_usage for event in found.key_averages())


@pytest.mark.parametrize("model", MODELS)
def test_what_is_kept_is_what_the_profiler_finds_left(model):
    """It sees the output, which only an LSTM keeps, and not the sentence, which was there before and which all keep."""
    trial = trials(64)[model]
    sentence = trial.inputs.nbytes
    seen = allocated(trial) + sentence - (0 if model == "LSTM" else sentence)
    assert bytes_kept(trial) == pytest.approx(seen, rel=0.01)


@pytest.mark.parametrize("width", [32, 64])
def test_all_weights_cost_four_bytes_a_pair_and_head_more_than_the_fused_kernel(width):
    heads = Size(width).heads
    assert heads == width // 32
    for length in (64, 256):
        both = trials(length, width)
        more = bytes_kept(both["matrix"]) - bytes_kept(both["fused"])
        assert more == pytest.approx(4 * heads * length**2, rel=0.08)


@pytest.mark.parametrize("model", [*CELLS, "fused"])
def test_the_others_keep_the_same_for_every_token(model):
    short, middle, long = (bytes_kept(trials(length)[model]) for length in (64, 128, 192))
    assert long - middle == pytest.approx(middle - short, rel=0.01)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_kept_is_counted_the_same_each_time(model):
    trial = trials(32)[model]
    assert bytes_kept(trial) == bytes_kept(trial)


# ---- what is computed


def test_both_ways_of_the_encoder_are_the_layer_of_torch():
    both = trials(50)
    layer, inputs, mask = both["matrix"].layer, both["matrix"].inputs, both["matrix"].mask
    wanted = layer.eval()(inputs, mask)
    for trial in (both["matrix"], both["fused"]):
        torch.testing.assert_close(trial.output(inputs), wanted, rtol=0, atol=2e-6)
    gradients = [torch.autograd.grad(both[way].output(inputs).sum(), layer.parameters()) for way in ENCODERS]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_no_token_sees_a_later_one(model):
    trial = trials(20)[model]
    changed = trial.inputs.clone()
    changed[12:] = 0
    before, after = trial.output(trial.inputs), trial.output(changed)
    torch.testing.assert_close(before[:12], after[:12], rtol=0, atol=1e-6)
    assert not torch.allclose(before[12:], after[12:], atol=1e-3)


@pytest.mark.parametrize(("way", "wanted"), [("fused", True), ("matrix", False)])
def test_the_fused_way_is_a_fused_kernel_and_the_other_is_none(way, wanted):
    trial = trials(16)[way]
    for mode in (torch.inference_mode, torch.enable_grad):
        with mode(), profile(activities=[ProfilerActivity.CPU]) as found:
            trial.output(trial.inputs)
        names = {event.key for event in found.key_averages()}
        assert ("aten::_scaled_dot_product_flash_attention_for_cpu" in names) is wanted
        assert ("aten::_softmax" in names) is not wanted


def test_cells_of_one_call_are_those_that_the_profiler_sees_in_one():
    layers = new_layers(SMALL, torch.Generator())
    found = []
    for cell in CELLS:
        with profile(activities=[ProfilerActivity.CPU]) as seen:
            layers[cell](torch.zeros(4, 1, 32))
        if any("mkldnn_rnn" in event.key for event in seen.key_averages()):
            found.append(cell)
    assert in_one_call(layers, 32) == tuple(found)


def test_it_leaves_the_dice_and_the_switches_of_all_threads_alone(hasty):
    torch.manual_seed(3)
    dice, switch = torch.get_rng_state(), torch.backends.cuda.flash_sdp_enabled()
    for _ in measure(Size(32, 16), Event()):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    assert torch.equal(torch.get_rng_state(), dice)
    assert torch.backends.cuda.flash_sdp_enabled() == switch


# ---- the measurement


def test_it_comes_to_every_model_way_and_length_in_every_round(hasty):
    events = [event for event in measure(SMALL, Event()) if event is not None]
    assert SMALL.lengths == (8, 16, 32, 64)
    assert [event.lengths for event in events[:4]] == [SMALL.lengths[:n] for n in (1, 2, 3, 4)]
    assert [event.rounds for event in events[3:]] == list(range(1, FEWEST + 1))
    assert all(one.share <= other.share for one, other in pairwise(events)) and events[-1].share == 1
    last = events[-1]
    assert {(one.model, one.length, one.way) for one in last.points} == {
        (model, length, way) for model in MODELS for length in SMALL.lengths for way in WAYS
    }
    for point in last.points:
        assert 0 < point.low <= point.seconds <= point.high and point.repeats == FEWEST
        assert point.kept == (0 if point.way == "forward" else bytes_kept(trials(point.length)[point.model]))
    assert last.begun.utcoffset() is not None and last.processor == processor()


def test_what_is_quick_is_repeated_and_what_takes_long_is_not(monkeypatch):
    monkeypatch.setattr(stopwatch, "ENOUGH", 1e-9)
    monkeypatch.setattr(stopwatch, "TURN", 0.5)
    monkeypatch.setattr(stopwatch, "seconds_of", lambda trial, way: 0.125 if way == "forward" else 2.0)
    *_, last = measure(Size(32, 8), Event())
    assert {point.way: point.repeats for point in last.points} == {"forward": 4 * FEWEST, "both": FEWEST}


def test_the_median_and_the_quartiles_are_those_of_the_repeats(monkeypatch, hasty):
    told = []

    def noted(trial, way):
        told.append((trial.model, way, 1e-3 * (1 + len(told) % 7)))
        return told[-1][2]

    monkeypatch.setattr(stopwatch, "seconds_of", noted)
    *_, last = measure(Size(32, 8), Event())
    for model in MODELS:
        (point,) = last.of(model, "both")
        times = [seconds for name, way, seconds in told if (name, way) == (model, "both")]
        assert [point.low, point.seconds, point.high] == pytest.approx(np.percentile(times, [25, 50, 75]))


@pytest.mark.parametrize(("a_pass", "rounds"), [(0.1, 10), (2.0, FEWEST), (1e-4, MOST)])
def test_it_goes_on_for_as_long_as_was_said_and_no_longer(monkeypatch, a_pass, rounds):
    now = [0.0]

    def takes(trial, way):
        now[0] += a_pass
        return 1.0

    monkeypatch.setattr(stopwatch, "perf_counter", lambda: now[0])
    monkeypatch.setattr(stopwatch, "seconds_of", takes)
    *_, last = measure(Size(32, 8), Event())
    # Ten passes a round, and five more to warm up: with a tenth of a second the ninth round ends after 9.5 s.
    assert (last.rounds, last.share) == (rounds, 1)


def test_it_breathes_between_two_passes_and_stops_where_it_is_told(hasty):
    stopped, events = Event(), []
    job = measure(SMALL, stopped)
    while not events:
        breath = next(job)
        events += [breath] if breath else []
    stopped.set()
    rest = list(job)
    assert len(rest) <= 2 and all(event is None for event in rest)


def test_a_longer_sentence_takes_longer_and_the_gradient_comes_on_top():
    def median(trial, way):
        return np.median([seconds_of(trial, way) for _ in range(5)])

    short, long = trials(8), trials(256)
    for model in MODELS:
        seconds_of(long[model], "both")
        assert median(short[model], "forward") < median(long[model], "forward") < median(long[model], "both")


@pytest.mark.parametrize("model", MODELS)
def test_the_backward_pass_reaches_every_weight_and_the_sentence(monkeypatch, model):
    asked, grad = [], torch.autograd.grad
    monkeypatch.setattr(
        torch.autograd, "grad", lambda output, of, towards: asked.append(of) or grad(output, of, towards)
    )
    trial = trials(9)[model]
    seconds_of(trial, "both")
    ((inputs, *weights),) = asked
    assert torch.equal(inputs, trial.inputs) and inputs is not trial.inputs
    assert [id(weight) for weight in weights] == [id(weight) for weight in trial.layer.parameters()]
    assert all(weight.grad is None for weight in weights)


def test_a_mask_hides_what_comes_later_and_nothing_else():
    trial = trials(5)["matrix"]
    assert torch.equal(trial.mask, torch.full((5, 5), -torch.inf).triu(1))
    assert isinstance(trial.layer, nn.TransformerEncoderLayer)
    assert encoded(trial.layer, trial.inputs[:1], trial.mask[:1, :1], is_fused=True).shape == (1, 32)


# ---- the machine


def test_the_processor_has_its_name_on_every_system(monkeypatch):
    path = Path("/proc/cpuinfo")
    if path.is_file() and "model name" in path.read_text(encoding="utf-8"):
        assert f": {processor()}\n" in path.read_text(encoding="utf-8")
    monkeypatch.setattr(stopwatch.Path, "is_file", lambda _: False)
    monkeypatch.setattr(stopwatch.platform, "system", lambda: "Darwin")
    answer = subprocess.CompletedProcess([], 0, stdout="Apple M2\n")
    monkeypatch.setattr(stopwatch.subprocess, "run", lambda *_, **__: answer)
    assert processor() == "Apple M2"
    monkeypatch.setattr(stopwatch.platform, "system", lambda: "Windows")
    monkeypatch.setattr(stopwatch.platform, "processor", lambda: "Intel64 Family 6")
    assert processor() == "Intel64 Family 6"
    monkeypatch.setattr(stopwatch.platform, "processor", lambda: "")
    monkeypatch.setattr(stopwatch.platform, "machine", lambda: "riscv64")
    assert processor() == "riscv64"


# ---- fits and crossings

LENGTHS = tuple(8 << n for n in range(8))


@given(exponent=st.floats(-1, 3), factor=st.floats(1e-6, 1e6), begin=st.floats(1, 1e3))
def test_an_exact_power_is_found_and_what_short_sentences_do_is_no_matter(exponent, factor, begin):
    values = [factor * length**exponent for length in LENGTHS]
    values[:-FITTED] = [begin] * (len(values) - FITTED)
    found = fit_power(LENGTHS, values)
    assert found.exponent == pytest.approx(exponent, abs=1e-9)
    assert (found.first, found.last) == (256, 1024)
    assert found.at(512) == pytest.approx(values[-2], rel=1e-9)


def test_noise_moves_an_exponent_little():
    rng = np.random.default_rng(0)
    found = [fit_power(LENGTHS, np.array(LENGTHS) * np.exp(rng.normal(0, 0.05, 8))).exponent for _ in range(200)]
    assert np.mean(found) == pytest.approx(1, abs=0.02)
    assert np.std(found) == pytest.approx(0.05 / (2**0.5 * np.log(2)), rel=0.2)  # σ / √Σ (log T − mean)²


@given(a=st.floats(0.2, 1.2), b=st.floats(1.4, 3), at=st.floats(8.1, 1000))
def test_two_powers_cross_where_they_are_equal(a, b, at):
    one, other = ([(length / at) ** power for length in LENGTHS] for power in (a, b))
    for first, second in ((one, other), (other, one)):
        (met,) = crossings(LENGTHS, first, second)
        assert met.length == pytest.approx(at) and met.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([1, 1, 1, 1], [2, 2, 2, 2], []),
        ([1, 2, 3, 4], [1, 2, 3, 4], []),
        ([1, 4, 4, 1], [2, 2, 2, 2], [2**0.5, 2**2.5]),
        ([1, 2, 4, 8], [2, 2, 2, 2], [2]),  # where they meet is one of the lengths
    ],
)
def test_lines_cross_as_often_as_they_change_sides(one, other, wanted):
    assert [met.length for met in crossings((1, 2, 4, 8), one, other)] == pytest.approx(wanted)


def test_the_encoders_meet_the_cells_whose_lines_they_cross(hasty):
    *_, found = measure(SMALL, Event())
    steep = [
        replace(point, seconds=point.length**2 / (1000 if point.model in ENCODERS else 1e9)) for point in found.points
    ]
    cells = [replace(point, seconds=point.length / 50) if point.model == "GRU" else point for point in steep]
    met = meetings(replace(found, points=tuple(cells)), "both")
    assert set(met) == {(encoder, cell) for encoder in ENCODERS for cell in CELLS}
    assert {pair for pair, at in met.items() if at} == {("matrix", "GRU"), ("fused", "GRU")}
    for encoder in ENCODERS:
        assert met[encoder, "GRU"][0] == pytest.approx((20, 0.4))


def test_a_size_has_its_lengths_and_heads():
    assert Size().lengths == (8, 16, 32, 64, 128, 256, 512, 1024) and Size().heads == 2
    assert [Size(width).heads for width in (32, 64, 128, 256)] == [1, 2, 4, 4]
    assert Size(64, 8).lengths == (8,)
    assert isinstance(next(event for event in measure(Size(32, 8), Event()) if event), Measured)
