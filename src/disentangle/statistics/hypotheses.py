"""Tests of hypotheses, and Holm's correction for making several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from disentangle.config import Statistics
from disentangle.late import np, scipy
from disentangle.streams import numpy_generator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from disentangle.statistics.groups import Indices

    Array = NDArray[np.float64]

# Permutations whose group sums are taken at a time; it changes no number.
BATCH = 1000


def student_p(value: float, error: float, degrees: float) -> float:
    """Two-sided p-value that a value with this standard error is 0 but for chance, by Student's t; NaN without an error.

    Of the mean of n replicates it is the one-sample t-test, with n - 1 ``degrees``. Without spread there is no t: the exact
    sign test answers, as all n have one sign with probability 2 / 2^n; and p = 1 where the value is 0 too.
    """
    if error > 1e-12 + 1e-9 * abs(value) or np.isnan(error):
        return float(2 * scipy.stats.t.sf(abs(value) / error, degrees))
    return 1.0 if abs(value) < 1e-12 else 2.0**-degrees


def paired_t(differences: Array) -> float:
    """Two-sided p-value of the paired t-test, from the pairs' differences (replicate,); NaN with fewer than two."""
    if len(differences) < 2:
        return np.nan
    return student_p(differences.mean(), differences.std(ddof=1) / np.sqrt(len(differences)), len(differences) - 1)


def holm(p_values: ArrayLike) -> Array:
    """P-values (test,) adjusted for being several (Holm 1979); NaN stands for a test not made and is not counted."""
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full_like(p, np.nan)
    made = np.flatnonzero(~np.isnan(p))
    ascending = made[np.argsort(p[made], kind="stable")]
    adjusted[ascending] = np.minimum(np.maximum.accumulate(p[ascending] * np.arange(len(made), 0, -1)), 1)
    return adjusted


def permutation_p(distances: Array, first: Indices, second: Indices, settings: Statistics) -> float:
    """One-sided p-value that two groups of networks lie further apart than any two groups of the same networks would.

    The statistic is the mean distance between the groups less the mean distance within them (our reconstruction; cf.
    Anderson 2001, PERMANOVA). All exchanges of networks are listed if there are at most ``settings.resamples``, so that
    p is exact; else as many are drawn and p = (r + 1) / (R + 1). NaN when a group has fewer than two networks.
    """
    if min(len(first), len(second)) < 2:
        return np.nan
    pooled = np.concatenate([first, second])
    block = distances[np.ix_(pooled, pooled)]
    observed = _sum_between(block, (np.arange(len(pooled)) < len(first))[None])[0]
    exact = comb(len(pooled), len(first)) <= settings.resamples
    labels = _every_label if exact else _drawn_labels
    # Equal statistics may differ by rounding; they count as equal.
    limit = observed - 1e-9 * abs(observed)
    hits = sum(int((_sum_between(block, batch) >= limit).sum()) for batch in labels(len(first), len(second), settings))
    return hits / comb(len(pooled), len(first)) if exact else (hits + 1) / (settings.resamples + 1)


def _sum_between(block: Array, labels: NDArray[np.bool_]) -> Array:
    """Sum of the distances between the groups that each row of labels makes.

    The distances within are what remains of the same total, so the statistic grows with this sum alone.
    """
    total: Array = ((labels @ block) * ~labels).sum(axis=1)
    return total


def _every_label(first: int, second: int, settings: Statistics) -> Iterator[NDArray[np.bool_]]:
    members = np.array(list(combinations(range(first + second), first)))
    labels = np.zeros((len(members), first + second), dtype=np.bool_)
    np.put_along_axis(labels, members, True, axis=1)
    yield from np.array_split(labels, -(-len(labels) // BATCH))


def _drawn_labels(first: int, second: int, settings: Statistics) -> Iterator[NDArray[np.bool_]]:
    generator = numpy_generator(0, "bootstrap")
    label = np.arange(first + second) < first
    for start in range(0, settings.resamples, BATCH):
        yield generator.permuted(np.tile(label, (min(BATCH, settings.resamples - start), 1)), axis=1)
