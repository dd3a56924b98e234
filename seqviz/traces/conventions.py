"""The same step of a GRU by another convention than PyTorch's, from the same weights."""

import numpy as np

from seqviz.traces.recurrent import LayerTrace


def cho2014(layer: LayerTrace, t: int) -> tuple[np.ndarray, np.ndarray]:
    """n and h, (H,) each, of GRU step `t` if r acted before the product: n = tanh(W x + U (r h') + b + b').

    Cho et al. 2014 (eq. 8), from the state h' that PyTorch's run came to; r, z and h = (1 − z) n + z h' are the same in
    both. Raises ValueError for a layer that is no GRU and for a step that it does not have.
    """
    if layer.kind != "GRU":
        raise ValueError(f"Only a GRU has the two conventions, not an {layer.kind}.")
    if t not in range(len(layer.h)):
        raise ValueError(f"There is no step {t}: this trace has the steps 0 to {len(layer.h) - 1}.")
    r, z, before = layer.gates["r"][t], layer.gates["z"][t], layer.h_prev[t]
    row = 2 * layer.h.shape[1]  # where n's weights begin
    from_x = layer.weight_ih[row:] @ layer.inputs[t] + layer.bias_ih[row:]  # (H, I) x (I,) -> (H,)
    from_h = layer.weight_hh[row:] @ (r * before) + layer.bias_hh[row:]  # (H, H) x (H,) -> (H,)
    n = np.tanh(from_x + from_h)
    return n, (1 - z) * n + z * before
