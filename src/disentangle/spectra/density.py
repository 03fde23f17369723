"""The density of a spectrum, as it is drawn: a histogram on [0, 2], apart from the eigenvalue 1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 1e-6  # eigenvalues as near 1 as this are counted as equal to 1


@cache
def bins() -> NDArray[np.float64]:
    """Edges of the bins."""
    return np.linspace(0, 2, 81)


def densities(spectra: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Density ``<name>`` (bin,) and share of ones ``<name>.ones`` () of each set of spectra (…, node)."""
    found = {name: density(values) for name, values in spectra.items()}
    return {name: heights for name, (heights, _) in found.items()} | {
        f"{name}.ones": np.array(s) for name, (_, s) in found.items()
    }


def density(spectra: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Density (bin,) of all eigenvalues of some spectra (…, node) but those equal to 1, and the share of those.

    NaN, for isolated nodes, and inf count for nothing. Eigenvalue 1 stands apart: layers of unequal size force it on any
    wiring.
    """
    eigenvalues = spectra[np.isfinite(spectra)]
    ones = np.abs(eigenvalues - 1) < NEAR
    counts, _ = np.histogram(eigenvalues[~ones].clip(0, 2), bins())
    return counts / (max(eigenvalues.size, 1) * np.diff(bins())), float(ones.sum() / max(eigenvalues.size, 1))
