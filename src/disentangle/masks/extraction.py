"""From a trained cohort to its wiring and its metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from disentangle.datasets import Dataset, Split
from disentangle.families import Family, Frame, State
from disentangle.families.contract import check_density, check_tensors, check_values
from disentangle.masks.wiring import Arrays, Wiring
from disentangle.networks import Network
from disentangle.networks.layout import Weights
from disentangle.networks.normalisation import Statistics
from disentangle.networks.scoring import score, statistics_of
from disentangle.streams import torch_generator

DRAWS = 10  # random networks whose accuracies are averaged


def extract(network: Network, family: Family, frame: Frame, state: State, data: Dataset) -> Wiring:
    """Settle weights and masks, and measure the normalisation under them on training images, in the layout's precision.

    Raises InputError when the family broke its contract: a weight not finite or outside its mask, another density, or other
    values than it may permute.
    """
    with torch.no_grad():
        weights, masks = family.weights(frame, state), family.masks(frame, state)
    check_tensors(family, frame, weights, masks, len(next(iter(weights.values()))))
    check_density(family, frame, masks)
    check_values(family, state, weights)
    statistics = statistics_of(network, _precise(network, weights), data.train)
    return Wiring(
        network, *(_arrays(tensors) for tensors in (weights, masks, state.role("initial"), statistics, state.role("latent")))
    )


def evaluate(wiring: Wiring, data: Dataset, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Metrics of each replicate, from the wiring alone, in the layout's precision: in float64, rounding decides no image.

    ``test_accuracy_exact`` leaves out the test images that are not the published ones; only where the set says which.
    """
    device, precision = data.train.labels.device, _precision(wiring.network)
    weights = {layer: torch.from_numpy(array).to(device, precision) for layer, array in wiring.weights.items()}
    statistics = {name: torch.from_numpy(array).to(device) for name, array in wiring.statistics.items()}
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


def evaluate_draws(
    network: Network, family: Family, frame: Frame, state: State, data: Dataset, seeds: Sequence[int], epochs: int
) -> list[dict[str, Any]]:
    """``test_accuracy_drawn`` of each replicate: the mean over ten networks that its family draws, nothing where it draws none.

    Each has normalisation statistics of its own. They are drawn as in steps of one more epoch after the ``epochs`` trained.
    """
    accuracies = []
    for draw in range(DRAWS):
        with torch.no_grad():
            weights = family.draw(frame, state, [torch_generator(seed, "gates", epochs, draw) for seed in seeds])
        if weights is None:
            return [{} for _ in seeds]
        precise = _precise(network, weights)
        accuracies.append(score(network, precise, statistics_of(network, precise, data.train), data.test).accuracy)
    return [{"test_accuracy_drawn": accuracy} for accuracy in torch.stack(accuracies).mean(0).tolist()]


def _precise(network: Network, weights: Weights) -> dict[str, Tensor]:
    return {name: weight.to(_precision(network)) for name, weight in weights.items()}


def _precision(network: Network) -> torch.dtype:
    dtype: torch.dtype = getattr(torch, network.layout.precision)
    return dtype


def _exact(test: Split, accuracy: Tensor, network: Network, weights: Weights, statistics: Statistics) -> Tensor | None:
    """Accuracy (replicate,) on the test images that are the published ones, where some are not; only those are seen again."""
    if test.exact is None or bool(test.exact.all()):
        return None if test.exact is None else accuracy
    inexact = ~test.exact
    images, others = len(inexact), int(inexact.sum())
    wrongly_counted = score(network, weights, statistics, test.take(inexact)).accuracy * others
    return (accuracy * images - wrongly_counted).round() / (images - others)


def _arrays(tensors: Mapping[str, Tensor]) -> Arrays:
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
