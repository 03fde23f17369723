"""The spectra of a cell: of its networks, by magnitude and by edges, and of their nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import load, np
from disentangle.spectra.laplacian import eigenvalues
from disentangle.spectra.registry import NULLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.graphs.graph import Graph

    Array = NDArray[np.float64]


def cell_spectra(graphs: Sequence[Graph], seeds: Sequence[int], null_draws: int, null: str = "places") -> dict[str, Array]:
    """Eigenvalues ``magnitude`` and ``edges`` (replicate, node) and ``null`` (replicate, draw, node), of the null of that name.

    A node is an input or a unit. Eigenvalues ascend; isolated nodes have none and stand as NaN after them; where graphs differ
    in size, the smaller ones end with inf.

    Raises InputError when seeds and graphs differ in number, and for fewer than two draws.
    """
    if len(seeds) != len(graphs):
        raise InputError(f"{len(seeds)} seeds were given for {len(graphs)} replicates; give one seed a replicate.")
    if null_draws < 2:
        raise InputError(f"null_draws is {null_draws}; write at least 2, for the distance between two draws.")
    draw = load(NULLS[null])
    nulls = [
        [eigenvalues(draw(graph, seed, number)) for number in range(null_draws)]
        for graph, seed in zip(graphs, seeds, strict=True)
    ]
    drawn = _stack([spectrum for spectra in nulls for spectrum in spectra])
    return {
        "magnitude": _stack([eigenvalues(graph) for graph in graphs]),
        "edges": _stack([eigenvalues(graph.unweighted) for graph in graphs]),
        "null": drawn.reshape(len(graphs), null_draws, -1),
    }


def _stack(spectra: Sequence[Array]) -> Array:
    nodes = max(map(len, spectra), default=0)
    return np.stack([np.append(spectrum, [np.inf] * (nodes - len(spectrum))) for spectrum in spectra])
