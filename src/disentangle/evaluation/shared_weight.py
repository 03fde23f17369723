"""The one weight of a network whose edges are all alike, replaced by another value.

Source: the evaluation of weight-agnostic networks (Gaier & Ha 2019), here of wirings that other methods found (our
reconstruction). Their values -2, -1, -0.5, 0.5, 1, 2 are factors here and no absolute weights: the constant of a layer of ours
depends on its fan-in, and the statistics of its normalisation belong to it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from disentangle.datasets import Dataset
from disentangle.errors import InputError
from disentangle.evaluation.tensors import found_statistics, weights_of
from disentangle.masks.wiring import Wiring
from disentangle.networks.layout import Weights
from disentangle.networks.scoring import score, statistics_of


def sweep(wiring: Wiring, data: Dataset, factors: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of sweep.csv: test accuracy in [0, 1] of each replicate, its weights multiplied by each factor.

    ``statistics`` says which normalisation statistics were used: those that the network was found with (``frozen``), or those
    under its new weights (``remeasured``), on training images. Computed in the layout's precision.

    Raises InputError when a layer of a network has several values.
    """
    _check(wiring)
    device = data.train.labels.device
    own, frozen = weights_of(wiring.network, wiring.weights, device), found_statistics(wiring, device)

    def accuracies(weights: Weights) -> dict[str, list[float]]:
        under = {"frozen": frozen, "remeasured": statistics_of(wiring.network, weights, data.train)}
        return {name: score(wiring.network, weights, s, data.test).accuracy.tolist() for name, s in under.items()}

    found = {factor: accuracies({layer: factor * weight for layer, weight in own.items()}) for factor in factors}
    return [
        {"replicate": replicate, "factor": factor, "statistics": statistics, "test_accuracy": values[replicate]}
        for replicate in range(wiring.replicates)
        for factor, by_statistics in found.items()
        for statistics, values in by_statistics.items()
    ]


def _check(wiring: Wiring) -> None:
    for layer, cohort in wiring.weights.items():
        values = max(len(np.unique(weight[weight != 0])) for weight in cohort)
        if values > 1:
            raise InputError(
                f"layer {layer} has {values} different weights, and only a network of one weight a layer has a shared weight "
                "to sweep; let edge_weights of its family be few."
            )
