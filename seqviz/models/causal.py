"""A small Transformer that reads from left to right, and so can stand where a recurrent cell stands."""

import torch
from torch import Tensor, nn

LAYERS, HEADS = 2, 4


class CausalEncoder(nn.Module):
    """A Transformer encoder in which no step sees a later one, called as nn.RNN is: what it reads, then how.

    Layers are pre-norm (Xiong et al. 2020). Where a step stands is told by how far it is from the one that looks: each
    head lowers its scores by its own slope times that distance (ALiBi, Press et al. 2022), which holds beyond the
    lengths of the training too.
    """

    def __init__(self, features: int, units: int, layers: int = LAYERS, heads: int = HEADS):
        super().__init__()
        self.embed = nn.Linear(features, units)
        self.layers = nn.ModuleList(CausalLayer(units, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(units)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, I) -> the states after the last layer (B, T, D), and what every head looked at (B, L, H, T, T)."""
        states, weights = self.embed(inputs), []
        for layer in self.layers:
            states, looked = layer(states)
            weights.append(looked)
        return self.norm(states), torch.stack(weights, dim=1)


class CausalLayer(nn.Module):
    """Attention to this step and those before it, then a feed-forward layer, each added to what came in."""

    def __init__(self, units: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_feed = nn.LayerNorm(units), nn.LayerNorm(units)
        self.qkv = nn.Linear(units, 3 * units)
        self.out = nn.Linear(units, units)
        self.feed = nn.Sequential(nn.Linear(units, 4 * units), nn.GELU(), nn.Linear(4 * units, units))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) -> (B, T, D) and the weights (B, H, T, T)."""
        q, k, v = self.qkv(self.norm_attention(states)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT * q.shape[-1] ** -0.5 + bias(self.heads, states.shape[1], states.dtype)  # (B, H, T, T)
        weights = scores.softmax(dim=-1)
        states = states + self.out((weights @ v).transpose(1, 2).flatten(2))  # (B, H, T, d) -> (B, T, D)
        return states + self.feed(self.norm_feed(states)), weights


def bias(heads: int, steps: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """(H, T, T): minus infinity for what lies ahead, else minus slope times distance; slopes 2^(−8 h / H), h = 1 … H.

    Press et al. 2022, section 3.
    """
    slopes = 2.0 ** (-8 * torch.arange(1, heads + 1, dtype=dtype) / heads)
    time = torch.arange(steps, dtype=dtype)
    distance = time[:, None] - time  # (T, T), query minus key
    return (-slopes[:, None, None] * distance).masked_fill(distance < 0, -torch.inf)
