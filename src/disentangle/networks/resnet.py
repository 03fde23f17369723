"""Residual networks for small images: resnet18 and the narrow network of 50 layers that LaPerm calls ResNet50.

Source: resnet18 Ramanujan et al. 2020 (released code: He et al. 2016 without the first pooling); resnet_laperm Qiu & Suda 2020
(released notebook: He et al. 2016, the CIFAR-10 network with n = 8). Where a block changes the shape, its shortcut is a 1x1
convolution. Deviations: no learned normalisation; the shortcuts of resnet_laperm and the logits of both are normalised, like
every layer of ours; no biases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from disentangle.networks.convolution import Convolutional, average_pool, convolve, images, max_pool, shortcut
from disentangle.networks.layout import Layer
from disentangle.networks.mlp import Mlp
from disentangle.networks.shortcuts import Bypasses, Shortcut

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks.layout import Activate, Normalise, Weights


class Residual(Convolutional, Bypasses):
    """A stem, stages of residual blocks, the mean over all places, and an output layer.

    The addition comes before the activation. With ON and OFF channels an identity shortcut adds their difference.
    """

    stages: ClassVar[tuple[int, ...]]
    """Channels of each stage; the first block of all but the first has stride 2."""

    blocks: ClassVar[tuple[int, ...]]
    """Blocks in each stage."""

    kernels: ClassVar[tuple[int, ...]] = (3, 3)
    """Sides of the kernels of a block; the first of side 3 has the block's stride."""

    expansion: ClassVar[int] = 1
    """A block's last convolution has that many times the channels of its stage."""

    stem: ClassVar[int] = 3
    """Side of the first kernel; a 7x7 one has stride 2 and is followed by a 3x3 max-pool with stride 2."""

    @cached_property
    def top(self) -> Mlp:
        """The output layer."""
        return Mlp(widths=[], logit_scale=self.logit_scale)

    def layers(self, inputs: tuple[int, ...], classes: int, channels: int) -> tuple[Layer, ...]:
        """Layers conv1, then <block>.conv1, <block>.conv2, … and perhaps <block>.shortcut of each, then output."""
        before, *_ = self.image(inputs, 2)
        first = self.scaled(self.stages[0])
        layers, before = [Layer("conv1", (first, channels * before, self.stem, self.stem))], first
        for block, width, stride in self._blocks():
            inner = self.scaled(width)
            outer = self.expansion * inner
            sizes = [before, *[inner] * (len(self.kernels) - 1), outer]
            for i, k in enumerate(self.kernels):
                layers.append(Layer(f"{block}.conv{i + 1}", (sizes[i + 1], channels * sizes[i], k, k)))
            if stride > 1 or before != outer:
                layers.append(Layer(f"{block}.shortcut", (outer, channels * before, 1, 1), shortcut=True))
            before = outer
        return (*layers, *self.top.layers((before,), classes, channels))

    def shortcuts(self, layers: Sequence[Layer]) -> tuple[Shortcut, ...]:
        """One a block, from the units that it reads to those of its last convolution."""
        ends = [f"{block}.conv{len(self.kernels)}" for block, *_ in self._blocks()]
        weighted = {layer.name for layer in layers if layer.shortcut}
        projections = [name if (name := f"{block}.shortcut") in weighted else None for block, *_ in self._blocks()]
        return tuple(map(Shortcut, ["conv1", *ends], ends, projections))

    def forward(self, weights: Weights, inputs: Tensor, normalise: Normalise, activate: Activate) -> Tensor:
        """Logits (replicate, class, image); see `Layout.forward`."""
        deep = self.stem > 3
        h = activate(normalise("conv1", convolve(weights["conv1"], images(inputs), 2 if deep else 1)))
        h = max_pool(h, 3, 2, 1) if deep else h
        for block, _, stride in self._blocks():
            x, projection = h, f"{block}.shortcut"
            for i in range(len(self.kernels)):
                name = f"{block}.conv{i + 1}"
                h = activate(h) if i else h
                h = normalise(name, convolve(weights[name], h, stride if i == self.kernels.index(3) else 1))
            if projection in weights:
                beside = normalise(projection, convolve(weights[projection], x, stride))
            else:
                beside = shortcut(x, h.shape[2])
            h = activate(h + beside)
        return self.top.forward(weights, images(average_pool(h)), normalise, activate)

    def _blocks(self) -> Iterator[tuple[str, int, int]]:
        """Name, channels of its stage, and stride of each block."""
        for stage, (width, blocks) in enumerate(zip(self.stages, self.blocks, strict=True), start=1):
            for i in range(1, blocks + 1):
                yield f"stage{stage}.block{i}", width, 2 if stage > 1 and i == 1 else 1


class ResNet18(Residual):
    """11,164,352 weights in 21 layers on CIFAR-10."""

    stages = (64, 128, 256, 512)
    blocks = (2, 2, 2, 2)


class ResNetLaPerm(Residual):
    """754,736 weights in 52 layers, two of them shortcuts, on CIFAR-10."""

    stages = (16, 32, 64)
    blocks = (8, 8, 8)
