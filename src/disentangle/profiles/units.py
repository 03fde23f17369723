"""The kept edges of a layer's units, sorted by their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from disentangle.masks.wiring import Arrays, Wiring

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """One layer, unit by unit (a unit of a convolution is an output channel); only edges of the mask count.

    ``values`` (…, unit, place) ascend, ``order`` says at which place each one stands, and ``counts`` (…, unit) how many of them
    are edges: those come first, the others are infinite.
    """

    values: Array
    order: NDArray[np.intp]
    counts: NDArray[np.intp]

    @property
    def exists(self) -> NDArray[np.bool_]:
        """Which of the sorted values are edges (…, unit, place)."""
        exists: NDArray[np.bool_] = np.arange(self.values.shape[-1]) < self.counts[..., None]
        return exists

    def moments(self, values: Array) -> tuple[Array, Array]:
        """Mean and deviation (…, unit, 1) of sorted values over the edges of each unit; 0 for a unit without any."""
        edges = np.maximum(self.counts, 1)[..., None]
        mean = np.where(self.exists, values, 0).sum(-1, keepdims=True) / edges
        variance = np.where(self.exists, values - mean, 0.0)
        return mean, np.sqrt(np.square(variance, out=variance).sum(-1, keepdims=True) / edges)

    def standardised(self, values: Array) -> Array:
        """Sorted values (…, unit, place) with mean 0 and deviation 1 over the edges of each unit, 0 where all are equal."""
        mean, deviation = self.moments(values)
        centred = np.where(self.exists, values - mean, 0.0)
        return np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)

    def quantiles(self, places: Array) -> Array:
        """The value of the edge that holds each place (…, unit, place), a share of the unit's edges; 0 where it has none."""
        last = np.maximum(self.counts - 1, 0)[..., None]
        at = np.minimum(places * self.counts[..., None], last).astype(np.intp)
        return np.where(self.counts[..., None] > 0, np.take_along_axis(self.values, at, -1), 0.0)

    def r2(self, weights: Array) -> Array:
        """Squared correlation (…, unit) of a unit's weights with others (…, unit, place); 1 where its own are all equal."""
        ours, theirs = (self.standardised(v) for v in (self.values, np.take_along_axis(weights, self.order, -1)))
        r2: Array = np.square((ours * theirs).sum(-1) / np.maximum(self.counts, 1))
        return np.where(ours.any(-1), np.minimum(r2, 1), 1.0)

    def placed(self, values: Array, order: NDArray[np.intp] | None = None) -> Array:
        """Weights (…, unit, place) that have these sorted values at their places, or at those of another ``order``."""
        weights = np.zeros_like(self.values)
        np.put_along_axis(weights, self.order if order is None else order, np.where(self.exists, values, 0.0), -1)
        return weights


def units_of(weights: NDArray[Any], mask: NDArray[np.bool_]) -> Units:
    """The units of a layer's weights (…, unit, place); equal weights keep the order of their places."""
    values = np.where(mask, weights.astype(np.float64), np.inf)
    order = np.argsort(values, axis=-1, kind="stable")
    return Units(np.take_along_axis(values, order, -1), order, mask.sum(-1))


def trained_units(wiring: Wiring) -> dict[str, Units]:
    """The units (replicate, unit, place) of each layer."""
    return {layer: units_of(_by_unit(weights), _by_unit(wiring.masks[layer])) for layer, weights in wiring.weights.items()}


def starting_units(wiring: Wiring, starts: Arrays) -> dict[str, Units]:
    """The units (replicate, unit, place) of each layer before the training, from the wiring's starting values or ``starts``.

    They are those of the edges that the mask keeps; where some of these had no weight, because edges moved, those of all that
    had one.
    """
    units = {}
    for layer, mask in wiring.masks.items():
        weights = wiring.initial.get(layer, starts[layer])
        existed = weights != 0
        units[layer] = units_of(_by_unit(weights), _by_unit(mask if existed[mask].all() else existed))
    return units


def whole_layers(wiring: Wiring) -> dict[str, Units]:
    """Every layer as if it were one unit (replicate, 1, place)."""
    return {
        layer: units_of(weights.reshape(len(weights), 1, -1), wiring.masks[layer].reshape(len(weights), 1, -1))
        for layer, weights in wiring.weights.items()
    }


def _by_unit(array: NDArray[Any]) -> NDArray[Any]:
    return array.reshape(*array.shape[:2], -1)
