"""Groups of networks in a distance matrix: how far apart they are, and how far apart the networks inside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from disentangle.config import Statistics
from disentangle.late import np
from disentangle.statistics.intervals import Estimate, Interval, bootstrap_estimate, bootstrap_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]


def between(distances: Array, first: Indices, second: Indices) -> Array:
    """Mean distance (…) between a network of the first group (…, a) and one of the second (…, b).

    ``distances`` (network, network) is symmetric with a zero diagonal; groups are rows of it.
    """
    mean: Array = _block(distances, first, second).mean(axis=(-2, -1))
    return mean


def within(distances: Array, first: Indices, second: Indices) -> Array:
    """Mean distance (…) of two networks in the same group, over the pairs of both; NaN when no group holds two."""
    total, pairs = np.zeros(first.shape[:-1]), np.zeros(first.shape[:-1], dtype=int)
    for group in (first, second):
        # A network drawn twice by the bootstrap is no pair; its distance of zero adds nothing to the total either.
        pairs += (group[..., :, None] != group[..., None, :]).sum(axis=(-2, -1))
        total += _block(distances, group, group).sum(axis=(-2, -1))
    mean: Array = np.divide(total, pairs, out=np.full(total.shape, np.nan), where=pairs > 0)
    return mean


def between_interval(distances: Array, first: Indices, second: Indices, settings: Statistics) -> Interval:
    """`between` with its interval; the replicates of both groups are resampled."""

    def statistic(rows: Any, columns: Any, axis: int = -1) -> Array:
        return between(distances, rows, columns)

    return bootstrap_interval([first, second], statistic, settings)


def contrast_estimate(
    distances: Array, first: Sequence[Indices], second: Sequence[Indices], settings: Statistics
) -> Estimate | None:
    """Mean distance of two groups of unlike kind less that of two different groups of one kind, with its interval and error.

    Our statistic. ``first`` and ``second`` are the groups of two kinds. Every pair of groups counts once, whatever its numbers
    of networks, and no group is compared with itself: where the kind says nothing of a group, the contrast is 0 on average.
    The networks are resampled within each group, never across them, so the interval is about these groups and no others.

    None where neither kind has two groups.
    """
    alike = [
        pair for kind in (range(len(first)), range(len(first), len(first) + len(second))) for pair in combinations(kind, 2)
    ]
    unlike = [(i, len(first) + j) for i in range(len(first)) for j in range(len(second))]
    if not alike:
        return None

    def statistic(*groups: Any, axis: int = -1) -> Array:
        def mean(pairs: Sequence[tuple[int, int]]) -> Array:
            total: Array = sum((between(distances, groups[i], groups[j]) for i, j in pairs), start=np.zeros(()))
            return total / len(pairs)

        return mean(unlike) - mean(alike)

    return bootstrap_estimate([*first, *second], statistic, settings)


def _block(distances: Array, rows: Indices, columns: Indices) -> Array:
    block: Array = distances[rows[..., :, None], columns[..., None, :]]
    return block
