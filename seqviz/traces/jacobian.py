"""How a small change of the state travels: the exact Jacobians of a recurrent cell, chained from step to step.

Each step's Jacobian is a closed form in numbers that the trace holds already, so nothing is differentiated and no
second pass is run. Their products say whether a gradient vanishes or explodes (Bengio, Simard & Frasconi 1994; Pascanu,
Mikolov & Bengio 2013, eq. 5).
"""

import numpy as np
from torch import Tensor, nn

from seqviz.traces.recurrent import LayerTrace, State, trace_recurrent


def step_jacobians(layer: LayerTrace) -> np.ndarray:
    """∂state_t / ∂state_{t-1} of every step: (T, S, S), [step, of the new state, by the old one].

    The state is h, and S = H, in an RNN and a GRU; in an LSTM it is h followed by c, and S = 2·H. In a reverse layer
    t − 1 is the step after t. Raises ValueError for an LSTM with proj_size, whose projection the trace does not hold.
    """
    if layer.kind == "RNN":
        return _rnn(layer)
    return _lstm(layer) if layer.kind == "LSTM" else _gru(layer)


def _rnn(layer: LayerTrace) -> np.ndarray:
    """h = φ(U h' + …)."""
    slope = 1 - layer.h**2 if layer.activation == "tanh" else (layer.pre["h"] > 0).astype(layer.h.dtype)
    return slope[:, :, None] * layer.weight_hh  # (T, H, 1) x (H, H) -> (T, H, H)


def _gru(layer: LayerTrace) -> np.ndarray:
    """h = (1 − z) n + z h' with n = tanh(… + r (U_n h' + b_n)), PyTorch's convention."""
    r, z, n = (layer.gates[name] for name in "rzn")
    to_r, to_z, to_n = np.split(layer.weight_hh, 3)
    memory = layer.h_prev @ to_n.T + layer.bias_hh[-len(to_n) :]  # (T, H) what r lets through
    by_n = (1 - z) * (1 - n**2)
    jacobians = (
        ((layer.h_prev - n) * z * (1 - z))[:, :, None] * to_z
        + (by_n * r)[:, :, None] * to_n
        + (by_n * memory * r * (1 - r))[:, :, None] * to_r
    )
    return _plus_diagonal(jacobians, z)


def _lstm(layer: LayerTrace) -> np.ndarray:
    """c = f c' + i g and h = o tanh(c)."""
    if layer.h.shape[1] < layer.gates["o"].shape[1]:
        raise ValueError("An LSTM with proj_size has no Jacobian here: the trace does not hold its projection.")
    assert layer.c is not None and layer.c_prev is not None
    i, f, g, o = (layer.gates[name] for name in "ifgo")
    to_i, to_f, to_g, to_o = np.split(layer.weight_hh, 4)
    shown = np.tanh(layer.c)
    by_c = o * (1 - shown**2)  # ∂h / ∂c
    steps, units = f.shape
    jacobians = np.zeros((steps, 2 * units, 2 * units), f.dtype)
    h_by_h, h_by_c = jacobians[:, :units, :units], jacobians[:, :units, units:]
    c_by_h, c_by_c = jacobians[:, units:, :units], jacobians[:, units:, units:]
    c_by_h += (layer.c_prev * f * (1 - f))[:, :, None] * to_f
    c_by_h += (g * i * (1 - i))[:, :, None] * to_i
    c_by_h += (i * (1 - g**2))[:, :, None] * to_g
    h_by_h += (shown * o * (1 - o))[:, :, None] * to_o + by_c[:, :, None] * c_by_h
    _plus_diagonal(c_by_c, f)
    _plus_diagonal(h_by_c, by_c * f)
    return jacobians


def jacobian_norms(module: nn.RNNBase, inputs: Tensor | np.ndarray, of: str = "h", state: State = None) -> np.ndarray:
    """‖∂h_T / ∂h_t‖₂ for every step t of one sequence: (T,), exact, the last entry 1; with of="c", ‖∂c_T / ∂c_t‖₂.

    The norm is the largest singular value: how much the last state moves, at most, for a tiny move of an earlier one.
    In an LSTM h_t and c_t are varied as independent quantities: one is moved, the other held at step t, and both are
    free on the way from there. `inputs` and `state` as in trace_recurrent.

    Takes modules of one layer, one direction and no projection; of="c" is an LSTM's. Raises ValueError for others, and
    for all that trace_recurrent raises it for.
    """
    layer = trace_recurrent(module, inputs, state).layers[0]
    if module.num_layers > 1 or module.bidirectional:
        raise ValueError("jacobian_norms takes one layer in one direction.")
    if of not in ("h", "c") or (of == "c" and layer.c is None):
        raise ValueError(f'of={of!r} is no state of an nn.{layer.kind}: of="h", and in an LSTM also of="c".')
    jacobians = step_jacobians(layer)
    steps, width, _ = jacobians.shape
    units = layer.h.shape[1]
    block = slice(units) if of == "h" else slice(width - units, width)
    chain = np.empty((steps, units, width), jacobians.dtype)  # the rows of ∂state_T / ∂state_t that are asked for
    exponents = np.zeros(steps, int)
    chain[-1] = np.eye(width, dtype=jacobians.dtype)[block]
    for t in range(steps - 2, -1, -1):
        np.matmul(chain[t + 1], jacobians[t + 1], out=chain[t])
        exponents[t] = exponents[t + 1] + _rescale(chain[t])
    return np.ldexp(_spectral_norms(chain[:, :, block]), exponents)


def jacobian_map(layer: LayerTrace) -> np.ndarray:
    """‖∂h_t / ∂h_s‖₂ for every pair of steps: (T, T), [t, s], 1 where they are the same, 0 where s comes after t.

    As in jacobian_norms, of one layer in either direction, in a run without changes.
    """
    is_reverse = layer.name.endswith("_reverse")
    jacobians = step_jacobians(layer)[:: -1 if is_reverse else 1]
    steps, width, _ = jacobians.shape
    units = layer.h.shape[1]
    norms = np.eye(steps, dtype=jacobians.dtype)
    chain = np.empty((steps, width, units), jacobians.dtype)  # the columns of ∂state_t / ∂state_s, for all s before t
    exponents = np.zeros(steps, int)
    for t in range(1, steps):
        chain[t - 1] = np.eye(width, units, dtype=jacobians.dtype)
        chain[:t] = jacobians[t] @ chain[:t]  # (S, S) x (t, S, H) -> (t, S, H)
        exponents[:t] += _rescale(chain[:t])
        norms[t, :t] = np.ldexp(_spectral_norms(chain[:t, :units]), exponents[:t])
    return norms[::-1, ::-1] if is_reverse else norms


def _plus_diagonal(matrices: np.ndarray, diagonals: np.ndarray) -> np.ndarray:
    """Add diagonals (T, H) to matrices (T, H, H), in place."""
    units = np.arange(diagonals.shape[1])
    matrices[:, units, units] += diagonals
    return matrices


def _rescale(matrices: np.ndarray) -> np.ndarray:
    """Divide each matrix (…, m, n) in place by a power of two, so that it neither grows nor fades; the exponents.

    Powers of two cost no digit. A long product would leave the range of floats on its way even where one block of it
    stays inside.
    """
    _fractions, exponents = np.frexp(np.abs(matrices).max(axis=(-2, -1)))
    np.ldexp(matrices, -exponents[..., None, None], out=matrices)
    return exponents


def _spectral_norms(matrices: np.ndarray) -> np.ndarray:
    """The largest singular value of each matrix, (T, H, H) -> (T,)."""
    return np.linalg.svd(matrices, compute_uv=False)[:, 0]
