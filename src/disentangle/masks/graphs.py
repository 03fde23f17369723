"""The graphs of a wiring: a node for every input and every unit, an edge for every weight that is not zero.

Of a convolution, the units are its channels, and the edge between two channels has the sum of the magnitudes of the kernel
between them (our reconstruction; cf. Filan et al. 2021, arXiv 2103.03386).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.graphs.graph import Block, Graph, Group
from disentangle.late import np
from disentangle.networks.shortcuts import INPUTS, Bypasses, Shortcut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.masks.wiring import Wiring
    from disentangle.networks import Network

    Array = NDArray[np.float64]


def graphs_of(wiring: Wiring) -> list[Graph]:
    """The graph of each replicate: a group of nodes for the inputs (`INPUTS`) and for each layer but those of shortcuts.

    An edge that stands for one weight keeps its sign. Where one stands for several it has the sum of their magnitudes, since
    they need not have one sign together: for the places of a kernel, for all places of a channel that a fully connected layer
    reads, and for the ON and the OFF channel of a hidden neuron, which are one node; relu(h) and relu(-h) do not cancel. But
    the two channels of an input carry x and -x, so their one edge is ON minus OFF, and a pair that cancels is none.

    A shortcut is edges: of its layer, or, where it adds units as they are, of weight 1 from unit to unit, in a fixed block.
    With ON and OFF channels it adds their difference: 1 and -1 count as one edge of weight 1, since exactly h comes through.
    The normalisation is no part of the graph. What counts as the graph is our reconstruction.

    Raises InputError for a weight that is not finite, for layers that do not follow each other, and for a layer that is marked
    as one of a shortcut when no shortcut has it.
    """
    network = wiring.network
    beside, shortcuts = {layer.name for layer in network.layers if layer.shortcut}, _shortcuts(network)
    main = [name for name in wiring.weights if name not in beside]
    if lost := beside - {shortcut.layer for shortcut in shortcuts}:
        raise InputError(f"layer {min(lost)} is marked as a shortcut, but the network does not say what it leads past.")
    numbers = {name: i for i, name in enumerate([INPUTS, *main])}
    inputs, *_ = wiring.weights
    sizes = [wiring.effective(inputs).shape[2], *(wiring.weights[name].shape[1] for name in main)]
    blocks: list[tuple[int, int, Array, bool]] = []
    for shortcut in [*map(Shortcut, [INPUTS, *main], main, main), *shortcuts]:
        source, target, name = numbers[shortcut.source], numbers[shortcut.target], shortcut.layer
        if name is not None:
            pooled = source > 0 and wiring.weights[main[source - 1]].ndim > 3
            blocks.append((source, target, _folded(wiring, name, sizes[source], pooled), False))
        elif sizes[source] != sizes[target]:
            raise InputError(f"{shortcut.target} adds {sizes[source]} neurons to {sizes[target]}; give that shortcut a layer.")
        else:
            blocks.append((source, target, np.stack([np.eye(sizes[source])] * wiring.replicates), True))
    groups = tuple(_group(network, name, size, name == main[-1]) for name, size in zip(numbers, sizes, strict=True))
    return [
        Graph(groups, tuple(Block(source, target, weights[r], fixed) for source, target, weights, fixed in blocks))
        for r in range(wiring.replicates)
    ]


def _shortcuts(network: Network) -> tuple[Shortcut, ...]:
    return network.layout.shortcuts(network.layers) if isinstance(network.layout, Bypasses) else ()


def _group(network: Network, name: str, size: int, last: bool) -> Group:
    if name == INPUTS or last:
        return Group(name, size, "output" if last else "input")
    activation = network.layout.activation
    signs = ("relu", "-relu") * size
    return Group(name, size, activation=signs[:size] if activation == "alternating" else activation)


def _folded(wiring: Wiring, name: str, before: int, pooled: bool) -> Array:
    """Edges (replicate, unit, unit before) of a layer, from as many units before; ``pooled`` where these may be channels."""
    weight = wiring.effective(name)
    if not np.isfinite(weight).all():
        raise InputError(f"layer {name} has a weight that is not finite; train the cell again.")
    block = _fold(weight.reshape(*weight.shape[:3], -1), 3)
    if wiring.network.on_off and name != next(iter(wiring.weights)):
        block = _fold(block.reshape(*block.shape[:2], 2, -1), 2)
    if pooled and weight.ndim == 3 and block.shape[2] % before == 0:
        block = _fold(block.reshape(*block.shape[:2], before, -1), 3)
    if block.shape[2] != before:
        raise InputError(f"layer {name} reads {block.shape[2]} neurons but {before} come before it.")
    return block


def _fold(edges: Array, axis: int) -> Array:
    """The one edge for those along an axis: the edge itself, or the sum of the magnitudes of several."""
    return edges.squeeze(axis) if edges.shape[axis] == 1 else np.abs(edges).sum(axis=axis)
