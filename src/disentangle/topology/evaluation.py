"""What networks give: rewards of a whole population at shared weights, and logits of one network at any weights."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from disentangle.topology.edges import Edges, edges_of
from disentangle.topology.genome import Integers, Population
from disentangle.topology.graph import merged
from disentangle.topology.kernels import activate, rewards_by_block

Floats = NDArray[np.float32]
Rewards = NDArray[np.float64]  # (individual, value)

VALUES = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)  # of the shared weight, as published
WORST = -1e6  # reward of a network whose logits overflow, and the least there is
BLOCK = 128  # images that go through the graph together; a power of two
BUFFER = 2**28  # bytes of activities that a thread may hold
ACTIVITIES = 2**24  # of all nodes of the one network whose logits are asked for


class Batch(NamedTuple):
    """Images in blocks, the last one filled up with empty ones."""

    leaves: Floats  # (block, bias and inputs, image)
    order: Integers  # (block, image): those of each class together, without the empty ones
    classes: Integers  # (block, class + 1): where those of a class start


def batch(inputs: Floats, labels: Integers, classes: int) -> Batch:
    """Prepare ``inputs`` (image, input) and ``labels`` (image), below ``classes``, for `rewards`."""
    blocks = -(-len(inputs) // BLOCK)
    leaves = np.zeros((blocks * BLOCK, 1 + inputs.shape[1]), np.float32)
    leaves[:, 0], leaves[: len(inputs), 1:] = 1, inputs
    of_images = np.full(blocks * BLOCK, classes)
    of_images[: len(inputs)] = labels
    by_block = of_images.reshape(blocks, BLOCK)
    starts = np.stack([(by_block < c).sum(axis=1) for c in range(classes + 1)], axis=1)
    by_leaf = leaves.reshape(blocks, BLOCK, -1).transpose(0, 2, 1)
    return Batch(np.ascontiguousarray(by_leaf), by_block.argsort(axis=1, kind="stable"), starts)


def rewards(population: Population, edges: Edges, seen: Batch, values: ArrayLike = VALUES, threads: int = 1) -> Rewards:
    """Minus the mean cross-entropy of each individual at each shared weight, not less than `WORST`.

    The same bits for any number of ``threads``. A population whose activities are larger than `BUFFER` goes in parts.
    """
    shared, graph = np.asarray(values, np.float32), merged(population, edges)
    if 2 * graph.height * shared.size * BLOCK * shared.itemsize > BUFFER and population.size > 1:
        halves = (population.take(part) for part in np.array_split(np.arange(population.size), 2))
        return np.concatenate([rewards(half, edges_of(half), seen, shared, threads) for half in halves])
    found = np.empty((len(seen.order), population.size, len(shared)))
    shares = [np.arange(thread, len(found), threads) for thread in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda blocks: rewards_by_block(*graph, *seen, shared, blocks, found), shares))
    means = found.sum(axis=0) / seen.classes[:, -1].sum()
    return np.asarray(np.nan_to_num(means, nan=WORST).clip(WORST))


def logits(individual: Population, inputs: Floats, weights: ArrayLike) -> Floats:
    """Logits of one network (draw, image, output) for ``inputs`` (image, input).

    ``weights`` are those that all edges share (draw) or those of each edge (draw, edge), in the order of `edges.ends`.
    """
    edges = edges_of(individual)
    given = np.asarray(weights, np.float32)
    of_edges = np.broadcast_to(given if given.ndim > 1 else given[:, None], (len(given), len(edges.sources)))
    size = max(1, ACTIVITIES // (len(given) * (individual.leaves + len(edges.layers))))
    parts = [_logits(individual, edges, inputs[begin : begin + size], of_edges) for begin in range(0, len(inputs), size)]
    return np.concatenate(parts, axis=1)


def _logits(individual: Population, edges: Edges, inputs: Floats, weights: Floats) -> Floats:
    leaves, outputs = individual.leaves, individual.outputs
    draws, images = len(weights), len(inputs)
    rows = np.empty((leaves + len(edges.layers), draws * images), np.float32)
    activities = rows.reshape(-1, draws, images)
    activities[0] = 1
    activities[1:leaves] = inputs.T[:, None]
    for node in np.argsort(edges.layers, kind="stable"):
        into = slice(edges.starts[node], edges.starts[node + 1])
        np.einsum("dk,kdi->di", weights[:, into], activities[edges.sources[into]], out=activities[leaves + node])
        if node >= outputs:
            activate(individual.activations[node - outputs], rows, leaves + node)
    return activities[leaves : leaves + outputs].transpose(1, 2, 0)
