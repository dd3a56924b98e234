"""The Transformer that stands where a cell stands: against torch's own attention, and what must always hold."""

import numpy as np
import pytest
import torch
from torch import nn

from seqviz.models.causal import CausalEncoder, CausalLayer, bias


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def encoder(layers=2, heads=4, units=16, features=5):
    return CausalEncoder(features, units, layers, heads).double().eval()


def by_torch(layer: CausalLayer, states):
    """The same layer out of nn.MultiheadAttention, which takes the distances as a mask that is added."""
    units = states.shape[-1]
    theirs = nn.MultiheadAttention(units, layer.heads, batch_first=True, dtype=torch.double)
    theirs.in_proj_weight, theirs.in_proj_bias = layer.qkv.weight, layer.qkv.bias
    theirs.out_proj = layer.out
    read = layer.norm_attention(states)
    mask = bias(layer.heads, states.shape[1], torch.double).repeat(len(states), 1, 1)  # (B·H, T, T)
    added, weights = theirs(read, read, read, attn_mask=mask, average_attn_weights=False)
    states = states + added
    return states + layer.feed(layer.norm_feed(states)), weights


@pytest.mark.parametrize(("heads", "steps"), [(1, 7), (4, 7), (4, 1), (2, 30)])
def test_a_layer_is_torchs_own_attention_with_distances_added(heads, steps):
    layer = CausalLayer(16, heads).double()
    states = torch.randn(3, steps, 16, dtype=torch.double)
    for ours, theirs in zip(layer(states), by_torch(layer, states), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_an_encoder_is_its_layers_one_after_the_other():
    model, inputs = encoder(layers=3), torch.randn(2, 6, 5, dtype=torch.double)
    states, looked = model(inputs)
    assert states.shape == (2, 6, 16) and looked.shape == (2, 3, 4, 6, 6)
    expected = model.embed(inputs)
    for n, layer in enumerate(model.layers):
        expected, weights = by_torch(layer, expected)
        torch.testing.assert_close(looked[:, n], weights, rtol=0, atol=1e-12)
    torch.testing.assert_close(states, model.norm(expected), rtol=0, atol=1e-12)


def test_the_distances_are_those_of_the_paper():
    """Press et al. 2022: for eight heads the slopes are 1/2, 1/4, …, 1/256."""
    found = bias(8, 4)
    assert found[:, 3, 2].tolist() == [-(0.5**n) for n in range(1, 9)]
    np.testing.assert_array_equal(found[0], [
        [0, -np.inf, -np.inf, -np.inf], [-0.5, 0, -np.inf, -np.inf], [-1, -0.5, 0, -np.inf], [-1.5, -1, -0.5, 0],
    ])  # fmt: skip


def test_no_step_sees_a_later_one_and_every_row_adds_up_to_one():
    model, inputs = encoder(), torch.randn(1, 9, 5, dtype=torch.double)
    states, looked = model(inputs)
    changed = inputs.clone()
    changed[0, 5:] = torch.randn(4, 5, dtype=torch.double)
    other, _ = model(changed)
    torch.testing.assert_close(other[:, :5], states[:, :5], rtol=0, atol=1e-12)
    assert (other[:, 5:] - states[:, 5:]).abs().amax(dim=2).min() > 1e-3
    assert not looked.triu(1).any()
    torch.testing.assert_close(looked.sum(dim=-1), torch.ones(1, 2, 4, 9, dtype=torch.double))


def test_what_is_read_later_leaves_the_beginning_as_it_was():
    """A running verdict: a prefix read alone gives what the whole gives up to there."""
    model, inputs = encoder(), torch.randn(1, 9, 5, dtype=torch.double)
    torch.testing.assert_close(model(inputs[:, :4])[0], model(inputs)[0][:, :4], rtol=0, atol=1e-12)
