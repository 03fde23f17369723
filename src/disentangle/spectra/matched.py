"""The spectral distance that is left when each network's null is taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.late import np, scipy
from disentangle.spectra.distance import square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.spectra.networks import Networks

    Array = NDArray[np.float64]

# Misplaces a step of a quantile function by up to 1/100000: some 1e-5 of distance, far below a noise floor.
GRID = 50_000


def quantiles(spectrum: Array, points: int) -> Array:
    """The quantile function (inverse of the empirical distribution, a step function) at (i + 1/2) / points."""
    doubled = 2 * np.arange(points) + 1
    # ceil(n (i + 1/2) / points) - 1 in whole numbers, so that rounding moves no step.
    return np.sort(spectrum)[(len(spectrum) * doubled - 1) // (2 * points)]


def mean_quantiles(spectra: Sequence[Array], points: int) -> Array:
    """The mean of their quantile functions: that of their Wasserstein barycentre."""
    mean: Array = np.mean([quantiles(spectrum, points) for spectrum in spectra], axis=0)
    return mean


def matched(networks: Networks) -> Array:
    """Distances (network, network) of the spectra by magnitude, as `matched_distance` has them."""
    return matched_distance(networks.magnitude, networks.nulls)


def matched_distance(spectra: Sequence[Array], nulls: Sequence[Sequence[Array]]) -> Array:
    """Distances (network, network) after each network's null is taken off (our reconstruction).

    Wasserstein-1 is the mean absolute difference of two quantile functions. Here each network's quantile function first
    loses the mean quantile function of the draws of its own null, so what the same weights at random places would show too
    drops out: two networks are at distance 0 when they depart from their nulls in the same way.
    """
    excess = [quantiles(s, GRID) - mean_quantiles(null, GRID) for s, null in zip(spectra, nulls, strict=True)]
    return square(scipy.spatial.distance.pdist(np.stack(excess), "cityblock") / GRID, len(spectra))
