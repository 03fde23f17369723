"""The approximate gradient of a weight-free network beside the exact one, at any latent variables and hardness.

Source: our reconstruction; docs/theory.md, sections 3 and 4, says what is measured and which bound stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from disentangle.families import Frame, State
from disentangle.families.weight_free import UNDECIDED, WeightFree
from disentangle.networks import Network
from disentangle.networks.evaluation import losses
from disentangle.theory.gate import SLOPE

Gates = list[Tensor]

ITERATIONS = 8  # of the power method: each costs two backward passes
PLACES = (0.0, 0.5, 1.0)  # on the way from the soft to the hard gates, where the curvature is taken


@dataclass(frozen=True)
class Objective:
    """f: the loss (replicate,) of gates, a tensor (replicate, out, in, …) a layer, on one batch of images."""

    network: Network
    family: WeightFree
    frame: Frame
    inputs: Tensor
    labels: Tensor

    def loss(self, gates: Gates) -> Tensor:
        """Cross-entropy of each replicate, normalised over these images."""
        named = dict(zip((layer.name for layer in self.frame.layers), gates, strict=True))
        logits = self.network.training_logits(self.family.scaled(self.frame, named), self.inputs.unsqueeze(0))
        return losses(logits, self.labels.expand(len(logits), -1))

    def gradient(self, gates: Gates) -> Gates:
        """Gradient of each replicate's loss with respect to its gates."""
        free = [gate.detach().requires_grad_() for gate in gates]
        return list(torch.autograd.grad(self.loss(free).sum(), free))

    def curvature(self, gates: Gates) -> Tensor:
        """Largest |second derivative| (replicate,) of f in any direction, by the power method: a bound from below.

        Where an activation has a kink, it says nothing of what happens across it.
        """
        free = [gate.detach().requires_grad_() for gate in gates]
        slopes = torch.autograd.grad(self.loss(free).sum(), free, create_graph=True)
        generator = torch.Generator().manual_seed(0)
        direction = [torch.randn(gate.shape, generator=generator, dtype=gate.dtype).to(gate.device) for gate in gates]
        for _ in range(ITERATIONS):
            direction = _scaled(direction, 1 / _norm(direction).clamp_min(torch.finfo(gates[0].dtype).tiny))
            direction = list(torch.autograd.grad(slopes, free, direction, retain_graph=True))
        return _norm(direction)


def measure(objective: Objective, state: State, hardness: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of gradients.csv of each replicate at each hardness, from latent variables.

    The exact gradient is that of the relaxed loss, grad f(v) v'; the approximate one is grad f(H) v'. ``bound`` is
    ``curvature`` · hardness / 4 · ``gate_gap``, where the curvature is the largest of those at three places between v and H.
    """
    decided = objective.family.decided(objective.frame, state)
    latent = [latent.detach() for _, latent in decided.values()]
    hard = [gate.detach() for gate, _ in decided.values()]
    at_hard, hard_loss = objective.gradient(hard), objective.loss(hard)
    rows = []
    for sharpness in hardness:
        soft = [torch.sigmoid(sharpness * w) for w in latent]
        slope = [sharpness * v * (1 - v) for v in soft]
        exact = _times(objective.gradient(soft), slope)
        approximate = _times(at_hard, slope)
        gap = _norm(_less(hard, soft))
        between = ([v + place * (h - v) for v, h in zip(soft, hard, strict=True)] for place in PLACES)
        curvature = torch.stack([objective.curvature(gates) for gates in between]).amax(0)
        bias = _norm(_less(approximate, exact))
        columns = {
            "exact_norm": _norm(exact),
            "bias_norm": bias,
            "relative_bias": bias / _norm(exact),
            "cosine": _dot(exact, approximate) / (_norm(exact) * _norm(approximate)),
            "gate_gap": gap,
            "undecided": _mean([((v - 0.5).abs() < UNDECIDED).to(v.dtype) for v in soft]),
            "soft_loss": objective.loss(soft),
            "hard_loss": hard_loss,
            "curvature": curvature,
            "bound": curvature * SLOPE * sharpness * gap,
        }
        values = {name: column.detach().tolist() for name, column in columns.items()}
        rows += [
            {"replicate": replicate, "hardness": sharpness} | {name: column[replicate] for name, column in values.items()}
            for replicate in range(len(gap))
        ]
    return rows


def _each(operation: Callable[[Tensor, Tensor], Tensor], first: Gates, second: Gates) -> Gates:
    return [operation(a, b) for a, b in zip(first, second, strict=True)]


def _times(first: Gates, second: Gates) -> Gates:
    return _each(torch.mul, first, second)


def _less(first: Gates, second: Gates) -> Gates:
    return _each(torch.sub, first, second)


def _dot(first: Gates, second: Gates) -> Tensor:
    return torch.stack([product.flatten(1).sum(1) for product in _times(first, second)]).sum(0)


def _norm(gates: Gates) -> Tensor:
    return _dot(gates, gates).sqrt()


def _mean(gates: Gates) -> Tensor:
    return torch.cat([gate.flatten(1) for gate in gates], 1).mean(1)


def _scaled(gates: Gates, factor: Tensor) -> Gates:
    return [gate * factor.view(-1, *[1] * (gate.dim() - 1)) for gate in gates]
