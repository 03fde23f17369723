"""The value transplant: accuracies of networks with other values at the same ranks, or with their values at other places.

Our design, for the claim of Qiu & Suda 2020 that where a weight stands matters more than its exact value: if so, changing the
values costs little and dealing them over other places costs all. But new values at old ranks are also close to the old values;
so each treatment that changes them much has as control independent noise that takes the weights as far from what they were.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from disentangle.datasets import Dataset
from disentangle.evaluation.tensors import weights_of
from disentangle.masks.wiring import Arrays, Wiring
from disentangle.networks.scoring import score, statistics_of
from disentangle.profiles.treatments import NOISE, PLACES, VALUES, WHOLE_LAYER, treat
from disentangle.profiles.units import Array, Units, trained_units, whole_layers
from disentangle.streams import numpy_generator


def transplant(
    wiring: Wiring, starts: Mapping[str, Units], data: Dataset, seeds: Sequence[int], permutations: int
) -> list[dict[str, Any]]:
    """Rows of transplant.csv: test accuracy in [0, 1] of each replicate under each treatment, in the layout's precision.

    All layers are treated at once, edges of the mask only, and the statistics of the normalisation are taken anew. ``r2`` is
    the squared correlation of a unit's new weights with its own, mean over the units. What is drawn is the mean over so many
    ``permutations``. ``starts``: the units of each layer before the training.
    """
    layers, whole = trained_units(wiring), whole_layers(wiring)

    def treated(treatment: str, draw: int) -> Arrays:
        new = {}
        for i, (layer, units) in enumerate((whole if treatment == WHOLE_LAYER else layers).items()):
            random = np.stack([numpy_generator(seed, "null", draw, i).random(units.values.shape[1:]) for seed in seeds])
            new[layer] = treat(treatment, units, starts[layer], random).reshape(layers[layer].values.shape)
        return new

    def accuracy(weights: Arrays) -> Array:
        shaped = {layer: weight.reshape(wiring.weights[layer].shape) for layer, weight in weights.items()}
        new = weights_of(wiring.network, shaped, data.train.labels.device)
        scored = score(wiring.network, new, statistics_of(wiring.network, new, data.train), data.test)
        found: Array = scored.accuracy.cpu().numpy()
        return found

    def outcome(treatment: str) -> Array:
        """R² and accuracy (2, replicate), mean over the draws."""
        every = [treated(treatment, draw) for draw in range(1 if treatment in VALUES else permutations)]
        r2 = [np.concatenate([units.r2(new[layer]) for layer, units in layers.items()], axis=1).mean(1) for new in every]
        means: Array = np.mean([r2, [accuracy(new) for new in every]], axis=1)
        return means

    found = {treatment: outcome(treatment) for treatment in (*VALUES, *PLACES, *NOISE)}
    return [
        {"replicate": r, "treatment": treatment, "r2": float(r2[r]), "test_accuracy": float(accuracies[r])}
        for r in range(wiring.replicates)
        for treatment, (r2, accuracies) in found.items()
    ]
