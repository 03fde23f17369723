"""Normalisation without learned parameters: by the batch in training, by frozen measured statistics in evaluation.

Works on both kinds of activations (see `disentangle.networks.layout.Layout`): fully connected ones (replicate, unit, image) are
standardised unit by unit over the images, convolutional ones (image, replicate, channel, height, width) channel by channel over
images and places.
"""

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-5

Statistics = dict[str, Tensor]


def by_batch(name: str, h: Tensor) -> Tensor:
    """Standardise every unit or channel of ``h`` over the batch."""
    if h.dim() == 3:
        return functional.layer_norm(h, h.shape[2:], eps=EPSILON)
    channels = h.flatten(1, 2)
    return functional.batch_norm(channels, None, None, training=True, eps=EPSILON).view(h.shape)


class Measure:
    """Standardises over the images given and keeps what it measured: means and biased variances (replicate, unit).

    Called with several chunks of images, it standardises each by itself and keeps the mean over all images and the variance
    about it (Wu & Johnson 2021, arXiv 2105.07576: PreciseBN). That is exact for one chunk, and for the first layer of any
    number; deeper, the chunks see inputs that differ by their own statistics.
    """

    def __init__(self) -> None:
        self.statistics: Statistics = {}
        self._seen: dict[str, int] = {}

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise ``h`` and keep the statistics as ``<name>.mean`` and ``<name>.variance``."""
        images = _over(h)
        mean = h.mean(images, keepdim=True)
        centred = h - mean
        variance = centred.square().mean(images, keepdim=True)
        values = h.numel() // mean.numel()
        self._add(name, mean.view(_units(h)), variance.view(_units(h)), values)
        return centred * torch.rsqrt(variance + EPSILON)

    def _add(self, name: str, mean: Tensor, variance: Tensor, values: int) -> None:
        """Pool with what was measured before (Chan, Golub & LeVeque 1979)."""
        if name in self._seen:
            share = values / (self._seen[name] + values)
            before, spread = self.statistics[f"{name}.mean"], self.statistics[f"{name}.variance"]
            variance = (1 - share) * spread + share * variance + share * (1 - share) * (mean - before).square()
            mean = before + share * (mean - before)
        self._seen[name] = self._seen.get(name, 0) + values
        self.statistics |= {f"{name}.mean": mean, f"{name}.variance": variance}


class Frozen:
    """Standardises by statistics that were measured before."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise every unit or channel of ``h``."""
        mean, variance = (self.statistics[f"{name}.{part}"] for part in ("mean", "variance"))
        shape = [1 if axis in _over(h) else size for axis, size in enumerate(h.shape)]
        return (h - mean.view(shape)) * torch.rsqrt(variance + EPSILON).view(shape)


def _over(h: Tensor) -> tuple[int, ...]:
    """The axes of ``h`` along which a unit is the same."""
    return (2,) if h.dim() == 3 else (0, 3, 4)


def _units(h: Tensor) -> tuple[int, ...]:
    """Replicates and units of ``h``."""
    return tuple(h.shape[:2] if h.dim() == 3 else h.shape[1:3])
