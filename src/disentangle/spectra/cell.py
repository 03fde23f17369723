"""The spectra of a cell: of its networks, by magnitude and by edges, and of their nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import load, np
from disentangle.spectra.graph import adjacency
from disentangle.spectra.laplacian import eigenvalues
from disentangle.spectra.registry import NULLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.masks.wiring import Wiring


def cell_spectra(wiring: Wiring, seeds: Sequence[int], null_draws: int, null: str = "places") -> dict[str, NDArray[np.float64]]:
    """Eigenvalues ``magnitude`` and ``edges`` (replicate, node) and ``null`` (replicate, draw, node), of the null of that name.

    A node is an input or a unit. Eigenvalues ascend; isolated nodes have none and stand as NaN at the end.

    Raises InputError when seeds and replicates differ in number, for fewer than two draws, and as `adjacency` does.
    """
    if len(seeds) != wiring.replicates:
        raise InputError(f"{len(seeds)} seeds were given for {wiring.replicates} replicates; give one seed a replicate.")
    if null_draws < 2:
        raise InputError(f"null_draws is {null_draws}; write at least 2, for the distance between two draws.")
    blocks, draw = adjacency(wiring), load(NULLS[null])
    nulls = []
    for replicate, seed in enumerate(seeds):
        draws = [draw([block[replicate] for block in blocks], seed, number) for number in range(null_draws)]
        nulls.append(eigenvalues([np.stack(layer) for layer in zip(*draws, strict=True)]))
    return {
        "magnitude": eigenvalues(blocks),
        "edges": eigenvalues([block > 0 for block in blocks]),
        "null": np.stack(nulls),
    }
