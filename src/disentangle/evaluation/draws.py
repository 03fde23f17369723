"""The accuracy of families that learn a distribution over networks: that of networks drawn from it."""

from collections.abc import Sequence

import torch

from disentangle.datasets import Dataset
from disentangle.families import Frame, GradientFamily, State
from disentangle.families.abilities import Draws
from disentangle.networks import Network
from disentangle.networks.scoring import score, statistics_of
from disentangle.streams import torch_generator

DRAWS = 10  # random networks whose accuracies are averaged


def evaluate_draws(
    network: Network, family: GradientFamily, frame: Frame, state: State, data: Dataset, seeds: Sequence[int], epochs: int
) -> list[dict[str, float]]:
    """``test_accuracy_drawn`` of each replicate, the mean over ten networks; empty for a family that draws none.

    Each network has normalisation statistics of its own. The draws are those of steps after the ``epochs`` of the training.
    """
    if not isinstance(family, Draws):
        return [{} for _ in seeds]
    accuracies = []
    for draw in range(DRAWS):
        with torch.no_grad():
            drawn = family.draw(frame, state, [torch_generator(seed, "gates", epochs, draw) for seed in seeds])
        weights = {layer: weight.to(network.precision) for layer, weight in drawn.items()}
        accuracies.append(score(network, weights, statistics_of(network, weights, data.train), data.test).accuracy)
    return [{"test_accuracy_drawn": accuracy} for accuracy in torch.stack(accuracies).mean(0).tolist()]
