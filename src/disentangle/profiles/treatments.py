"""What a transplant changes: the values of a unit's edges at the ranks they have, or the places at which its values stand."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from disentangle.profiles.units import Array, Units


def gaussian_scores(edges: NDArray[np.intp], places: int) -> Array:
    """Expected order statistics (…, place) of so many standard normal numbers, ascending; NaN after the last one.

    Blom's approximation: the quantiles of (i - 3/8) / (n + 1/4), i = 1 … n.
    """
    shares = (np.arange(1, places + 1) - 0.375) / (edges[..., None] + 0.25)
    scores: Array = ndtri(np.where(shares < 1, shares, np.nan))
    return scores


def own(units: Units, start: Units) -> Array:
    """The values as they are."""
    return units.values


def starting(units: Units, start: Units) -> Array:
    """The unit's starting values; where it had another number of edges, their quantiles."""
    places = (np.arange(units.values.shape[-1]) + 0.5) / np.maximum(units.counts, 1)[..., None]
    return start.quantiles(np.minimum(places, 1))


def gaussian(units: Units, start: Units) -> Array:
    """Gaussian order statistics with the unit's mean and deviation."""
    return _like(units, gaussian_scores(units.counts, units.values.shape[-1]))


def uniform(units: Units, start: Units) -> Array:
    """Evenly spaced values with the unit's mean and deviation."""
    return _like(units, np.arange(units.values.shape[-1], dtype=np.float64))


def two_level(units: Units, start: Units) -> Array:
    """One value for the lower half and one for the upper half of the ranks, with the unit's mean and deviation."""
    return _like(units, np.arange(units.values.shape[-1]) >= units.counts[..., None] // 2)


def sign(units: Units, start: Units) -> Array:
    """One magnitude, the unit's mean one, under the signs as they are."""
    signs = np.sign(units.values)
    return signs * units.moments(np.abs(units.values))[0]


def centred(units: Units, start: Units) -> Array:
    """The values less the unit's mean."""
    return units.values - units.moments(units.values)[0]


def dealt(units: Units, random: Array) -> NDArray[np.intp]:
    """Places (…, unit, place) in a random order, those of edges first, for random numbers in [0, 1) of that shape."""
    shuffled = np.argsort(np.where(units.exists, random, np.inf), axis=-1)
    return np.take_along_axis(units.order, shuffled, -1)


def dealt_in_sign(units: Units, random: Array) -> NDArray[np.intp]:
    """The same, with positive values dealt over the places of positive values only."""
    return dealt(units, random + (units.values > 0))


def noisy(units: Units, r2: Array, random: Array) -> Array:
    """Values with so much independent Gaussian noise that about ``r2`` (…, unit) is their squared correlation with the old.

    Mean and deviation stay, on average over the noise. ``random``: numbers in [0, 1) of the values' shape.
    """
    mean, deviation = units.moments(units.values)
    kept, noise = units.standardised(units.values), ndtri(np.maximum(random, np.finfo(float).tiny))
    new: Array = mean + deviation * (np.sqrt(r2)[..., None] * kept + np.sqrt(1 - r2)[..., None] * noise)
    return new


# Each keeps the rank of every edge in its unit and changes the values …
VALUES: dict[str, Callable[[Units, Units], Array]] = {
    "own": own,
    "start": starting,
    "centred": centred,
    "gaussian": gaussian,
    "uniform": uniform,
    "two_level": two_level,
    "sign": sign,
}
# … or keeps the values and deals them anew over places, of a unit or of the whole layer …
PLACES: dict[str, Callable[[Units, Array], NDArray[np.intp]]] = {
    "permuted_in_sign": dealt_in_sign,
    "permuted_in_unit": dealt,
    "permuted_in_layer": dealt,
}
WHOLE_LAYER = "permuted_in_layer"
# … or adds noise, as control of another treatment: as far from the weights, without keeping rank or value.
NOISE = {f"noise_as_{name}": name for name in ("uniform", "two_level", "sign", "permuted_in_sign")}


def treat(treatment: str, units: Units, start: Units, random: Array) -> Array:
    """Weights (…, unit, place) of a layer under one treatment; ``random``: numbers in [0, 1) of their shape."""
    if treatment in VALUES:
        return units.placed(VALUES[treatment](units, start))
    if treatment in PLACES:
        return units.placed(units.values, PLACES[treatment](units, random))
    return units.placed(noisy(units, units.r2(treat(NOISE[treatment], units, start, random)), random))


def _like(units: Units, scores: NDArray[np.generic]) -> Array:
    """Ascending scores (…, place), shifted and scaled to the mean and deviation of each unit's edges."""
    mean, deviation = units.moments(units.values)
    standardised = units.standardised(np.where(units.exists, scores, 0.0).astype(np.float64))
    return mean + deviation * standardised
