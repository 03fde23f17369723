"""What spectral distances compare: the networks of a dataset and network kind, each by its eigenvalues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """Eigenvalues of each network, ordered cell by cell and replicate by replicate, without those of isolated nodes.

    ``magnitude``: of the graph of its weights' magnitudes; ``edges``: of its 0/1 graph; ``nulls``: of each draw of its null.
    ``isolated`` (network,): how many nodes have no edge.
    """

    magnitude: Sequence[Array]
    edges: Sequence[Array]
    nulls: Sequence[Sequence[Array]]
    isolated: NDArray[np.int64]

    @classmethod
    def of(cls, spectra: Sequence[Mapping[str, Array]]) -> Networks:
        """From what `disentangle.spectra.cell.cell_spectra` gave for each cell.

        Raises InputError when there is no cell and when a network has no edge at all.
        """
        magnitude = [_present(row) for cell in spectra for row in cell["magnitude"]]
        if not magnitude:
            raise InputError("no spectra were given to compare; give those of at least one cell.")
        if empty := [index for index, spectrum in enumerate(magnitude) if not spectrum.size]:
            raise InputError(f"networks {empty} have no edges and so no spectrum; leave their cells out of the comparison.")
        return cls(
            magnitude,
            edges=[_present(row) for cell in spectra for row in cell["edges"]],
            nulls=[[_present(draw) for draw in draws] for cell in spectra for draws in cell["null"]],
            isolated=np.array([np.isnan(row).sum() for cell in spectra for row in cell["magnitude"]]),
        )


def _present(padded: Array) -> Array:
    """The eigenvalues, without NaN for isolated nodes and inf for nodes that only larger graphs have."""
    values: Array = padded[np.isfinite(padded)]
    return values
