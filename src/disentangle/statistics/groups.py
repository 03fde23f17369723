"""Two groups of networks in a distance matrix: how far apart they are, and how far apart the networks inside them."""

from __future__ import annotations

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


def separation_estimate(distances: Array, first: Indices, second: Indices, settings: Statistics) -> Estimate:
    """`between` less `within` with its interval and error (our reconstruction): 0 on average for two groups of one kind.

    A resample that repeats one network in each group has no pair within and takes the observed distance instead.
    """
    observed = within(distances, first, second)

    def statistic(rows: Any, columns: Any, axis: int = -1) -> Array:
        inside = within(distances, rows, columns)
        return between(distances, rows, columns) - np.where(np.isnan(inside), observed, inside)

    return bootstrap_estimate([first, second], statistic, settings)


def _block(distances: Array, rows: Indices, columns: Indices) -> Array:
    block: Array = distances[rows[..., :, None], columns[..., None, :]]
    return block
