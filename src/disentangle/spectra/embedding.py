"""A map of the networks: points in the plane whose distances are near those of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def embed(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates (network, 2) of a distance matrix (network, network) by classical scaling (Torgerson 1952).

    Exact, up to rotation and reflection, for distances between points in the plane. The same matrix gives the same map:
    the axes go by falling variance, and each points so that the first network far out on it has a positive coordinate.
    """
    from sklearn.manifold import ClassicalMDS

    count = len(distances)
    # Fewer than three networks have fewer than two axes.
    axes = ClassicalMDS(n_components=min(2, count), metric="precomputed").fit_transform(distances)
    coordinates = np.zeros((count, 2))
    coordinates[:, : axes.shape[1]] = axes * _directions(axes)
    return coordinates


def _directions(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sign of the first coordinate of each axis that is beyond half its largest, so that rounding decides no sign."""
    far = np.abs(axes) >= 0.5 * np.abs(axes).max(axis=0)
    signs: NDArray[np.float64] = np.sign(np.take_along_axis(axes, far.argmax(axis=0)[None], axis=0))
    return signs
