"""Loss and accuracy of a cohort on a split, under normalisation statistics measured on training images.

Images pass in chunks of at most ``layout.chunk``, so that memory does not grow with the split. Both functions compute in the
weights' own precision.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from disentangle.networks.layout import Network, Weights
from disentangle.networks.normalisation import Frozen, Measure, Statistics


@dataclass(frozen=True)
class Score:
    """Mean cross-entropy and accuracy in [0, 1], one value a replicate."""

    loss: Tensor
    accuracy: Tensor


def sample(network: Network, images: int) -> slice:
    """Every k-th of so many training images, k the smallest that leaves at most ``layout.measured``."""
    return slice(None, None, -(-images // network.layout.measured))


def measure(network: Network, weights: Weights, inputs: Tensor) -> Statistics:
    """Normalisation statistics of ``weights`` (replicate, …) on a `sample` of training images (image, …).

    `Measure` says what several chunks give. A chunk is spread over all images, whatever their order.
    """
    measuring = Measure()
    taken = inputs[sample(network, len(inputs))]
    chunks = -(-len(taken) // network.layout.chunk)
    with torch.no_grad():
        for chunk in range(chunks):
            network.logits(weights, _like(weights, taken[chunk::chunks]), measuring)
    return measuring.statistics


def score(network: Network, weights: Weights, statistics: Statistics, inputs: Tensor, labels: Tensor) -> Score:
    """Score a cohort on images (image, …) with labels (image,)."""
    frozen = Frozen(statistics)
    with torch.no_grad():
        chunks = (inputs[i : i + network.layout.chunk] for i in range(0, len(inputs), network.layout.chunk))
        logits = torch.cat([network.logits(weights, _like(weights, chunk), frozen) for chunk in chunks], dim=2)
        return Score(losses(logits, labels.expand(len(logits), -1)), accuracies(logits, labels))


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each replicate, from logits (replicate, class, image) and labels (replicate, image)."""
    return functional.cross_entropy(logits, labels, reduction="none").mean(dim=1)


def accuracies(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of images whose largest logit is the label's, from labels (image,) or (replicate, image)."""
    return (logits.argmax(dim=1) == labels).to(torch.float64).mean(dim=1)


def _like(weights: Weights, images: Tensor) -> Tensor:
    """The images (1, image, …) in the precision of the weights: all replicates see the same."""
    return images.to(next(iter(weights.values())).dtype).unsqueeze(0)
