"""Normalisation without learned parameters: by the batch in training, by frozen measured statistics in evaluation."""

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-5

Statistics = dict[str, Tensor]


def by_batch(name: str, h: Tensor) -> Tensor:
    """Standardise every unit of ``h`` (replicate, unit, image) over the batch."""
    return functional.layer_norm(h, h.shape[2:], eps=EPSILON)


class Measure:
    """Standardises over the images given and keeps what it measured: means and biased variances (replicate, unit)."""

    def __init__(self) -> None:
        self.statistics: Statistics = {}

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise ``h`` and keep the statistics as ``<name>.mean`` and ``<name>.variance``."""
        images = tuple(range(2, h.dim()))
        mean = h.mean(images, keepdim=True)
        centred = h - mean
        variance = centred.square().mean(images, keepdim=True)
        self.statistics |= {f"{name}.mean": mean.flatten(1), f"{name}.variance": variance.flatten(1)}
        return centred * torch.rsqrt(variance + EPSILON)


class Frozen:
    """Standardises by statistics that were measured before."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise every unit of ``h`` (replicate, unit, image)."""
        mean, variance = (self.statistics[f"{name}.{part}"] for part in ("mean", "variance"))
        shape = (*mean.shape, *(1 for _ in h.shape[2:]))
        return (h - mean.view(shape)) * torch.rsqrt(variance + EPSILON).view(shape)
