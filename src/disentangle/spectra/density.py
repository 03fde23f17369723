"""The density of a spectrum, as it is drawn: a histogram on [0, 2], apart from the eigenvalue 1."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

BINS = np.linspace(0, 2, 81)
NEAR = 1e-6  # eigenvalues as near 1 as this are counted as equal to 1


def densities(spectra: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Density ``<name>`` (bin,) and share of ones ``<name>.ones`` () of each set of spectra (…, node)."""
    found = {name: density(values) for name, values in spectra.items()}
    return {name: heights for name, (heights, _) in found.items()} | {
        f"{name}.ones": np.array(s) for name, (_, s) in found.items()
    }


def density(spectra: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Density (bin,) of all eigenvalues of some spectra (…, node) but those equal to 1, and the share of those.

    NaN, for isolated nodes, counts for nothing. Eigenvalue 1 stands apart: layers of unequal size force it on any wiring.
    """
    eigenvalues = spectra[~np.isnan(spectra)]
    ones = np.abs(eigenvalues - 1) < NEAR
    counts, _ = np.histogram(eigenvalues[~ones].clip(0, 2), BINS)
    return counts / (max(eigenvalues.size, 1) * np.diff(BINS)), float(ones.sum() / max(eigenvalues.size, 1))
