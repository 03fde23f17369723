"""From a trained cohort to its wiring."""

from collections.abc import Mapping

import torch
from torch import Tensor

from disentangle.datasets import Dataset
from disentangle.families import Frame, GradientFamily, State
from disentangle.families.contract import check_density, check_tensors, check_values
from disentangle.masks.wiring import Arrays, Wiring
from disentangle.networks import Network
from disentangle.networks.scoring import statistics_of


def extract(network: Network, family: GradientFamily, frame: Frame, state: State, data: Dataset) -> Wiring:
    """Settle weights and masks, and the normalisation statistics under them on training images, in the layout's precision.

    Raises InputError when the family broke its contract: a weight that is not finite or lies outside its mask, another density
    than asked for, or other values where it only moves them.
    """
    with torch.no_grad():
        weights, masks = family.weights(frame, state), family.masks(frame, state)
    check_tensors(family, frame, weights, masks, len(next(iter(weights.values()))))
    check_density(family, frame, masks)
    check_values(family, state, weights)
    precise = {layer: weight.to(network.precision) for layer, weight in weights.items()}
    statistics = statistics_of(network, precise, data.train)
    return Wiring(
        network, *(_arrays(tensors) for tensors in (weights, masks, state.role("initial"), statistics, state.role("latent")))
    )


def _arrays(tensors: Mapping[str, Tensor]) -> Arrays:
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
