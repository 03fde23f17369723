"""Fully connected network (multilayer perceptron) of any widths."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from disentangle.networks.layout import Layer, Layout

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks.layout import Activate, Normalise, Weights


class Mlp(Layout):
    """Hidden layers of the given widths and an output layer; no biases.

    Every layer is normalised without learned parameters, the output too: the sums of a {0, 1} network are all of one sign and
    grow with its density, and no family can learn their scale. Our reconstruction (Ramanujan et al. normalise no MLP, for
    which write ``normalisation: none`` and ``logit_scale: 1``); the scale of the logits was chosen on validation splits.
    """

    widths: list[Annotated[int, Field(ge=1)]] = Field(description="units of each hidden layer; [] is a linear classifier")
    logit_scale: float = Field(2.0, gt=0, description="factor of the normalised logits; papers without normalisation: 1")

    @property
    def hidden(self) -> list[str]:
        """Names of the hidden layers."""
        return [f"hidden{i + 1}" for i in range(len(self.widths))]

    def layers(self, inputs: tuple[int, ...], classes: int, channels: int) -> tuple[Layer, ...]:
        """Layers hidden1, hidden2, …, output of shape (units, channels × units before)."""
        sizes = [prod(inputs), *self.widths, classes]
        names = [*self.hidden, "output"]
        return tuple(Layer(n, (b, channels * a)) for n, a, b in zip(names, sizes[:-1], sizes[1:], strict=True))

    def forward(self, weights: Weights, inputs: Tensor, normalise: Normalise, activate: Activate) -> Tensor:
        """Logits (replicate, class, image); see `Layout.forward`."""
        h = inputs.flatten(2).transpose(1, 2)
        for name in self.hidden:
            h = activate(normalise(name, weights[name] @ h))
        return normalise("output", weights["output"] @ h) * self.logit_scale
