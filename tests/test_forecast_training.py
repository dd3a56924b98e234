"""Training on a series: against a loop written out in torch, then what must always hold."""

import copy
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from seqviz.jobs.forecast import AHEAD, WATCHED, Epoch, Settings, Trained, measures, rivals, train, train_all
from seqviz.models.checkpoint import files_of, load_checkpoint
from seqviz.models.reader import CELLS
from seqviz.models.reading import read_sequence
from seqviz.tasks.series import Series, make_series
from seqviz.tasks.windows import cut

SHORT = Settings(units=4, window=10, epochs=3, seed=5)
SINE = make_series("sine", seed=0)
PARTS = cut(Series("sine", (SINE.pieces[0][:250],), 25), SHORT.window)


def run(settings=SHORT, parts=PARTS, job=train, stopped=None):
    events = [event for event in job(parts, settings, stopped or threading.Event()) if event is not None]
    return [event for event in events if isinstance(event, Epoch)], [one for one in events if isinstance(one, Trained)]


class Plain(nn.Module):
    """The same network as a course writes it."""

    def __init__(self, cell, units):
        super().__init__()
        self.cell = getattr(nn, cell)(1, units, batch_first=True)
        self.readout = nn.Linear(units, 1)

    def forward(self, windows):
        return self.readout(self.cell(windows[..., None])[0][:, -1])[:, 0]


def by_hand(settings, parts):
    """The validation loss after every epoch, and the network of the best."""
    model, dice = Plain(settings.cell, settings.units), torch.Generator().manual_seed(settings.seed)
    for weight in model.parameters():
        nn.init.uniform_(weight, -(settings.units**-0.5), settings.units**-0.5, generator=dice)
    x, y = torch.from_numpy(parts.training.windows), torch.from_numpy(parts.training.targets)
    v, w = torch.from_numpy(parts.validation.windows), torch.from_numpy(parts.validation.targets)
    steps = settings.epochs * -(-len(x) // 16)
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=0.01)
    order = torch.Generator().manual_seed(settings.seed)
    losses, step, best = [], 0, None
    for epoch in range(settings.epochs + 1):
        for rows in torch.randperm(len(x), generator=order).split(16) if epoch else []:
            for group in optimizer.param_groups:  # warm-up over 50 steps; a run this short has nothing else
                group["lr"] = settings.rate * (1 / 50 + (1 - 1 / 50) * step / 50)
            loss = ((model(x[rows]) - y[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
        with torch.no_grad():
            losses.append(((model(v) - w) ** 2).mean().item())
        if losses[-1] == min(losses):
            best = copy.deepcopy(model)
    assert step == steps < 50
    return losses, best


@pytest.mark.parametrize("cell", CELLS)
def test_it_trains_as_the_same_loop_written_out_in_torch(cell):
    settings = replace(SHORT, cell=cell)
    losses, model = by_hand(settings, PARTS)
    epochs, (trained,) = run(settings)
    np.testing.assert_allclose([epoch.validation_loss for epoch in epochs], losses, rtol=1e-4)
    assert trained.best_epoch == int(np.argmin(losses))
    with torch.no_grad():
        said = PARTS.unscaled(model(torch.from_numpy(PARTS.test.windows)).numpy())
    np.testing.assert_allclose(trained.forecast.one_step, said, atol=1e-4)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    first, second, other = run(), run(), run(replace(SHORT, seed=6))
    np.testing.assert_array_equal(first[1][0].forecast.ahead, second[1][0].forecast.ahead)
    assert first[0][0].validation_loss == second[0][0].validation_loss != other[0][0].validation_loss


def test_nothing_is_drawn_from_the_generator_that_all_sessions_share():
    before = torch.get_rng_state()
    run()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_first_epoch_is_the_untrained_network_and_each_shows_its_forecast():
    epochs, _ = run()
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3]
    assert np.isnan(epochs[0].training_loss)
    assert epochs[0].is_best
    assert all(epoch.ahead.shape == (WATCHED,) for epoch in epochs)


def test_the_best_epoch_by_validation_is_kept_also_where_later_ones_are_worse():
    noise = np.random.default_rng(0).normal(size=250)  # there is nothing to learn, so soon it learns by heart
    parts = cut(Series("noise", (noise,), None), SHORT.window)
    epochs, (trained,) = run(replace(SHORT, rate=0.1, epochs=12, units=8), parts)
    losses = [epoch.validation_loss for epoch in epochs]
    assert trained.best_epoch == int(np.argmin(losses)) < 12
    assert [epoch.number for epoch in epochs if epoch.is_best][-1] == trained.best_epoch
    x = torch.from_numpy(noise[150 - SHORT.window : 199]).reshape(1, -1, 1)
    windows = torch.cat([x[:, i : i + SHORT.window] for i in range(50)])
    said = trained.checkpoint.reader(windows)[:, -1].numpy()
    loss = np.mean(((said - noise[150:200]) / parts.std) ** 2)
    assert loss == pytest.approx(min(losses), rel=1e-5)


def test_a_free_running_forecast_feeds_on_its_own_answers():
    _, (trained,) = run()
    reader, values = trained.checkpoint.reader, [*PARTS.test.known]
    for _ in range(len(trained.forecast.ahead)):
        window = torch.tensor(values[-SHORT.window :], dtype=torch.float64).reshape(1, -1, 1)
        values.append(reader(window)[0, -1].item())
    np.testing.assert_allclose(trained.forecast.ahead, values[SHORT.window :], atol=1e-4)
    assert len(trained.forecast.ahead) == min(AHEAD, len(PARTS.test.ahead))


def test_the_checkpoint_reads_and_says_values_in_the_units_of_the_series(tmp_path):
    parts = cut(Series("far", (1000 + 50 * SINE.pieces[0][:250],), 25), SHORT.window)
    _, (trained,) = run(parts=parts)
    for name, data in files_of(trained.checkpoint.reader, trained.checkpoint.card).items():
        (tmp_path / name).write_bytes(data)
    loaded = load_checkpoint(trained.checkpoint.name, tmp_path)
    window = parts.unscaled(parts.test.windows[3])
    reading = read_sequence(loaded, torch.from_numpy(window).reshape(-1, 1))
    np.testing.assert_allclose(reading.readouts[-1], trained.forecast.one_step[3], rtol=1e-6)


def test_stopped_before_the_first_epoch_it_keeps_the_untrained_network():
    stopped = threading.Event()
    stopped.set()
    epochs, (trained,) = run(stopped=stopped)
    assert [epoch.number for epoch in epochs] == [0]
    assert trained.best_epoch == 0


def test_stopped_on_the_way_it_keeps_the_best_so_far():
    stopped, seen = threading.Event(), []
    for event in train(PARTS, replace(SHORT, epochs=50), stopped):
        if event is not None:
            seen.append(event)
        if isinstance(event, Epoch) and event.number == 2:
            stopped.set()
    *epochs, trained = seen
    assert [epoch.number for epoch in epochs] == [0, 1, 2]
    assert trained.best_epoch == max(epoch.number for epoch in epochs if epoch.is_best)


def test_all_three_are_trained_from_the_same_seed_for_as_long():
    epochs, trained = run(job=train_all)
    assert [one.settings for one in trained] == [replace(SHORT, cell=cell) for cell in CELLS]
    assert [epoch.name for epoch in epochs] == [cell for cell in CELLS for _ in range(SHORT.epochs + 1)]
    alone = run(replace(SHORT, cell="GRU"))[1][0]
    np.testing.assert_array_equal(trained[1].forecast.ahead, alone.forecast.ahead)


def test_what_is_said_without_a_network():
    parts = cut(Series("saw", (np.tile(np.arange(5.0), 40),), 5), 8)
    said = rivals(parts, 5)
    assert list(said) == ["last", "season", "linear"]
    recorded = parts.unscaled(parts.test.targets)
    np.testing.assert_allclose(said["last"].one_step, (recorded - 1) % 5, atol=1e-6)
    np.testing.assert_allclose(said["season"].one_step, recorded, atol=1e-6)
    np.testing.assert_allclose(said["linear"].one_step, recorded, atol=1e-5)
    assert "season" not in rivals(parts, 9)  # no window reaches back as far
    assert "season" not in rivals(parts, None)


def test_the_measures_of_a_forecast_by_hand():
    parts = cut(Series("saw", (np.tile(np.arange(5.0), 40),), 5), 8)
    found = measures(parts, rivals(parts, 5)["last"])
    steps = np.abs(np.diff(np.tile(np.arange(5.0), 40)))  # four of 1, then one of 4
    assert found.mae == pytest.approx(np.mean(steps[159:]), rel=1e-5)
    assert found.rmse == pytest.approx(np.mean(steps[159:] ** 2) ** 0.5, rel=1e-5)
    assert found.mase == pytest.approx(np.mean(steps[159:]) / np.mean(steps[:119]), rel=1e-5)
    assert found.drift == 0  # always as at first, 4: off by 4 at once
