"""The plane in which a state moves most: two directions for a vector of any width."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plane:
    """States seen in the two directions that show most of their movement (PCA, Pearson 1901)."""

    runs: tuple[np.ndarray, ...]  # one (T, 2) a run, in the order they were given
    share: tuple[float, float]  # of the variance of all runs together, in each direction


def plane(*runs: np.ndarray) -> Plane:
    """The common plane of one or more runs of states, each (T, H); a state that never moves stays at (0, 0).

    Each direction points to where its largest part is positive, so that the same states always look the same.
    """
    states = np.concatenate(runs)
    centre = states.mean(axis=0)
    _u, spread, axes = np.linalg.svd(states - centre, full_matrices=False)
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    axes = np.concatenate([axes, np.zeros((2, states.shape[1]))])[:2]  # a single step has no direction at all
    share = np.append(spread**2 / max((spread**2).sum(), 1e-30), [0.0, 0.0])
    return Plane(tuple((run - centre) @ axes.T for run in runs), (float(share[0]), float(share[1])))
