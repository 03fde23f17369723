"""Loss and accuracy of a cohort on a split, and the normalisation statistics that they are computed under.

Images pass in chunks of at most ``layout.chunk``, so that memory does not grow with the split. Everything is computed in the
precision of the weights.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from disentangle.datasets.split import Split
from disentangle.networks.layout import Network, Weights
from disentangle.networks.normalisation import Frozen, Statistics


@dataclass(frozen=True)
class Score:
    """Mean cross-entropy and accuracy in [0, 1], one value a replicate."""

    loss: Tensor
    accuracy: Tensor


def statistics_of(network: Network, weights: Weights, train: Split) -> Statistics:
    """Normalisation statistics of ``weights`` (replicate, …) on at most ``layout.measured`` images of the training split.

    Each chunk is a regular sample of these images, so that their order hardly matters; `GatherStatistics` puts the chunks
    together. A normalisation that depends on the weights alone reads no image.
    """
    some = train.thinned(network.layout.measured)
    chunks = -(-len(some) // network.layout.chunk)
    with torch.no_grad():
        picked = some.pick([slice(chunk, None, chunks) for chunk in range(chunks)])
        return network.statistics(weights, (_like(weights, images) for images in picked))


def score(network: Network, weights: Weights, statistics: Statistics, split: Split, smoothing: float = 0.0) -> Score:
    """Score a cohort on a split; the loss with label smoothing."""
    frozen, size = Frozen(statistics), network.layout.chunk
    chunks = [slice(i, i + size) for i in range(0, len(split), size)]
    with torch.no_grad():
        logits = torch.cat([network.logits(weights, _like(weights, images), frozen) for images in split.pick(chunks)], dim=2)
        return Score(losses(logits, split.labels.expand(len(logits), -1), smoothing), accuracies(logits, split.labels))


def losses(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of each replicate, from logits (replicate, class, image) and labels (replicate, image).

    ``smoothing`` is the share of the target that all classes have in equal parts (Szegedy et al. 2016).
    """
    return functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing).mean(dim=1)


def accuracies(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of images whose largest logit is the label's, from labels (image,) or (replicate, image)."""
    return (logits.argmax(dim=1) == labels).to(torch.float64).mean(dim=1)


def _like(weights: Weights, images: Tensor) -> Tensor:
    """The images (1, image, …) in the precision of the weights: all replicates see the same."""
    return images.to(next(iter(weights.values())).dtype).unsqueeze(0)
