"""Wasserstein-1 distances of spectra, which are one-dimensional distributions of eigenvalues, of any number each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from disentangle.late import np, scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.spectra.networks import Networks

    Array = NDArray[np.float64]


def raw(networks: Networks) -> Array:
    """Distances (network, network) of the spectra by magnitude."""
    return wasserstein(networks.magnitude)


def edges(networks: Networks) -> Array:
    """Distances (network, network) of the spectra of the 0/1 graphs."""
    return wasserstein(networks.edges)


def wasserstein(spectra: Sequence[Array]) -> Array:
    """Wasserstein-1 distances (network, network) between spectra (Gu, Hua & Liu 2015, spectral distance W_1)."""
    pairs = [scipy.stats.wasserstein_distance(a, b) for a, b in combinations(spectra, 2)]
    return square(np.array(pairs), len(spectra))


def floor(null: Sequence[Array]) -> float:
    """Noise floor: the mean Wasserstein-1 distance between two draws of a network's null."""
    return float(np.mean([scipy.stats.wasserstein_distance(a, b) for a, b in combinations(null, 2)]))


def square(pairs: Array, networks: int) -> Array:
    """The matrix (network, network) of distances that go row by row through its upper triangle."""
    matrix: Array = scipy.spatial.distance.squareform(pairs) if networks > 1 else np.zeros((1, 1))
    return matrix
