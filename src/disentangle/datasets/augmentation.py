"""Augmentation: every replicate of a cohort sees its own random crops and mirrorings, made on the device.

As Ramanujan et al. 2020 (released code): a crop of the image's size after padding with 4 black pixels, and a horizontal flip in
half of the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import torch
from disentangle.streams import torch_generator

if TYPE_CHECKING:
    from torch import Tensor

PADDING = 4


def draw(seeds: Sequence[int], epoch: int, images: int) -> Tensor:
    """Draws of an epoch (replicate, image, 3): rows and columns to cut off, in 0 to 8, and whether to flip (0 or 1).

    They come from the stream "augmentation" of each seed, keyed by the epoch: the same alone, in a cohort and after a resume.
    """
    limits = torch.tensor([2 * PADDING + 1, 2 * PADDING + 1, 2])
    draws = [torch.rand(images, 3, generator=torch_generator(seed, "augmentation", epoch)) for seed in seeds]
    return (torch.stack(draws) * limits).long()


def black_of(inputs: Tensor) -> Tensor:
    """The darkest value of each channel (channel,), from images (image, channel, height, width).

    Raises InputError when the inputs are not images.
    """
    if inputs.dim() != 4:
        raise InputError("augment is crop_flip, but the inputs of this data set are not images; write augment: none.")
    return inputs.amin((0, 2, 3))


def crop_flip(inputs: Tensor, draws: Tensor, black: Tensor) -> Tensor:
    """Images (replicate, image, channel, height, width), each cut and flipped as its draws (replicate, image, 3) say.

    ``black`` (channel,) fills what lies outside.
    """
    height, width = inputs.shape[-2:]
    padded = black.view(-1, 1, 1).expand(*inputs.shape[:3], height + 2 * PADDING, width + 2 * PADDING).clone()
    padded[..., PADDING : PADDING + height, PADDING : PADDING + width] = inputs
    top, left, flip = draws.unsqueeze(-1).unbind(2)
    x, y = (torch.arange(size, device=inputs.device) for size in (width, height))
    rows = (top + y)[..., None]
    columns = (left + torch.where(flip == 1, width - 1 - x, x))[..., None, :]
    replicate, image = (torch.arange(size, device=inputs.device) for size in inputs.shape[:2])
    cut = padded[replicate[:, None, None, None], image[:, None, None], :, rows, columns]
    return cut.movedim(-1, 2)
