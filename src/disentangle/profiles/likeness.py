"""How alike the profiles of a layer's units are, against the same weights dealt over the units at random.

Our design: sorted columns of any independent draws look alike, so that looking alike says nothing by itself.
"""

from typing import NamedTuple

import numpy as np

from disentangle.profiles.units import Array, Units
from disentangle.streams import numpy_generator


class Likeness(NamedTuple):
    """Mean distance of two units of a layer, that of re-dealt ones with its deviation over the draws, and how they compare.

    ``p`` is one-sided, for units that differ more than re-dealt ones; near 1 they are more alike.
    """

    distance: float
    redealt: float
    redealt_sd: float
    z: float
    p: float


def distance(units: Units) -> float:
    """Mean Wasserstein-1 distance between pairs of standardised units (unit, place), two or more of them.

    Exact where all have equally many edges. Else the quantile functions are compared at as many places as the largest has.
    """
    number, places = len(units.counts), int(units.counts.max())
    standardised = Units(units.standardised(units.values), units.order, units.counts)
    shares = np.broadcast_to((np.arange(places) + 0.5) / places, (number, places))
    by_place = np.sort(np.ascontiguousarray(standardised.quantiles(shares).T), axis=1)
    # The sum of the differences of all pairs: the r-th of n values is added r times and taken off n - 1 - r times.
    pairs = by_place @ (2 * np.arange(number) - number + 1.0)
    return float(pairs.mean() / (number * (number - 1) / 2))


def likeness(units: Units, draws: int, seed: int, layer: int) -> Likeness:
    """Hold the units (unit, place) of a layer against its standardised weights dealt anew, so many times.

    A re-dealt unit is standardised again, as the real ones are: without that, independent draws would look too much alike.
    """
    pool = units.standardised(units.values)[units.exists]
    null, observed = np.empty(draws), distance(units)
    for draw in range(draws):
        null[draw] = distance(_deal(units, numpy_generator(seed, "null", draw, layer, 2).permutation(pool)))
    spread = float(null.std(ddof=1))
    # Equal distances may differ by rounding; they count as equal.
    hits = int((null >= observed * (1 - 1e-9)).sum())
    return Likeness(
        distance=observed,
        redealt=float(null.mean()),
        redealt_sd=spread,
        z=(observed - float(null.mean())) / spread if spread > 0 else 0.0,
        p=(hits + 1) / (draws + 1),
    )


def _deal(units: Units, pool: Array) -> Units:
    """Units with as many edges each as these, and the values of the pool in its order."""
    values = np.full_like(units.values, np.inf)
    values[units.exists] = pool
    return Units(np.sort(values, axis=-1), units.order, units.counts)
