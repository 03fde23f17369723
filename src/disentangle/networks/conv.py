"""Stacks of 3x3 convolutions with pooling between them, and fully connected layers on top: conv2 to conv8, conv13.

Source: conv2 to conv8 Ramanujan et al. 2020 (released code; after Frankle & Carbin 2019), conv13 Qiu & Suda 2020 (released
notebook: the convolutions of VGG-16). Deviations: every layer is normalised without learned parameters (Ramanujan et al.
normalise none of these: ``normalisation: none`` and ``logit_scale: 1``; Qiu & Suda learn scale and shift, and after the
activation); no biases and no dropout in conv13.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain, count, islice
from typing import TYPE_CHECKING, ClassVar

from disentangle.networks.convolution import Convolutional, convolve, images, max_pool
from disentangle.networks.layout import Layer
from disentangle.networks.mlp import Mlp

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks.layout import Activate, Normalise, Weights


class Stack(Convolutional):
    """Blocks of convolutions (padding 1), each block followed by a 2x2 max-pool, then the layers of an mlp."""

    blocks: ClassVar[tuple[tuple[int, ...], ...]]
    units: ClassVar[tuple[int, ...]] = (256, 256)

    @cached_property
    def top(self) -> Mlp:
        """The fully connected layers."""
        return Mlp(widths=[self.scaled(units) for units in self.units], logit_scale=self.logit_scale)

    def layers(self, inputs: tuple[int, ...], classes: int, channels: int) -> tuple[Layer, ...]:
        """Layers conv1, conv2, …, then hidden1, …, output, which read the pooled channels one after the other."""
        pooled = 2 ** len(self.blocks)
        colours, height, width = self.image(inputs, pooled)
        sizes = [colours, *map(self.scaled, chain(*self.blocks))]
        convolutions = (Layer(f"conv{i}", (sizes[i], channels * sizes[i - 1], 3, 3)) for i in range(1, len(sizes)))
        return (*convolutions, *self.top.layers((sizes[-1], height // pooled, width // pooled), classes, channels))

    def forward(self, weights: Weights, inputs: Tensor, normalise: Normalise, activate: Activate) -> Tensor:
        """Logits (replicate, class, image); see `Layout.forward`."""
        h, names = images(inputs), map("conv{}".format, count(1))
        for block in self.blocks:
            for name in islice(names, len(block)):
                h = activate(normalise(name, convolve(weights[name], h)))
            h = max_pool(h)
        return self.top.forward(weights, images(h), normalise, activate)


class Conv2(Stack):
    """4,300,992 weights on CIFAR-10."""

    blocks = ((64, 64),)


class Conv4(Stack):
    """2,425,024 weights on CIFAR-10."""

    blocks = ((64, 64), (128, 128))


class Conv6(Stack):
    """2,261,184 weights on CIFAR-10."""

    blocks = ((64, 64), (128, 128), (256, 256))


class Conv8(Stack):
    """5,275,840 weights on CIFAR-10."""

    blocks = ((64, 64), (128, 128), (256, 256), (512, 512))


class Conv13(Stack):
    """14,977,728 weights on CIFAR-10."""

    blocks = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
    units = (512,)
