"""Training epoch by epoch, on a line through points: what is told, and which weights are left at the end."""

from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from seqviz.components.epochs import Curve
from seqviz.jobs.best_epoch import BATCH, Epoch, best_epoch

ROWS, EPOCHS = 2 * BATCH + 1, 5  # so three batches an epoch
X = torch.linspace(-1, 1, ROWS)[:, None]


def run(losses, stop_after=None):
    """Every event, the weights after every epoch, and the model and the number that were left; `losses` are told."""
    torch.manual_seed(0)
    model, stopped, weights, drawn = nn.Linear(1, 1), Event(), [], []

    def batch(rows, dice):
        drawn.extend(rows.tolist())
        return X[rows], 2 * X[rows] + torch.rand(1, generator=dice)

    def judge():
        yield None
        weights.append(model.weight.item())
        return losses[len(weights) - 1], np.full(2, len(weights))

    def loss(model, x, y):
        return mse_loss(model(x), y)

    settings = SimpleNamespace(epochs=EPOCHS, rate=0.1, seed=0)
    job, events = best_epoch("line", model, ROWS, batch, loss, judge, settings, stopped), []
    while True:
        try:
            events.append(next(job))
        except StopIteration as end:
            return events, weights, drawn, model, end.value
        if stop_after == len(events):
            stopped.set()


@pytest.mark.parametrize("best", range(EPOCHS + 1))
def test_the_weights_of_the_best_epoch_are_left(best):
    losses = [abs(number - best) + 1.0 for number in range(EPOCHS + 1)]
    events, weights, drawn, model, found = run(losses)
    epochs = [event for event in events if event is not None]
    assert found == best and model.weight.item() == weights[best] and len(set(weights)) == EPOCHS + 1
    assert not model.training
    assert [epoch.is_best for epoch in epochs] == [number <= best for number in range(EPOCHS + 1)]
    assert [(epoch.name, epoch.number, epoch.of) for epoch in epochs] == [("line", n, 5) for n in range(EPOCHS + 1)]
    assert [epoch.validation_loss for epoch in epochs] == losses
    assert np.isnan(epochs[0].training_loss) and all(epoch.training_loss > 0 for epoch in epochs[1:])
    orders = [drawn[i : i + ROWS] for i in range(0, len(drawn), ROWS)]
    assert len(orders) == EPOCHS and all(sorted(order) == [*range(ROWS)] for order in orders)
    assert orders[0] != orders[1]


def test_it_breathes_after_every_batch_and_as_often_as_the_judge_does():
    events = run([1.0] * 6)[0]
    assert ["E" if event else "." for event in events] == list(".E" + 5 * "....E")


@pytest.mark.parametrize(("stop_after", "told"), [(1, 1), (3, 1), (5, 2), (6, 2), (7, 2)])
def test_stopped_it_leaves_the_best_so_far(stop_after, told):
    """In the middle of an epoch, its validation aside: what is not trained to the end is not judged."""
    events, weights, _, model, best = run([3.0, 2.0, 1.0, 1.0, 1.0, 1.0], stop_after)
    assert [event.number for event in events if event] == [*range(told)]
    assert best == told - 1 and model.weight.item() == weights[best]


def test_a_loss_that_is_no_number_is_never_the_best():
    *_, weights, _, model, best = run([np.nan] * 6)
    assert best == 0 and model.weight.item() == weights[0]


def test_the_curve_of_epochs_has_forecasts_where_they_have():
    found = [event for event in run([3.0, 1.0, 2.0, 4.0, 5.0, 6.0])[0] if event]
    curve = Curve.of("line", found)
    assert curve.best == 1 and curve.loss[:, 1].tolist() == [3, 1, 2, 4, 5, 6]
    np.testing.assert_array_equal(curve.ahead, np.repeat(np.arange(1, 7), 2).reshape(6, 2))
    assert Curve.of("line", [Epoch("line", 0, 5, np.nan, 1.0, True, np.empty(0))]).ahead is None
