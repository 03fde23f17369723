"""All networks of a dataset and network compared by their spectra, in every registered way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disentangle.late import load, np
from disentangle.spectra.distance import floor
from disentangle.spectra.embedding import embed
from disentangle.spectra.networks import Networks
from disentangle.spectra.registry import DISTANCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Networks against each other, ordered cell by cell and replicate by replicate.

    ``distances``: the matrix (network, network) of each registered distance, and ``maps`` (network, 2) of them. ``floor``
    (network,): mean distance between two draws of a network's null. ``isolated`` (network,): nodes without an edge.
    """

    distances: Mapping[str, Array]
    maps: Mapping[str, Array]
    floor: Array
    isolated: NDArray[np.int64]


def compare(spectra: Sequence[Mapping[str, Array]]) -> Comparison:
    """Compare the networks of some cells by what `cell.cell_spectra` gave for each cell; raises InputError as `Networks.of`."""
    networks = Networks.of(spectra)
    distances = {name: load(address)(networks) for name, address in DISTANCES.items()}
    return Comparison(
        distances,
        maps={name: embed(matrix) for name, matrix in distances.items()},
        floor=np.array([floor(null) for null in networks.nulls]),
        isolated=networks.isolated,
    )
