"""Gradient × input: against finite differences, by hand, and what must always hold."""

import numpy as np
import pytest
import torch

from seqviz.models.reader import CELLS, TRANSFORMER, new_reader
from seqviz.traces import saliency as module
from seqviz.traces.saliency import saliency


def scored(kind, seed=0, features=5):
    """An untrained reader's logit after every step, in float64."""
    torch.manual_seed(seed)
    reader = new_reader(kind, "numbers", features, features, 8).double().requires_grad_(False)
    return lambda inputs: reader.readout(reader.cell(inputs)[0]).squeeze(-1)


def some_inputs(steps, features=5):
    return torch.randn(steps, features, dtype=torch.double, generator=torch.Generator().manual_seed(1))


def by_differences(score, inputs, step=1e-5):
    """The derivative of every answer by a factor on every input, one by one."""
    found = np.zeros((len(inputs), len(inputs)))
    for s in range(len(inputs)):
        more, less = inputs.clone(), inputs.clone()
        more[s] *= 1 + step
        less[s] *= 1 - step
        found[:, s] = (score(more[None])[0] - score(less[None])[0]).numpy() / (2 * step)
    return found


@pytest.mark.parametrize("kind", [*CELLS, TRANSFORMER])
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_it_is_the_derivative_by_a_factor_on_each_word(kind, steps):
    score, inputs = scored(kind), some_inputs(steps)
    found = saliency(score, inputs)
    assert found.shape == (steps, steps) and np.abs(found).max() > 1e-3
    np.testing.assert_allclose(found, by_differences(score, inputs), atol=1e-8)


@pytest.mark.parametrize("kind", [*CELLS, TRANSFORMER])
def test_nothing_hangs_on_a_later_word(kind):
    found = saliency(scored(kind), some_inputs(8))
    assert not np.triu(found, 1).any() and found[np.tril_indices(8)].all()


def test_it_can_be_done_by_hand_where_the_answer_is_a_sum():
    """y_t = Σ_{s ≤ t} w · x_s: what hangs on x_s is w · x_s, at every later step."""
    weight, inputs = torch.tensor([2.0, -1.0], dtype=torch.double), torch.tensor([[1.0, 1], [3, 0], [0, 5]]).double()
    found = saliency(lambda read: (read @ weight).cumsum(dim=1), inputs)
    np.testing.assert_array_equal(found, [[1, 0, 0], [1, 6, 0], [1, 6, -5]])


def test_it_does_not_depend_on_how_many_are_computed_at_once(monkeypatch):
    score, inputs = scored("GRU"), some_inputs(7)
    whole = saliency(score, inputs)
    monkeypatch.setattr(module, "_CELLS", 2 * 7**2)  # two rows at a time, and one that is left over
    np.testing.assert_allclose(saliency(score, inputs), whole, atol=1e-14)


def test_it_works_where_gradients_are_off_and_leaves_the_inputs_alone():
    score, inputs = scored("LSTM"), some_inputs(4)
    before = inputs.clone()
    with torch.no_grad():
        found = saliency(score, inputs)
    np.testing.assert_allclose(found, saliency(score, inputs))
    assert torch.equal(inputs, before) and not inputs.requires_grad and inputs.grad is None
    assert isinstance(found, np.ndarray) and found.dtype == np.float64


def test_a_word_that_says_nothing_gets_nothing():
    inputs = some_inputs(5)
    inputs[2] = 0
    found = saliency(scored(TRANSFORMER), inputs)
    assert not found[:, 2].any() and found[4, [0, 1, 3, 4]].all()
