"""The profiles of a cell: of its layers before and after the training, in numbers, and as curves for the figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from disentangle.errors import InputError
from disentangle.profiles.likeness import likeness
from disentangle.profiles.straightness import KINDS, by_count, chance_spread, p_values
from disentangle.profiles.units import Array, Units
from disentangle.streams import numpy_generator

# A unit of fewer edges has no profile to speak of, and is left out.
FEWEST = 8
# Samples of a Gaussian, and of a uniform distribution, that R² is held against.
SAMPLES = 999
# Share of wrong rejections among all, on average, that Benjamini & Hochberg 1995 control.
FALSE_DISCOVERIES = 0.05
# What the figure draws of a layer: so many units, evenly chosen, at so many places.
CURVES, PLACES = 30, np.linspace(0, 1, 101)


def profile_rows(moments: Mapping[str, Mapping[str, Units]], seeds: Sequence[int], draws: int) -> list[dict[str, Any]]:
    """Rows of profiles.csv; ``moments``: the units (replicate, unit, place) of each layer, before and after the training.

    Raises InputError when the weights of a layer have no more than two values.
    """
    return [
        {"moment": moment, "replicate": replicate, "layer": layer} | _row(_one(units, replicate), draws, seed, i)
        for moment, layers in moments.items()
        for replicate, seed in enumerate(seeds)
        for i, (layer, units) in enumerate(_checked(layers).items())
    ]


def profile_curves(trained: Mapping[str, Units]) -> dict[str, NDArray[np.float32]]:
    """Arrays of profiles.safetensors, of the first replicate; ``trained``: the units of each layer after the training.

    ``<layer>.end`` (unit, place): standardised quantile functions of at most 30 units at 101 places. ``<layer>.band``
    (2, place): where 95% of Gaussian samples lie at each place, as long as the median unit; NaN where there is none.
    """
    arrays = {}
    for layer, units in trained.items():
        one = _one(units, 0)
        arrays[f"{layer}.end"] = _curves(one)
        arrays[f"{layer}.band"] = _band(int(np.median(one.counts)) if len(one.counts) else 0)
    return arrays


def _row(units: Units, draws: int, seed: int, layer: int) -> dict[str, Any]:
    """Numbers of one layer; None where fewer than two units have edges enough."""
    columns = ("r2", "r2_low", "r2_high", *(f"{kind}_{name}" for kind in KINDS for name in ("r2", "low", "high")), "rejected")
    row: dict[str, Any] = {"units": len(units.counts), "edges": float(units.counts.mean()) if len(units.counts) else 0.0}
    if len(units.counts) < 2:
        return row | dict.fromkeys((*columns, "distance", "redealt", "redealt_sd", "z", "p"))
    found = by_count(units.values, units.counts)
    p = false_discovery_control(p_values(found, units.counts, SAMPLES))
    spreads = [value for kind in KINDS for value in chance_spread(kind, units.counts, SAMPLES)]
    low, high = np.quantile(found, [0.025, 0.975])
    numbers = (found.mean(), low, high, *spreads, (p <= FALSE_DISCOVERIES).mean())
    return row | dict(zip(columns, map(float, numbers), strict=True)) | likeness(units, draws, seed, layer)._asdict()


def _curves(units: Units) -> NDArray[np.float32]:
    values = units.standardised(units.values)
    chosen = np.linspace(0, len(values) - 1, min(CURVES, len(values))).round().astype(int)
    curves = [np.quantile(values[unit, : units.counts[unit]], PLACES) for unit in chosen]
    return np.array(curves, dtype=np.float32).reshape(-1, len(PLACES))


def _band(edges: int) -> NDArray[np.float32]:
    if not edges:
        return np.full((2, len(PLACES)), np.nan, dtype=np.float32)
    samples = numpy_generator(0, "null", edges, len(KINDS)).standard_normal((SAMPLES, edges))
    standardised = (samples - samples.mean(1, keepdims=True)) / samples.std(1, keepdims=True)
    curves = np.quantile(standardised, PLACES, axis=1)
    return np.asarray(np.quantile(curves, [0.025, 0.975], axis=1), dtype=np.float32)


def _one(units: Units, replicate: int) -> Units:
    """The units of one replicate that have edges enough."""
    counts = units.counts[replicate]
    enough = counts >= FEWEST
    return Units(units.values[replicate][enough], units.order[replicate][enough], counts[enough])


def _checked(layers: Mapping[str, Units]) -> Mapping[str, Units]:
    for layer, units in layers.items():
        values: Array = units.values[0][units.exists[0]]
        if len(np.unique(values)) <= 2 < len(values):
            raise InputError(
                f"the weights of layer {layer} have no more than two values, and sorting those shows nothing; "
                "let edge_weights of its family be few."
            )
    return layers
