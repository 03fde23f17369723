"""The optimiser of a round, and its learning rate.

The updates are torch's own, in their functional form: the classes of torch.optim import the compiler when they are made,
which costs every job a second.
"""

from collections.abc import Sequence
from math import cos, pi

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from disentangle.families.given import Learning


class Optimiser:
    """Adam or SGD over the trained tensors, in their order; it acts on each replicate of a cohort alone.

    ``memory`` is what it remembers from step to step: for each quantity one tensor a trained tensor.
    """

    def __init__(self, learning: Learning, trained: dict[str, Tensor]) -> None:
        self.learning, self.parameters = learning, list(trained.values())
        quantities = ("mean", "square") if learning.optimiser == "adam" else ("momentum",) if learning.momentum else ()
        self.memory = {quantity: [torch.zeros_like(p) for p in self.parameters] for quantity in quantities}
        self.memory["steps"] = [torch.zeros((), device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rate: float) -> None:
        """One update with gradients in the order of the trained tensors; Adam has the betas of its paper."""
        # The fused updates walk through memory: a gradient must lie there in the same order as its tensor.
        grads = [gradient.contiguous() for gradient in gradients]
        parameters, memory, decay = self.parameters, self.memory, self.learning.weight_decay
        if self.learning.optimiser == "adam":
            adam(parameters, grads, memory["mean"], memory["square"], [], memory["steps"], fused=True, amsgrad=False,
                 beta1=0.9, beta2=0.999, lr=rate, weight_decay=decay, eps=self.learning.epsilon, maximize=False)  # fmt: skip
        else:
            momenta: list[Tensor | None] = [*memory.get("momentum", [None] * len(parameters))]
            sgd(parameters, grads, momenta, fused=True, weight_decay=decay, momentum=self.learning.momentum, lr=rate,
                dampening=0.0, nesterov=False, maximize=False)  # fmt: skip


def learning_rate(learning: Learning, epoch: int, epochs: int) -> float:
    """Learning rate of one epoch of a round, the same for the whole epoch (Ramanujan et al. 2020, released code).

    Of w epochs of warm-up: lr0 (e + 1) / w. Cosine over the others: lr(e) = lr0 / 2 · (1 + cos(π (e - w) / (E - w))).
    Exponential: lr0 · decay^floor((e - w) / decay_epochs) (Qiu & Suda 2020, released notebooks).
    """
    rate, warmup = learning.learning_rate, learning.warmup_epochs
    if epoch < warmup:
        return rate * (epoch + 1) / warmup
    match learning.schedule:
        case "cosine":
            return rate * 0.5 * (1 + cos(pi * (epoch - warmup) / (epochs - warmup)))
        case "exponential":
            return rate * learning.decay ** ((epoch - warmup) // learning.decay_epochs)
        case "constant":
            return rate
