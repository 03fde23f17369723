"""Normalisation without learned parameters: by statistics of images, by the weights alone, or none.

A finished network is evaluated under frozen statistics (`Frozen`) whatever the kind. `measured` standardises by the batch in
training and measures the statistics on training images afterwards; `in_degree` takes them from the weights, in training too;
those of `none` change nothing.

Works on both kinds of activations (see `disentangle.networks.layout.Layout`): fully connected ones (replicate, unit, image) are
standardised unit by unit over the images, convolutional ones (image, replicate, channel, height, width) channel by channel over
images and places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks.layout import Normalise, Weights

EPSILON = 1e-5

Statistics = dict[str, "Tensor"]


def by_batch(name: str, h: Tensor) -> Tensor:
    """Standardise every unit or channel of ``h`` over the batch."""
    if h.dim() == 3:
        return torch.nn.functional.layer_norm(h, h.shape[2:], eps=EPSILON)
    channels = h.flatten(1, 2)
    return torch.nn.functional.batch_norm(channels, None, None, training=True, eps=EPSILON).view(h.shape)


class GatherStatistics:
    """Standardises over the images given and gathers their means and biased variances (replicate, unit).

    Called with several chunks of images, it standardises each by itself and gathers the mean over all images and the variance
    about it (Wu & Johnson 2021, arXiv 2105.07576: PreciseBN). That is exact for one chunk, and for the first layer of any
    number; deeper, the chunks see inputs that differ by their own statistics.
    """

    def __init__(self) -> None:
        self.statistics: Statistics = {}
        self._seen: dict[str, int] = {}

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise ``h``, and add to the statistics ``<name>.mean`` and ``<name>.variance``."""
        images = _over(h)
        mean = h.mean(images, keepdim=True)
        centred = h - mean
        variance = centred.square().mean(images, keepdim=True)
        values = h.numel() // mean.numel()
        self._add(name, mean.view(_units(h)), variance.view(_units(h)), values)
        return centred * torch.rsqrt(variance + EPSILON)

    def _add(self, name: str, mean: Tensor, variance: Tensor, values: int) -> None:
        """Pool with the chunks before (Chan, Golub & LeVeque 1979)."""
        if name in self._seen:
            share = values / (self._seen[name] + values)
            before, spread = self.statistics[f"{name}.mean"], self.statistics[f"{name}.variance"]
            variance = (1 - share) * spread + share * variance + share * (1 - share) * (mean - before).square()
            mean = before + share * (mean - before)
        self._seen[name] = self._seen.get(name, 0) + values
        self.statistics |= {f"{name}.mean": mean, f"{name}.variance": variance}


class Frozen:
    """Standardises by statistics that are given."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics

    def __call__(self, name: str, h: Tensor) -> Tensor:
        """Standardise every unit or channel of ``h``."""
        mean, variance = (self.statistics[f"{name}.{part}"] for part in ("mean", "variance"))
        shape = [1 if axis in _over(h) else size for axis, size in enumerate(h.shape)]
        return (h - mean.view(shape)) * torch.rsqrt(variance + EPSILON).view(shape)


class Normalisation(Protocol):
    """A kind of normalisation."""

    def in_training(self, weights: Weights) -> Normalise:
        """The normaliser of a training step, differentiable in ``weights`` (replicate, out, in, …)."""

    def statistics(self, weights: Weights, passes: Iterable[Callable[[Normalise], Tensor]]) -> Statistics:
        """Statistics of a finished network, ``<layer>.mean`` and ``<layer>.variance`` (replicate, out).

        Each of the ``passes`` runs some training images through the network under the normaliser it is given.
        """


class BatchNormalisation:
    """Standardises by the batch in training, and by the statistics of training images in evaluation."""

    def in_training(self, weights: Weights) -> Normalise:
        """`by_batch`, whatever the weights."""
        return by_batch

    def statistics(self, weights: Weights, passes: Iterable[Callable[[Normalise], Tensor]]) -> Statistics:
        """Those of all passes together."""
        gather = GatherStatistics()
        for run in passes:
            run(gather)
        return gather.statistics


class InDegree:
    """Divides the pre-activation of a unit by the Euclidean norm of its weights; no image decides it.

    Of {0, c} weights that is c sqrt(in-degree): the unit sees sum(x) / sqrt(in-degree) over its edges (our reconstruction of
    Colombo & Gao 2020, whose abstract names no normalisation). As statistics: mean 0 and variance sum w². The epsilon of
    `Frozen` makes a unit without edges 0, and its gradient finite.
    """

    def in_training(self, weights: Weights) -> Normalise:
        """The same function of the weights as in evaluation, so the gradient through the norm is exact."""
        return Frozen(self.statistics(weights, ()))

    def statistics(self, weights: Weights, passes: Iterable[Callable[[Normalise], Tensor]]) -> Statistics:
        """From the weights; no pass is made."""
        squares = {name: weight.square().flatten(2).sum(2) for name, weight in weights.items()}
        means = {f"{name}.mean": torch.zeros_like(square) for name, square in squares.items()}
        return means | {f"{name}.variance": square for name, square in squares.items()}


class Unnormalised:
    """Leaves pre-activations as they are, as the fully connected networks and Conv2 to Conv8 of Ramanujan et al. 2020 do."""

    def in_training(self, weights: Weights) -> Normalise:
        """The identity."""
        return lambda name, h: h

    def statistics(self, weights: Weights, passes: Iterable[Callable[[Normalise], Tensor]]) -> Statistics:
        """Mean 0, and the variance with which `Frozen` divides by 1; no pass is made."""
        means = {f"{name}.mean": weight.new_zeros(weight.shape[:2]) for name, weight in weights.items()}
        return means | {f"{name}.variance": weight.new_full(weight.shape[:2], 1 - EPSILON) for name, weight in weights.items()}


NORMALISATIONS: dict[str, Normalisation] = {"measured": BatchNormalisation(), "in_degree": InDegree(), "none": Unnormalised()}


def _over(h: Tensor) -> tuple[int, ...]:
    """The axes of ``h`` along which a unit is the same."""
    return (2,) if h.dim() == 3 else (0, 3, 4)


def _units(h: Tensor) -> tuple[int, ...]:
    """Replicates and units of ``h``."""
    return tuple(h.shape[:2] if h.dim() == 3 else h.shape[1:3])
