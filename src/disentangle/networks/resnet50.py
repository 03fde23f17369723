"""ResNet-50 for ImageNet.

Source: He et al. 2016, as Ramanujan et al. 2020 use it, with the stride of a block in its 3x3 convolution like torchvision.
Their classifier, a 1x1 convolution of averaged channels, is our output layer. Deviations: as for the other residual networks.
"""

from __future__ import annotations

from typing import ClassVar

from disentangle.networks.resnet import Residual


class ResNet50(Residual):
    """25,502,912 weights in 54 layers, four of them shortcuts, on ImageNet: bottlenecks and a 7x7 stem."""

    chunk: ClassVar[int] = 50

    stages = (64, 128, 256, 512)
    blocks = (3, 4, 6, 3)
    kernels = (1, 3, 1)
    expansion = 4
    stem = 7
