"""What a statistic takes on resamples of the replicates: on all of them where they can be listed, else on many drawn ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations_with_replacement
from math import comb, prod
from typing import TYPE_CHECKING, Any

from disentangle.config import Statistics
from disentangle.late import np, scipy
from disentangle.streams import numpy_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

# So many different resamples are listed: one sample of up to 10, two of up to 6 each. It keeps the weights exact in int64.
LISTED = 250_000
# Resamples held in memory at a time; it changes no number.
BATCH = 2000


def resampled(samples: Sequence[NDArray[Any]], statistic: Callable[..., Any], settings: Statistics) -> tuple[Array, Counts]:
    """A statistic's values (resample,) on different resamples, and the number of equally likely draws that each stands for.

    ``statistic(*samples, axis=-1)`` takes samples (…, replicate), which are drawn with replacement, independently of each
    other. Draws that differ in their order are one resample: of a sample of five there are 126, which stand for 3,125 draws.
    Where there are more than `LISTED`, ``settings.resamples`` are drawn with a fixed seed, and each counts once.
    """
    samples = [np.sort(sample) for sample in samples]  # so that the order of the replicates changes not even the rounding
    sizes = [comb(2 * len(sample) - 1, len(sample)) for sample in samples]
    if prod(sizes) > LISTED:
        drawn = _drawn(samples, statistic, settings)
        return drawn, np.ones(len(drawn), dtype=np.int64)
    lists, values, counts = [_multisets(len(sample)) for sample in samples], [], []
    for start in range(0, prod(sizes), BATCH):
        rows = np.unravel_index(np.arange(start, min(start + BATCH, prod(sizes))), sizes)
        chosen = [sample[places[row]] for sample, (places, _), row in zip(samples, lists, rows, strict=True)]
        values.append(statistic(*chosen, axis=-1))
        counts.append(prod(of[row] for (_, of), row in zip(lists, rows, strict=True)))
    return np.concatenate(values), np.concatenate(counts)


@cache
def _multisets(size: int) -> tuple[NDArray[np.intp], Counts]:
    """Places (resample, size) of every resample of so many replicates, and how many orders it can be drawn in (resample,)."""
    places = np.array(list(combinations_with_replacement(range(size), size)))
    factorials = np.cumprod([1, *range(1, size + 1)])
    repeats = (places[:, :, None] == np.arange(size)).sum(axis=1)
    return places, factorials[size] // factorials[repeats].prod(axis=1)


def _drawn(samples: Sequence[NDArray[Any]], statistic: Callable[..., Any], settings: Statistics) -> Array:
    found = scipy.stats.bootstrap(
        samples,
        statistic,
        n_resamples=settings.resamples,
        batch=BATCH,
        vectorized=True,
        method="percentile",
        rng=numpy_generator(0, "bootstrap"),
    )
    values: Array = found.bootstrap_distribution
    return values
