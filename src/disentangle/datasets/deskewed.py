"""MNIST and Fashion-MNIST as Gaier & Ha 2019 feed them to networks: 16 × 16 pixels from 0 to 1, resized and then deskewed.

Source: their released code, by its facts: bilinear without smoothing (OpenCV's default), then a shear of rows that makes the
image upright by its second moments; an image of next to no height stays as it is. Deviation: OpenCV rounds the places of the
shear to 1/32 of a pixel, we do not.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from disentangle.datasets.idx import fashion_mnist, mnist
from disentangle.datasets.preparation import Raw

Images = NDArray[np.float32]

SIZE = 16
LEAST_HEIGHT = 1e-2  # second central moment of the rows below which an image has no skew


def mnist16(data_dir: Path | None) -> Raw:
    """Handwritten digits, 16 × 16, deskewed."""
    return _as_published(mnist(data_dir))


def fashion_mnist16(data_dir: Path | None) -> Raw:
    """Articles of clothing, 16 × 16, deskewed."""
    return _as_published(fashion_mnist(data_dir))


def resize(images: NDArray[Any], size: int = SIZE) -> Images:
    """Square images (image, row, column), each pixel interpolated between the four around its middle."""
    across = _interpolation(images.shape[-1], size)
    resized: Images = across @ images.astype(np.float32) @ across.T
    return resized


def deskew(images: Images) -> Images:
    """Images (image, row, column), their rows moved sideways so that the moment of rows with columns is 0; black comes in."""
    places = np.arange(images.shape[-1])
    skew = _skew(images.astype(np.float64))
    wanted = places + skew[:, None, None] * (places[:, None] - images.shape[-2] / 2)
    left = np.floor(wanted)
    share = wanted - left
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2)))
    first = np.clip(left.astype(int), -2, images.shape[-1]) + 2  # beyond either end both neighbours are black
    pixel = [np.take_along_axis(padded, first + step, axis=2) for step in (0, 1)]
    upright: Images = ((1 - share) * pixel[0] + share * pixel[1]).astype(np.float32)
    return upright


def _as_published(raw: Raw) -> Raw:
    images = deskew(resize(raw.inputs[:, 0] / np.float32(255)))
    return replace(raw, inputs=images[:, np.newaxis].astype(np.float64), scale=1.0)


def _interpolation(before: int, after: int) -> Images:
    """Weights (after, before) of the pixels of a row in those of the resized row."""
    middles = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    weights = 1 - np.abs(middles[:, None] - np.arange(before))
    clipped: Images = np.clip(weights, 0, None).astype(np.float32)
    return clipped


def _skew(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Central moment of rows with columns by that of rows with rows (image,); 0 where an image has next to no height."""
    row, column = np.arange(images.shape[-2])[:, None], np.arange(images.shape[-1])
    light = images.sum((1, 2))
    safe = np.where(light > 0, light, 1)[:, None, None]
    y, x = (place - (images * place).sum((1, 2), keepdims=True) / safe for place in (row, column))
    height = (images * y * y).sum((1, 2))
    tall = height >= LEAST_HEIGHT
    skew: NDArray[np.float64] = np.where(tall, (images * x * y).sum((1, 2)) / np.where(tall, height, 1), 0)
    return skew
