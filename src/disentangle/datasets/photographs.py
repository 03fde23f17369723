"""Photographs of any size as images of 3 × 224 × 224: how one is read, cropped, and standardised.

As Ramanujan et al. 2020 (released code), with torchvision's own transforms. In training: a random part of 8 to 100% of the
area, of an aspect from 3:4 to 4:3, is resized, and flipped in half of the cases. Else: the shorter side is resized to 256 and
the middle cut out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.datasets.torchvision_import import torchvision_datasets, torchvision_transforms
from disentangle.errors import InputError
from disentangle.late import torch
from disentangle.streams import torch_generator

if TYPE_CHECKING:
    from torch import Tensor

SIDE, RESIZED = 224, 256
SHAPE = (3, SIDE, SIDE)
AREA, ASPECT = [0.08, 1.0], [3 / 4, 4 / 3]
# Of the channels in [0, 1], over ImageNet's training images; torchvision documents these values with its ImageNet models.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def draw(seeds: Sequence[int], epoch: int, images: int) -> Tensor:
    """Draws of an epoch (replicate, image): each is the seed of one image's crop and flip, so that any process may make it.

    They come from the stream "augmentation" of each seed, keyed by the epoch.
    """
    generators = [torch_generator(seed, "augmentation", epoch) for seed in seeds]
    return torch.stack([torch.randint(2**63 - 1, (images,), generator=generator) for generator in generators])


def read(path: Path, size: int) -> Any:
    """The photograph (a Pillow image in RGB) in a file of that many bytes; grey and transparent ones become RGB.

    Raises InputError that names a file which is gone, altered, no whole image or larger than Pillow reads.
    """
    from PIL.Image import DecompressionBombError

    try:
        if path.stat().st_size != size:
            raise InputError(
                f"{path} is not the file that the data set was prepared from (it had {size} bytes); "
                "put that one back, or delete the prepared data set and run the workflow again."
            )
        return torchvision_datasets().folder.pil_loader(path)
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist any more; put it back, or delete the prepared data set and run the workflow again."
        ) from None
    except (OSError, SyntaxError, ValueError, DecompressionBombError) as error:
        reason = str(error).split(chr(10))[0].rstrip(".")
        raise InputError(
            f"{path} is no whole image ({reason}); replace it, delete the prepared data set and run again."
        ) from None


def centred(photograph: Any) -> Tensor:
    """The middle of a photograph, uint8 `SHAPE`."""
    functional = torchvision_transforms().functional
    pixels: Tensor = functional.pil_to_tensor(functional.center_crop(functional.resize(photograph, RESIZED), SIDE))
    return pixels


def place(photograph: Any) -> tuple[int, int, int, int]:
    """Top, left, height and width of a random part, from torch's own CPU generator."""
    top, left, height, width = torchvision_transforms().RandomResizedCrop.get_params(photograph, AREA, ASPECT)
    return top, left, height, width


def cropped(photograph: Any, seed: int) -> Tensor:
    """A random part of a photograph, perhaps flipped, as this draw says; uint8 `SHAPE`."""
    functional = torchvision_transforms().functional
    with torch.random.fork_rng(devices=[]):  # get_params draws from torch's own generator, which nothing else may notice
        torch.default_generator.manual_seed(seed)
        part = functional.resized_crop(photograph, *place(photograph), [SIDE, SIDE])
        part = functional.hflip(part) if torch.rand(()) < 0.5 else part
    pixels: Tensor = functional.pil_to_tensor(part)
    return pixels


def standardise(pixels: Tensor) -> Tensor:
    """Images (…, 3, height, width) from uint8 to float32 with `MEAN` 0 and `DEVIATION` 1."""
    images = pixels.float()
    for channel, (mean, deviation) in enumerate(zip(MEAN, DEVIATION, strict=True)):  # a tensor of them would wait
        images.select(-3, channel).sub_(255 * mean).div_(255 * deviation)
    return images
