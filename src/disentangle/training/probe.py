"""What a family may ask of its network before the training: a loss, and how much of a signal gets through."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from disentangle.errors import InputError
from disentangle.networks import Network
from disentangle.networks.layout import Weights
from disentangle.networks.scoring import losses


@dataclass(frozen=True)
class NetworkProbe:
    """The `disentangle.families.given.Probe` of a network.

    ``first_batch`` returns inputs (replicate, image, …) and labels (replicate, image). The first call of `loss` calls it, so
    a family that only asks for the flow reads no data. Both functions compute in the precision of the weights.
    """

    network: Network
    first_batch: Callable[[], tuple[Tensor, Tensor]]

    @cached_property
    def _batch(self) -> tuple[Tensor, Tensor]:
        return self.first_batch()

    def loss(self, weights: Weights, temperature: float = 1.0) -> Tensor:
        """Cross-entropy (replicate,) on the first mini-batch, normalised as in training; without label smoothing.

        The logits are divided by the ``temperature``: 1, as in training, changes no bit.
        """
        inputs, labels = self._batch
        return losses(self.network.training_logits(weights, _like(weights, inputs)) / temperature, labels)

    def flow(self, weights: Weights) -> Tensor:
        """Sum of the logits (replicate,) of an input of ones, neither normalised nor rectified; a max-pool stays one.

        Raises InputError where units have ON and OFF channels: a signal and its opposite cancel, so nothing would get through.
        """
        if self.network.on_off:
            raise InputError(
                "the flow through a network with ON and OFF channels is not defined, since the two cancel; leave on_off out, "
                "or choose a score that takes the loss."
            )
        some = next(iter(weights.values()))
        ones = torch.ones(1, 1, *self.network.inputs, dtype=some.dtype, device=some.device)
        logits = self.network.layout.forward(weights, ones, normalise=lambda name, h: h, activate=lambda h: h)
        return logits.sum((1, 2))


def _like(weights: Weights, inputs: Tensor) -> Tensor:
    return inputs.to(next(iter(weights.values())).dtype)
