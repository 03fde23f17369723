"""The graph of a wiring: a node for every input and every unit, an edge for every weight that is not zero.

Of a convolution, the units are its channels, and the edge between two channels has the sum of the magnitudes of the kernel
between them (our reconstruction; cf. Filan et al. 2021, arXiv 2103.03386).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.masks.wiring import Wiring


def adjacency(wiring: Wiring) -> list[NDArray[np.float64]]:
    """Adjacency blocks, input to output: magnitudes (replicate, unit, unit before), 0 where there is no edge.

    The ON and the OFF channel of a neuron are one node, and their edges to a unit fold into one. Those of an input carry x and
    -x, so the one has the magnitude of ON minus OFF, and a pair that cancels is none. Those of a hidden unit carry relu(h)
    and relu(-h), which do not cancel: the one has the sum of the magnitudes. So have the edges from all places of a channel
    where a fully connected layer reads a convolutional one. Shortcuts are left out: the graph of a residual network is its
    main path, which is layered. The 0/1 graph of the same edges is ``block > 0``. What counts as the graph is our
    reconstruction.

    Raises InputError for a weight that is not finite and for layers that do not follow each other.
    """
    blocks: list[NDArray[np.float64]] = []
    convolutional = False
    shortcuts = {layer.name for layer in wiring.network.layers if layer.shortcut}
    for name in wiring.weights:
        weight = wiring.effective(name)
        if not np.isfinite(weight).all():
            raise InputError(f"layer {name} has a weight that is not finite; train the cell again.")
        if name in shortcuts:
            continue
        block = np.abs(weight)
        block = block.reshape(*block.shape[:3], -1).sum(axis=3)
        if wiring.network.on_off and blocks:
            block = block.reshape(*block.shape[:2], 2, -1).sum(axis=2)
        before = blocks[-1].shape[1] if blocks else block.shape[2]
        if convolutional and weight.ndim == 3 and block.shape[2] % before == 0:
            block = block.reshape(*block.shape[:2], before, -1).sum(axis=3)
        if block.shape[2] != before:
            raise InputError(f"layer {name} reads {block.shape[2]} neurons but {before} come before it.")
        blocks.append(block)
        convolutional = weight.ndim > 3
    return blocks
