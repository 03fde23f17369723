"""Children: each differs from its parent by one mutation, or by none where the drawn one has nothing to act on.

As in the frozen version of the released search. An edge is added only where there is no gene, so one from an input to an output
can only be switched on again: the genes of all of them are there from the start.
"""

import numpy as np
from numpy.typing import NDArray

from disentangle.topology.compiled import compiled
from disentangle.topology.edges import Edges
from disentangle.topology.genome import ACTIVATIONS, Integers, Numbers, Population

Draws = NDArray[np.float64]
Places = NDArray[np.integer]

SHARES = {"add_edge": 0.20, "insert_node": 0.25, "enable": 0.05, "change_activation": 0.50}
DRAWS = 3  # of each child: which mutation, and two choices in it


def offspring(population: Population, edges: Edges, parents: Integers, draws: Draws) -> Population:
    """A child of each of the ``parents``, by ``draws`` (child, `DRAWS`), uniform in [0, 1).

    ``edges`` is the population's. All ways in which a mutation can act are equally likely, but an edge is added by drawing a
    source that has a free target, then one of these.
    """
    p = population
    which = np.searchsorted(np.cumsum([*SHARES.values()])[:-1], draws[:, 0], side="right")
    add, insert, enable, change = (np.flatnonzero(which == k) for k in range(len(SHARES)))
    add, ends = _new_edges(p, edges, parents, add, draws)
    insert = insert[edges.counts[parents[insert]] > 0]
    change = change[p.hidden[parents[change]] > 0]

    more_nodes, more_genes = np.zeros((2, len(parents)), np.int64)
    more_nodes[insert], more_genes[insert], more_genes[add] = 1, 2, 1
    children = p.take(parents, more_nodes, more_genes)
    ends_of_genes, ends_of_nodes = children.genes[1:], children.nodes[1:]

    _set_genes(children, ends_of_genes[add] - 1, *ends.T)

    edge = edges.starts[edges.nodes[parents[insert]]] + _pick(draws[insert, 1], edges.counts[parents[insert]])
    target = p.leaves + np.searchsorted(edges.starts, edge, side="right") - 1 - edges.nodes[parents[insert]]
    node = p.leaves + p.outputs + children.hidden[insert] - 1
    _switch(children, insert, edges.genes[edge], False)
    _set_genes(children, ends_of_genes[insert] - 2, edges.sources[edge], node)
    _set_genes(children, ends_of_genes[insert] - 1, node, target)
    children.activations[ends_of_nodes[insert] - 1] = _pick(draws[insert, 2], len(ACTIVATIONS))

    for child in enable:
        grown = children.enabled[children.genes[child] : children.genes[child + 1]]
        if len(off := np.flatnonzero(~np.concatenate([children.direct[child].ravel(), grown]))):
            _switch(children, np.array([child]), off[[_pick(draws[child, 1], len(off))]], True)

    node = children.nodes[change] + _pick(draws[change, 1], children.hidden[change])
    steps = 1 + _pick(draws[change, 2], len(ACTIVATIONS) - 1)
    children.activations[node] = (children.activations[node] + steps) % len(ACTIVATIONS)
    return children


def _pick(draw: Draws, among: Integers | int) -> Integers:
    """A number below ``among`` for each draw in [0, 1)."""
    return (draw * among).astype(np.int64)


def _set_genes(children: Population, genes: Integers, sources: Integers, targets: Integers) -> None:
    """Let grown genes be edges from sources to targets."""
    children.sources[genes], children.targets[genes], children.enabled[genes] = sources, targets, True


def _switch(children: Population, individuals: Integers, genes: Places, on: bool) -> None:
    """Switch a gene of each of some individuals; it is numbered as in its edges."""
    direct = children.direct.reshape(children.size, -1)
    grown = genes >= direct.shape[1]
    direct[individuals[~grown], genes[~grown]] = on
    children.enabled[children.genes[individuals[grown]] + genes[grown] - direct.shape[1]] = on


def _new_edges(p: Population, edges: Edges, parents: Integers, children: Integers, draws: Draws) -> tuple[Integers, Integers]:
    """Those of some children that can have a new edge, and its source and target (child, 2)."""
    most = p.leaves + p.outputs + int(p.hidden.max())
    of_population = edges.nodes, edges.layers, p.genes, p.sources, p.targets
    ends = _free_ends(p.leaves, p.outputs, most, *of_population, parents[children], draws[children, 1:])
    able = ends[:, 0] >= 0
    return children[able], ends[able]


@compiled
def _free_ends(
    leaves: int,
    outputs: int,
    most: int,
    nodes: Integers,
    layers: Numbers,
    genes: Integers,
    sources: Numbers,
    targets: Numbers,
    parents: Integers,
    draws: Draws,
) -> Integers:
    """A source and a target in a higher layer that no gene joins, for each parent; -1 where there are none.

    A gene leads to a higher layer even when it is off: a longer path of edges has taken its place.
    """
    found = np.empty((len(parents), 2), np.int64)
    free, above = np.empty(most, np.int64), np.empty(most + 2, np.int64)  # targets for each source; nodes above each layer
    for child in range(len(parents)):
        i = parents[child]
        layer = layers[nodes[i] : nodes[i + 1]]
        total, last = leaves + len(layer), layer[0]
        for level in range(last + 1):
            above[level] = 0
            for node in range(len(layer)):
                above[level] += layer[node] > level
        for source in range(total):
            free[source] = above[0] - outputs if source < leaves else above[layer[source - leaves]]
        for gene in range(genes[i], genes[i + 1]):
            free[sources[gene]] -= 1
        source = _pick_free(free[:total], draws[child, 0])
        level = 0 if source < leaves else layer[source - leaves]
        for target in range(total):
            grown = target >= leaves and layer[target - leaves] > level
            free[target] = grown and (source >= leaves or target >= leaves + outputs)
        for gene in range(genes[i], genes[i + 1]):
            if sources[gene] == source:
                free[targets[gene]] = 0
        found[child, 0], found[child, 1] = source, _pick_free(free[:total], draws[child, 1])
    return found


@compiled
def _pick_free(free: Integers, draw: float) -> int:
    """One of the places with a positive number, by a draw in [0, 1); -1 when there is none."""
    among = 0
    for number in free:
        among += number > 0
    left = int(draw * among)
    for place in range(len(free)):
        if free[place] > 0:
            if left == 0:
                return place
            left -= 1
    return -1
