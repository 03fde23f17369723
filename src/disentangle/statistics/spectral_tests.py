"""The table of spectral tests: the networks of every cell against those of dense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from disentangle.config import Statistics
from disentangle.late import np, pd
from disentangle.spectra.registry import DISTANCES
from disentangle.statistics import BASELINE, KEY
from disentangle.statistics.groups import between_interval, within
from disentangle.statistics.hypotheses import holm, permutation_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.statistics.groups import Indices

COLUMNS = (*KEY, "version", "replicates", "distance", "low", "high", "within", "floor", "p", "p_holm")


class Distances(NamedTuple):
    """Spectral distances of all networks of one dataset × network.

    ``networks`` has a row a network (family, density, replicate) in the order of the matrices. ``matrices`` holds
    the registered distances, (network, network), and ``floor``, (network,).
    """

    networks: pd.DataFrame
    matrices: Mapping[str, NDArray[np.float64]]

    @property
    def versions(self) -> list[str]:
        """Names of the distances, in the order of the registry."""
        return [name for name in DISTANCES if name in self.matrices]

    def group(self, family: str, density: str) -> Indices:
        """Rows of the matrices that belong to a cell."""
        return np.flatnonzero((self.networks["family"] == family) & (self.networks["density"] == density))

    def floor(self, *groups: Indices) -> float:
        """Mean distance between two draws of the null of the same network, over the networks of these groups."""
        return float(self.matrices["floor"][np.concatenate(groups)].mean())


def spectral_table(comparisons: Mapping[tuple[str, str], Distances], settings: Statistics) -> pd.DataFrame:
    """Table `spectral_tests` of docs/files.md; ``comparisons`` by dataset and network.

    Distances are Wasserstein-1 between spectra in [0, 2]. Intervals resample the replicates of both groups. Holm's
    correction is over the cells of a dataset, network and version. A dataset × network without dense has no rows.
    """
    rows = [row for place, distances in comparisons.items() for row in _rows(place, distances, settings)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["p_holm"] = table.groupby(["dataset", "network", "version"])["p"].transform(holm)
    return table


def _rows(place: tuple[str, str], distances: Distances, settings: Statistics) -> Iterator[dict[str, Any]]:
    cells = list(dict.fromkeys(zip(distances.networks["family"], distances.networks["density"], strict=True)))
    dense = [distances.group(*cell) for cell in cells if cell[0] == BASELINE]
    for cell, version in product([c for c in cells if dense and c[0] != BASELINE], distances.versions):
        groups, matrix = (distances.group(*cell), dense[0]), distances.matrices[version]
        distance = between_interval(matrix, *groups, settings)
        yield dict(zip(KEY, (*place, *cell), strict=True)) | {
            "version": version,
            "replicates": min(map(len, groups)),
            "distance": distance.value,
            "low": distance.low,
            "high": distance.high,
            "within": float(within(matrix, *groups)),
            "floor": distances.floor(*groups),
            "p": permutation_p(matrix, *groups, settings),
        }
