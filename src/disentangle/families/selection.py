"""The largest entries of a row, exactly and without sorting; the step that edge-popup takes for every layer."""

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRIDE = 64  # a sample is every 64th entry
LONG = 16_384  # entries from which sampling pays
DEVIATIONS = 3  # half-width of the bracket, in the largest standard deviation of a sample's rank


def largest(row: NDArray[Any], kept: int) -> tuple[NDArray[np.bool_], Any]:
    """Mask of the ``kept`` largest entries of a row, fewer than it has, and the smallest of them.

    Ties go to the first places.
    """
    threshold = select(row, len(row) - kept)
    mask: NDArray[np.bool_] = row >= threshold
    surplus = np.count_nonzero(mask) - kept
    if surplus > 0:
        tied = np.flatnonzero(row == threshold)
        mask[tied[len(tied) - surplus :]] = False
    return mask, threshold


def select(row: NDArray[Any], rank: int) -> Any:
    """The entry of that rank (from 0) of a row.

    Two entries of a sample almost certainly lie below and above it (Floyd & Rivest 1975), so only the entries between these
    two are searched. If the two do not enclose the rank, all entries are searched, so the answer is always exact. Entries equal
    to one of the two are counted and not searched, since with clipped latent variables they may be most of the row.
    """
    if len(row) >= LONG:
        sample = np.sort(row[::STRIDE])
        place, margin = len(sample) * rank // len(row), DEVIATIONS * isqrt(len(sample)) // 2
        low, high = sample[max(0, place - margin)], sample[min(len(sample) - 1, place + margin)]
        not_above = row <= low
        first = np.count_nonzero(not_above)
        if rank >= first:
            between = row.compress((row < high) & ~not_above)
            if rank - first < len(between):
                return np.partition(between, rank - first)[rank - first]
            if rank < np.count_nonzero(row <= high):
                return high
        elif rank >= np.count_nonzero(row < low):
            return low
    return np.partition(row, rank)[rank]
