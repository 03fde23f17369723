"""Seven convolutions without pooling, two of them with stride 2: LaPerm's network for MNIST.

Source: Qiu & Suda 2020, released notebook Conv7. Deviations: every layer is normalised without learned parameters (theirs has
none); no biases and no dropout; the strided convolutions have padding 2 on every side (Keras: 1 before and 2 behind).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from disentangle.networks.convolution import Convolutional, convolve, images
from disentangle.networks.layout import Layer
from disentangle.networks.mlp import Mlp

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks.layout import Activate, Normalise, Weights

CHANNELS = (32, 32, 32, 64, 64, 64, 128)
KERNELS = (3, 3, 5, 3, 3, 5, 4)
STRIDES = (1, 1, 2, 1, 1, 2, 1)
PADDINGS = (0, 0, 2, 0, 0, 2, 0)


class Conv7(Convolutional):
    """325,152 weights on MNIST."""

    @cached_property
    def top(self) -> Mlp:
        """The output layer."""
        return Mlp(widths=[], logit_scale=self.logit_scale)

    def layers(self, inputs: tuple[int, ...], classes: int, channels: int) -> tuple[Layer, ...]:
        """Layers conv1 to conv7 and output."""
        colours, *sides = self.image(inputs, 25)
        for kernel, stride, padding in zip(KERNELS, STRIDES, PADDINGS, strict=True):
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in sides]
        sizes = [colours, *map(self.scaled, CHANNELS)]
        convolutions = (Layer(f"conv{i + 1}", (sizes[i + 1], channels * sizes[i], k, k)) for i, k in enumerate(KERNELS))
        return (*convolutions, *self.top.layers((sizes[-1], *sides), classes, channels))

    def forward(self, weights: Weights, inputs: Tensor, normalise: Normalise, activate: Activate) -> Tensor:
        """Logits (replicate, class, image); see `Layout.forward`."""
        h = images(inputs)
        for i, (stride, padding) in enumerate(zip(STRIDES, PADDINGS, strict=True), start=1):
            h = activate(normalise(f"conv{i}", convolve(weights[f"conv{i}"], h, stride, padding)))
        return self.top.forward(weights, images(h), normalise, activate)
