"""The graph of a wiring: a node for every input and every unit, an edge for every weight that is not zero."""

import numpy as np
from numpy.typing import NDArray

from disentangle.errors import InputError
from disentangle.masks.wiring import Wiring


def adjacency(wiring: Wiring) -> list[NDArray[np.float64]]:
    """Adjacency blocks, input to output: magnitudes (replicate, unit, unit before), 0 where there is no edge.

    The ON and the OFF channel of a neuron are one node: their edges to a unit fold into one with the sum of the
    magnitudes. The 0/1 graph of the same edges is ``block > 0``. What counts as the graph is our reconstruction.

    Raises InputError for a layer with kernels, a weight that is not finite, and layers that do not follow each other.
    """
    blocks: list[NDArray[np.float64]] = []
    for name, weight in wiring.weights.items():
        if weight.ndim != 3:
            raise InputError(f"layer {name} has kernels; the spectral comparison is made for fully connected networks only.")
        if not np.isfinite(weight).all():
            raise InputError(f"layer {name} has a weight that is not finite; train the cell again.")
        block = np.abs(weight, dtype=np.float64)
        if wiring.network.on_off:
            block = block.reshape(*block.shape[:2], 2, -1).sum(axis=2)
        if blocks and block.shape[2] != blocks[-1].shape[1]:
            raise InputError(f"layer {name} reads {block.shape[2]} neurons but {blocks[-1].shape[1]} come before it.")
        blocks.append(block)
    return blocks
