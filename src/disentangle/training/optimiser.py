"""The optimiser of a round, and its learning rate."""

from math import cos, pi

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

from disentangle.families.base import Learning


def make_optimiser(learning: Learning, trained: dict[str, Tensor]) -> Optimizer:
    """Optimiser over the trained tensors, in their order; both kinds act on each replicate of a cohort alone."""
    parameters = list(trained.values())
    if learning.optimiser == "adam":
        return Adam(parameters, lr=learning.learning_rate, weight_decay=learning.weight_decay, fused=True)
    decay, momentum = learning.weight_decay, learning.momentum
    return SGD(parameters, lr=learning.learning_rate, momentum=momentum, weight_decay=decay, fused=True)


def set_learning_rate(optimiser: Optimizer, learning: Learning, epoch: int, epochs: int) -> None:
    """Learning rate of one epoch of a round.

    Cosine: lr(e) = lr0 / 2 · (1 + cos(π e / E)), set once an epoch (Ramanujan et al. 2020, released code).
    """
    cosine = learning.schedule == "cosine"
    for group in optimiser.param_groups:
        group["lr"] = learning.learning_rate * (0.5 * (1 + cos(pi * epoch / epochs)) if cosine else 1.0)
