"""Eigenvalues of the normalised Laplacian of graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.graphs.graph import Graph

    Array = NDArray[np.float64]


def eigenvalues(graph: Graph) -> Array:
    """Eigenvalues (node,) of I - D^-1/2 A D^-1/2, ascending in [0, 2]; isolated nodes end it as NaN.

    A has the magnitudes of the weights, in both directions; parallel edges add up.
    """
    colours = two_colouring(graph)
    present = _whole(graph) if colours is None else _bipartite(graph, colours)
    return np.concatenate([present, np.full(graph.nodes - len(present), np.nan)])


def two_colouring(graph: Graph) -> Sequence[int] | None:
    """A colour, 0 or 1, for each group, so that no block joins two of one colour; None where there is none.

    That of the first group, and of the first in every part of the graph that is joined to no other, is 0.
    """
    joined: dict[int, list[int]] = {group: [] for group in range(len(graph.groups))}
    for block in graph.blocks:
        joined[block.source].append(block.target)
        joined[block.target].append(block.source)
    colours: dict[int, int] = {}
    for first in joined:
        waiting = [first] if first not in colours else []
        colours.setdefault(first, 0)
        while waiting:
            group = waiting.pop()
            waiting += [other for other in joined[group] if other not in colours]
            colours.update({other: 1 - colours[group] for other in joined[group] if other not in colours})
    if any(colours[block.source] == colours[block.target] for block in graph.blocks):
        return None
    return [colours[group] for group in joined]


def _bipartite(graph: Graph, colours: Sequence[int]) -> Array:
    """Eigenvalues without those of isolated nodes, from half a matrix.

    With the biadjacency matrix B of the two colours they are 1 - s and 1 + s for the singular values s of
    D_0^-1/2 B D_1^-1/2, and 1 for every node by which one side exceeds the other (linear algebra of bipartite graphs; cf.
    Chung, Spectral Graph Theory, 1997, chapter 1). The singular values come from B itself and not from its smaller Gram
    matrix, which loses half the digits of those near 0. Layered networks are so: even layers against odd ones.
    """
    matrix = _biadjacency(graph, colours)
    degrees = matrix.sum(axis=1), matrix.sum(axis=0)
    matrix *= _inverse_root(degrees[0])[:, None]
    matrix *= _inverse_root(degrees[1])
    # An isolated node is a row or column of zeros: it only adds a singular value 0 at the end, which is left out here.
    sides = [int((degree > 0).sum()) for degree in degrees]
    singular = np.minimum(np.linalg.svdvals(matrix), 1.0)[: min(sides)]
    return np.concatenate([1 - singular, np.ones(abs(sides[0] - sides[1])), 1 + singular[::-1]])


def _biadjacency(graph: Graph, colours: Sequence[int]) -> Array:
    """Magnitudes (node of colour 0, node of colour 1), group by group."""
    sizes, places = [0, 0], []
    for group, colour in zip(graph.groups, colours, strict=True):
        places.append(slice(sizes[colour], sizes[colour] + group.size))
        sizes[colour] += group.size
    matrix = np.zeros(sizes)
    for block in graph.blocks:
        source, target, magnitudes = places[block.source], places[block.target], np.abs(block.weights)
        if colours[block.source] == 0:
            matrix[source, target] += magnitudes.T
        else:
            matrix[target, source] += magnitudes
    return matrix


def _whole(graph: Graph) -> Array:
    """Eigenvalues without those of isolated nodes, from the whole matrix."""
    matrix = np.zeros((graph.nodes, graph.nodes))
    for block in graph.blocks:
        matrix[graph.places[block.target], graph.places[block.source]] += np.abs(block.weights)
    matrix += matrix.T
    degree = matrix.sum(axis=1)
    root, connected = _inverse_root(degree), degree > 0
    laplacian = np.diag(connected.astype(np.float64)) - root[:, None] * matrix * root
    return np.linalg.eigvalsh(laplacian[np.ix_(connected, connected)]).clip(0, 2)


def _inverse_root(degree: Array) -> Array:
    return 1 / np.sqrt(np.where(degree > 0, degree, 1))
