"""What convolutional networks are made of, on activations (image, replicate, channel, height, width)."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from disentangle.accelerator import accelerated
from disentangle.errors import InputError
from disentangle.late import torch
from disentangle.networks.layout import Layout

if TYPE_CHECKING:
    from torch import Tensor


class Convolutional(Layout):
    """A network for images, with a factor of its width.

    Every layer is normalised without learned parameters, the logits too, as in `disentangle.networks.mlp.Mlp`, and none has
    biases. Finished networks are evaluated in float32: on a CPU, convolutions in float64 are some eight times slower.
    """

    chunk: ClassVar[int] = 200
    precision: ClassVar[Literal["float32", "float64"]] = "float32"

    width: Annotated[float, Field(gt=0, description="factor of all channels and units but those of image and output")] = 1.0
    logit_scale: float = Field(2.0, gt=0, description="factor of the normalised logits; papers without normalisation: 1")

    def scaled(self, size: int) -> int:
        """That many channels or units times the width, rounded down, at least 1."""
        return max(1, int(self.width * size))

    def image(self, inputs: tuple[int, ...], least: int) -> tuple[int, int, int]:
        """Channels, height and width of an image.

        Raises InputError when inputs are no images, or smaller than ``least`` pixels.
        """
        if len(inputs) != 3 or min(inputs[1:]) < least:
            raise InputError(
                f"{type(self).__name__} reads images of at least {least} x {least} pixels, not inputs of shape "
                f"({', '.join(map(str, inputs))}); give this dataset another network, such as mlp."
            )
        return inputs[0], inputs[1], inputs[2]


def images(inputs: Tensor) -> Tensor:
    """Inputs (replicate or 1, image, channel, height, width) as activations; the replicates may share their images."""
    return inputs.transpose(0, 1)


def convolve(weight: Tensor, h: Tensor, stride: int = 1, padding: int | None = None) -> Tensor:
    """Convolution of ``h`` (…, replicate or 1, …) with kernels (replicate, out, in, height, width), a group a replicate.

    A side n becomes ceil(n / stride), unless ``padding`` says otherwise.
    """
    padding = weight.shape[-1] // 2 if padding is None else padding
    out = torch.nn.functional.conv2d(arranged(h.flatten(1, 2)), weight.flatten(0, 1), None, stride, padding, 1, h.shape[1])
    return out.view(len(out), *weight.shape[:2], *out.shape[2:])


def arranged(channels: Tensor) -> Tensor:
    """Activations (image, channel, height, width), with the channels last in memory where tensor cores want them so.

    The layers after a convolution keep its arrangement. Not on a CPU: with few channels (`resnet50` of width 0.02) torch 2.13
    then writes beyond its memory.
    """
    if accelerated(channels) and torch.is_autocast_enabled("cuda"):
        return channels.contiguous(memory_format=torch.channels_last)
    return channels


def max_pool(h: Tensor, size: int = 2, stride: int = 2, padding: int = 0) -> Tensor:
    """Largest value of each window.

    On an accelerator by comparisons alone: the gradient of the library's kernel there adds up in no fixed order.
    """
    pooled = h.flatten(1, 2)
    if accelerated(h):
        pooled = torch.nn.functional.pad(pooled, (padding,) * 4, value=-torch.inf) if padding else pooled
        for _ in range(2):  # along the rows, then along the columns
            end = (pooled.shape[3] - size) // stride * stride + 1
            pooled = reduce(torch.maximum, (pooled[..., i : i + end : stride] for i in range(size))).transpose(2, 3)
    else:
        pooled = torch.nn.functional.max_pool2d(pooled, size, stride, padding)
    return pooled.view(*h.shape[:3], *pooled.shape[2:])


def average_pool(h: Tensor) -> Tensor:
    """Mean over all places, (image, replicate, channel)."""
    return h.mean((3, 4))


def shortcut(h: Tensor, channels: int) -> Tensor:
    """What an identity shortcut adds to a block's ``channels``: ``h``, or the difference of its ON and OFF channels."""
    return h if h.shape[2] == channels else h[:, :, :channels] - h[:, :, channels:]
