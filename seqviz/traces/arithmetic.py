"""One number of a recurrent cell taken apart into the terms that it is the sum of."""

from dataclasses import dataclass
from math import exp, fsum, tanh


@dataclass(frozen=True)
class Term:
    """One addend: weight × value, times `scale` where a gate acts on it (GRU's r on the memory, else 1)."""

    source: str  # "x" the input, "h" the state before; in a state's own sum also "c", "g", "n"; in attention "k", "v"
    index: int
    weight: float
    value: float
    scale: float = 1.0

    @property
    def product(self) -> float:
        """What the term adds to the sum."""
        return self.scale * self.weight * self.value


@dataclass(frozen=True)
class Arithmetic:
    """result = opening · activation(bias + Σ products); `opening` is LSTM's output gate in h = o tanh(c), else 1."""

    name: str  # what is computed: "h", or a gate
    terms: tuple[Term, ...]
    bias: float
    activation: str  # "tanh", "sigmoid", "relu" or "identity"
    result: float
    opening: float = 1.0

    @property
    def total(self) -> float:
        """What goes into the activation, summed without loss."""
        return fsum([self.bias, *(term.product for term in self.terms)])

    @property
    def is_mix(self) -> bool:
        """Whether this mixes two states by gates, as the h of an LSTM or a GRU, and is no weighted sum of inputs."""
        return any(term.source in ("c", "g", "n") for term in self.terms)


def activate(name: str, z: float) -> float:
    """The activation called `name` at z."""
    if name == "tanh":
        return tanh(z)
    if name == "sigmoid":
        return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))
    return max(z, 0.0) if name == "relu" else z
