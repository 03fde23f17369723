"""The arrays of a wiring as the tensors that a network is evaluated with."""

import torch
from torch import Tensor

from disentangle.masks.wiring import Arrays, Wiring
from disentangle.networks import Network
from disentangle.networks.normalisation import Statistics


def weights_of(network: Network, weights: Arrays, device: torch.device) -> dict[str, Tensor]:
    """Weights of each layer on the device, in the precision of the network's evaluation."""
    return {layer: torch.from_numpy(array).to(device, network.precision) for layer, array in weights.items()}


def found_statistics(wiring: Wiring, device: torch.device) -> Statistics:
    """The normalisation statistics that the wiring was found with, on the device."""
    return {name: torch.from_numpy(array).to(device) for name, array in wiring.statistics.items()}
