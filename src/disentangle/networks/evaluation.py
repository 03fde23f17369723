"""Loss and accuracy of a cohort on a split, under normalisation statistics measured on training images."""

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


def measure(network: Network, weights: Weights, inputs: Tensor) -> Statistics:
    """Normalisation statistics of ``weights`` (replicate, …) on images (image, …), all images in one batch."""
    measuring = Measure()
    with torch.no_grad():
        network.logits(weights, inputs.unsqueeze(0), measuring)
    return measuring.statistics


def score(network: Network, weights: Weights, statistics: Statistics, inputs: Tensor, labels: Tensor) -> Score:
    """Score a cohort on images (image, …) with labels (image,)."""
    with torch.no_grad():
        logits = network.logits(weights, inputs.unsqueeze(0), Frozen(statistics))
        return Score(losses(logits, labels.expand(len(logits), -1)), accuracies(logits, labels))


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each replicate, from logits (replicate, class, image) and labels (replicate, image)."""
    return functional.cross_entropy(logits, labels, reduction="none").mean(dim=1)


def accuracies(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of images whose largest logit is the label's, from labels (image,) or (replicate, image)."""
    return (logits.argmax(dim=1) == labels).to(torch.float64).mean(dim=1)
