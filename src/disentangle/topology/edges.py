"""The edges of individuals, by the node they lead to, and the layers of hidden nodes."""

from typing import NamedTuple

import numpy as np

from disentangle.topology.compiled import compiled
from disentangle.topology.genome import Integers, Numbers, Population, Switches


class Edges(NamedTuple):
    """Genes that are on, of all individuals; each has its outputs and hidden nodes one after the other, as numbered."""

    nodes: Integers  # (individual + 1): where its nodes start, bias and inputs left out
    layers: Numbers  # (node): longest path of edges from bias and inputs; outputs are in the one after the last
    starts: Integers  # (node + 1): where the edges to it start
    sources: Numbers  # (edge): number of a node in its individual
    genes: Numbers  # (edge): number of the gene in its individual, direct ones first

    @property
    def counts(self) -> Integers:
        """Edges of each individual."""
        return np.diff(self.starts[self.nodes])


def edges_of(population: Population) -> Edges:
    """The edges of all individuals."""
    p = population
    nodes = p.nodes + p.outputs * np.arange(p.size + 1)
    direct = np.flatnonzero(p.direct)
    individuals = np.searchsorted(direct, np.arange(p.size + 1) * p.leaves * p.outputs)
    own = direct, individuals, nodes, p.genes, p.sources, p.targets, p.enabled
    starts, sources, genes = _edges(p.leaves, p.outputs, len(direct) + int(p.enabled.sum()), *own)
    layers = _layers(p.leaves, p.outputs, int(np.diff(nodes).max()), nodes, starts, sources)
    return Edges(nodes, layers, starts, sources, genes)


def ends(individual: Population) -> Numbers:
    """Source and target of each edge of one individual (edge, 2), in the order of its edges."""
    edges = edges_of(individual)
    targets = individual.leaves + np.repeat(np.arange(len(edges.layers)), np.diff(edges.starts))
    return np.stack([edges.sources, targets.astype(np.int32)], axis=1)


@compiled
def _edges(
    leaves: int,
    outputs: int,
    count: int,
    direct: Integers,
    individuals: Integers,
    nodes: Integers,
    genes: Integers,
    sources: Numbers,
    targets: Numbers,
    enabled: Switches,
) -> tuple[Integers, Numbers, Numbers]:
    """By the node they lead to; places of ``direct`` genes that are on, those of an individual from ``individuals`` on."""
    starts = np.zeros(nodes[-1] + 2, np.int64)  # of a node at the place after its own, until the edges are placed
    for i in range(len(nodes) - 1):
        for k in range(individuals[i], individuals[i + 1]):
            starts[nodes[i] + direct[k] % outputs + 2] += 1
        for gene in range(genes[i], genes[i + 1]):
            starts[nodes[i] + targets[gene] - leaves + 2] += enabled[gene]
    for node in range(nodes[-1]):
        starts[node + 2] += starts[node + 1]
    origins, numbers = np.empty(count, np.int32), np.empty(count, np.int32)
    for i in range(len(nodes) - 1):
        for k in range(individuals[i], individuals[i + 1]):
            gene = direct[k] - i * leaves * outputs
            edge = starts[nodes[i] + gene % outputs + 1]
            origins[edge], numbers[edge] = gene // outputs, gene
            starts[nodes[i] + gene % outputs + 1] += 1
        for gene in range(genes[i], genes[i + 1]):
            if enabled[gene]:
                edge = starts[nodes[i] + targets[gene] - leaves + 1]
                origins[edge], numbers[edge] = sources[gene], leaves * outputs + gene - genes[i]
                starts[nodes[i] + targets[gene] - leaves + 1] += 1
    return starts[:-1], origins, numbers


@compiled
def _layers(leaves: int, outputs: int, most: int, nodes: Integers, starts: Integers, sources: Numbers) -> Numbers:
    """Depth first: a node waits on the pile until the layers of its sources are known. ``most`` nodes has an individual."""
    layers = np.zeros(nodes[-1], np.int32)
    pile = np.empty(most + 1, np.int64)
    for i in range(len(nodes) - 1):
        layer, last = layers[nodes[i] : nodes[i + 1]], 0
        for first in range(outputs, len(layer)):
            pile[0], height = first, 1
            while height:
                node, before, waits = pile[height - 1], 0, False
                for edge in range(starts[nodes[i] + node], starts[nodes[i] + node + 1]):
                    source = sources[edge] - leaves
                    if source >= outputs:
                        if layer[source] == 0:
                            waits, pile[height] = True, source
                            break
                        before = max(before, layer[source])
                height += 1 if waits else -1
                if height > most:
                    raise ValueError("nodes lead to each other in a circle")
                if not waits:
                    layer[node] = before + 1
            last = max(last, layer[first])
        layer[:outputs] = last + 1
    return layers
