"""The metrics of a wiring: accuracies and loss of each replicate, and how many edges it has."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from disentangle.datasets import Dataset, Split
from disentangle.evaluation.tensors import found_statistics, weights_of
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network
from disentangle.networks.layout import Weights
from disentangle.networks.normalisation import Statistics
from disentangle.networks.scoring import score


def evaluate(wiring: Wiring, data: Dataset, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Metrics of each replicate, accuracies in [0, 1], from the wiring alone.

    They are computed in the layout's precision: in float64, rounding decides no image. ``test_accuracy_exact`` leaves out the
    test images that are not the published ones, and is there only for sets that know which these are.
    """
    device = data.train.labels.device
    weights, statistics = weights_of(wiring.network, wiring.weights, device), found_statistics(wiring, device)
    splits = {"train": data.train.to_score, "validation": data.validation, "test": data.test}
    scores = {name: score(wiring.network, weights, statistics, split) for name, split in splits.items()}
    kept = sum(mask.reshape(len(mask), -1).sum(1) for mask in wiring.masks.values())
    possible = sum(layer.edges for layer in wiring.network.layers)
    exact = _exact(data.test, scores["test"].accuracy, wiring.network, weights, statistics)
    return [
        {
            "replicate": replicate,
            "seed": seed,
            "test_accuracy": scores["test"].accuracy[replicate].item(),
            **({} if exact is None else {"test_accuracy_exact": exact[replicate].item()}),
            "validation_accuracy": scores["validation"].accuracy[replicate].item(),
            "train_accuracy": scores["train"].accuracy[replicate].item(),
            "test_loss": scores["test"].loss[replicate].item(),
            "density": int(kept[replicate]) / possible,
            "edges": int(kept[replicate]),
        }
        for replicate, seed in enumerate(seeds)
    ]


def _exact(test: Split, accuracy: Tensor, network: Network, weights: Weights, statistics: Statistics) -> Tensor | None:
    """Accuracy (replicate,) on the published test images alone; None where the set does not know which these are.

    Only the other images pass again: what they add to the ``accuracy`` on all is taken off.
    """
    if test.exact is None or bool(test.exact.all()):
        return None if test.exact is None else accuracy
    inexact = ~test.exact
    images, others = len(inexact), int(inexact.sum())
    wrongly_counted = score(network, weights, statistics, test.take(inexact)).accuracy * others
    return (accuracy * images - wrongly_counted).round() / (images - others)
