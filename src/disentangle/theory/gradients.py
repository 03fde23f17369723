"""The approximate gradient of weight-free networks beside the exact one, at any latent variables and hardness.

Source: our reconstruction; docs/theory.md, sections 3 and 4, says what is measured and which bound stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from disentangle.families import Frame, gates
from disentangle.families.abilities import Approximates
from disentangle.families.weight_free import UNDECIDED
from disentangle.networks import Network
from disentangle.networks.scoring import losses
from disentangle.theory import bounds
from disentangle.theory.estimators import gradient
from disentangle.theory.gate import gap

ITERATIONS = 8  # of the power method: each costs two backward passes
PLACES = (0.0, 0.5, 1.0)  # on the way from the soft to the hard gates, where the curvature is taken


@dataclass(frozen=True)
class CohortLoss:
    """The loss of a cohort on one batch of images, as a `Problem`: its rows are the replicates."""

    network: Network
    family: Approximates
    frame: Frame
    inputs: Tensor
    labels: Tensor

    @property
    def edges(self) -> int:
        """Places of all layers."""
        return sum(layer.edges for layer in self.frame.layers)

    def loss(self, weights: Tensor) -> Tensor:
        """Cross-entropy of each replicate, normalised over these images, from its gates (replicate, edge)."""
        parts = zip(self.frame.layers, torch.split(weights, [layer.edges for layer in self.frame.layers], dim=1), strict=True)
        scaled = self.family.scaled(self.frame, {layer.name: part.reshape(-1, *layer.shape) for layer, part in parts})
        logits = self.network.training_logits(scaled, self.inputs.unsqueeze(0))
        return losses(logits, self.labels.expand(len(logits), -1))

    def curvature(self, weights: Tensor) -> Tensor:
        """Largest |second derivative| (replicate,) in any direction, by the power method: a bound from below.

        Where an activation has a kink, it says nothing of what happens across it.
        """
        weights = weights.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self.loss(weights).sum(), weights, create_graph=True)
        generator = torch.Generator().manual_seed(0)
        direction = torch.randn(weights.shape, generator=generator, dtype=weights.dtype).to(weights.device)
        for _ in range(ITERATIONS):
            direction = torch.nn.functional.normalize(direction, eps=torch.finfo(weights.dtype).tiny)
            (direction,) = torch.autograd.grad(slopes, weights, direction, retain_graph=True)
        steepest: Tensor = torch.linalg.vector_norm(direction, dim=1)
        return steepest


def gradient_rows(cohort: CohortLoss, latent: Tensor, hardness: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of gradients.csv of each replicate at each hardness, from its latent variables (replicate, edge).

    ``curvature`` is the largest one found at three places between soft and hard gates, a lower estimate; ``bound`` is statement
    3a's expression with it, so of a real network the bias need not keep to it.
    """
    return [row for sharpness in hardness for row in _rows(cohort, latent, sharpness)]


def _rows(cohort: CohortLoss, latent: Tensor, hardness: float) -> list[dict[str, Any]]:
    exact, approximate = (gradient(cohort, estimator, latent, hardness) for estimator in ("soft", "hard_forward"))
    soft, hard = gates.soft(latent, hardness), gates.hard(latent)
    curvature = torch.stack([cohort.curvature(soft + place * (hard - soft)) for place in PLACES]).amax(0)
    gaps = gap(latent.cpu().double().numpy(), hardness)
    bias = (approximate - exact).norm(dim=1)
    with torch.no_grad():
        columns = {
            "exact_norm": exact.norm(dim=1),
            "bias_norm": bias,
            "relative_bias": bias / exact.norm(dim=1),
            "cosine": torch.cosine_similarity(exact, approximate, eps=torch.finfo(exact.dtype).tiny),
            "gate_gap": (hard - soft).norm(dim=1),
            "undecided": ((soft - 0.5).abs() < UNDECIDED).double().mean(1),
            "soft_loss": cohort.loss(soft),
            "hard_loss": cohort.loss(hard),
            "curvature": curvature,
            "bound": bounds.bias_worst_case(curvature.cpu().numpy(), gaps, hardness),
        }
    values = {name: column.tolist() for name, column in columns.items()}
    return [
        {"replicate": replicate, "hardness": hardness} | {name: column[replicate] for name, column in values.items()}
        for replicate in range(len(latent))
    ]
