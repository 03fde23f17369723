"""Individuals of a topology search as flat arrays: the first generation, copies, and what a checkpoint holds.

Nodes are numbered 0 (bias), then inputs, outputs and hidden nodes in the order of their birth. A gene is a possible edge that
can be off. The direct ones, from bias and inputs to outputs, are all there from the start; others are grown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from disentangle.topology.compiled import compiled

Integers = NDArray[np.int64]
Codes = NDArray[np.int8]
Numbers = NDArray[np.int32]
Switches = NDArray[np.bool_]
Arrays = dict[str, NDArray[Any]]

# Of hidden nodes; the place is the code. The published list for classification, which has no step.
ACTIVATIONS = ("linear", "sine", "gaussian", "tanh", "sigmoid", "negative", "absolute", "relu", "cosine")


class Population(NamedTuple):
    """Individuals one after the other; a single one is a population of one."""

    direct: Switches  # (individual, bias and inputs, output): direct genes
    nodes: Integers  # (individual + 1): where its hidden nodes start
    activations: Codes  # (hidden node)
    genes: Integers  # (individual + 1): where its grown genes start
    sources: Numbers  # (grown gene): number of a node
    targets: Numbers
    enabled: Switches

    @property
    def size(self) -> int:
        """How many individuals."""
        return len(self.direct)

    @property
    def leaves(self) -> int:
        """Bias and inputs of an individual."""
        return int(self.direct.shape[1])

    @property
    def outputs(self) -> int:
        """Outputs of an individual."""
        return int(self.direct.shape[2])

    @property
    def hidden(self) -> Integers:
        """Hidden nodes of each individual."""
        return np.diff(self.nodes)

    def take(self, individuals: ArrayLike, nodes: Integers | int = 0, genes: Integers | int = 0) -> Population:
        """Copies of some, in this order, each with room at its end for so many more nodes and genes; the room holds zeros."""
        chosen = np.asarray(individuals, np.int64)
        new_nodes = offsets(self.hidden[chosen] + nodes)
        new_genes = offsets(self.genes[chosen + 1] - self.genes[chosen] + genes)
        activations = _copied(self.activations, self.nodes, chosen, new_nodes)
        grown = (_copied(part, self.genes, chosen, new_genes) for part in (self.sources, self.targets, self.enabled))
        return Population(self.direct[chosen], new_nodes, activations, new_genes, *grown)

    def arrays(self) -> Arrays:
        """All arrays by name, for a file."""
        return self._asdict()

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Population:
        """The population that gave these `arrays`."""
        return cls(**arrays)


def start(size: int, inputs: int, outputs: int, enabled: float, generator: np.random.Generator) -> Population:
    """First generation: no hidden nodes, and each direct gene is on with probability ``enabled``."""
    direct = generator.random((size, 1 + inputs, outputs)) < enabled
    none, grown = np.zeros(size + 1, np.int64), np.zeros(0, np.int32)
    return Population(direct, none, np.zeros(0, np.int8), none, grown, grown, np.zeros(0, np.bool_))


def joined(first: Population, second: Population) -> Population:
    """The individuals of both."""
    behind = second._replace(nodes=first.nodes[-1] + second.nodes[1:], genes=first.genes[-1] + second.genes[1:])
    pairs: Any = zip(first, behind, strict=True)
    return Population(*map(np.concatenate, pairs))


def offsets(lengths: Integers) -> Integers:
    """Where each of some parts starts, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lengths)])


@compiled
def _copied(values: NDArray[Any], starts: Integers, chosen: Integers, new: Integers) -> NDArray[Any]:
    copies = np.zeros(new[-1], values.dtype)
    for i in range(len(chosen)):
        begin = starts[chosen[i]]
        for k in range(starts[chosen[i] + 1] - begin):
            copies[new[i] + k] = values[begin + k]
    return copies
