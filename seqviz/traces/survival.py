"""How much of what each step wrote is still there at every later step: the state of a gated cell, split exactly.

An LSTM's c_t = f_t c_{t-1} + i_t g_t is linear in its own past, and so is a GRU's h_t = z_t h_{t-1} + (1 − z_t) n_t.
Unrolled, the state is a sum over the steps that wrote it, each candidate weighted by a product of gates.
"""

import numpy as np

from seqviz.traces.recurrent import LayerTrace


def survival(layer: LayerTrace, log: bool = False) -> np.ndarray:
    """What is left at step t of what step s wrote, as a share of its candidate: (T, T, H), [t, s, unit].

    LSTM  S[t, s] = i_s ∏_{k=s+1..t} f_k        and  Σ_s S[t, s] g_s + ∏_{k=0..t} f_k c0 = c_t
    GRU   S[t, s] = (1 − z_s) ∏_{k=s+1..t} z_k  and  Σ_s S[t, s] n_s + ∏_{k=0..t} z_k h0 = h_t

    Nothing is left of what comes later: 0 for s > t, and for s < t in a reverse layer, whose time runs the other way.
    With `log` its natural logarithm, added up rather than multiplied, so that what is too small for a float is still
    told apart; −inf where nothing is left at all. Of a run whose memory was wiped or held it knows nothing; a held gate
    is a gate like others. Raises ValueError for an RNN, which has no gates.
    """
    keep, write = _gates(layer)
    nothing = 0.0
    if log:
        with np.errstate(divide="ignore"):  # a gate that is shut for good
            keep, write, nothing = np.log(keep), np.log(write), -np.inf
    if is_reverse := layer.name.endswith("_reverse"):
        keep, write = keep[::-1], write[::-1]
    steps, units = keep.shape
    left = np.full((steps, steps, units), nothing, keep.dtype)
    fade = np.add if log else np.multiply
    for t in range(steps):
        if t:
            fade(left[t - 1, :t], keep[t], out=left[t, :t])  # (t, H) with (H,)
        left[t, t] = write[t]
    return left[::-1, ::-1] if is_reverse else left


def mean_of_logs(logs: np.ndarray) -> np.ndarray:
    """The logarithm of the mean share of all units, (T, T), from the logarithms of their shares (T, T, H)."""
    return np.logaddexp.reduce(logs, axis=2) - np.log(logs.shape[2])


def survival_of_start(layer: LayerTrace) -> np.ndarray:
    """What is left at step t of the initial state, c0 in an LSTM, h0 in a GRU, as a share of it: (T, H).

    Raises ValueError for an RNN.
    """
    keep, _write = _gates(layer)
    if layer.name.endswith("_reverse"):
        return keep[::-1].cumprod(axis=0)[::-1]
    return keep.cumprod(axis=0)


def written(layer: LayerTrace) -> np.ndarray:
    """The candidate that each step writes, before any gate: g in an LSTM, n in a GRU, (T, H).

    Raises ValueError for an RNN.
    """
    _gates(layer)
    return layer.gates["g" if layer.kind == "LSTM" else "n"]


def _gates(layer: LayerTrace) -> tuple[np.ndarray, np.ndarray]:
    """The share of its state that each step keeps and of its candidate that it writes, (T, H) each."""
    if layer.kind == "LSTM":
        return layer.gates["f"], layer.gates["i"]
    if layer.kind == "GRU":
        return layer.gates["z"], 1 - layer.gates["z"]
    raise ValueError(
        "An RNN has no gates that keep and write: each step mixes all units and bends the sum by its nonlinearity, so "
        "its state is no sum of what the steps wrote. What it passes on is seen in jacobian_map."
    )
