"""Tiny {0, 1} networks of tanh units, which learn the outputs of one of their own kind: small enough to try every mask."""

from dataclasses import dataclass

import torch
from torch import Tensor

ROWS = 64
NOISE = 0.1  # of the targets, in their own standard deviations


@dataclass(frozen=True)
class TinyNetwork:
    """Mean squared error, in variances of the target, of y = sum_k s_k o_k tanh(sqrt(2 / inputs) sum_j v_kj x_j).

    The first edges are v (unit, input), then, where ``learned``, o (unit,); else every o is 1. ``signs`` s (unit,): the second
    unit inhibits, as no edge of weight 0 or 1 can.
    """

    inputs: Tensor
    targets: Tensor
    signs: Tensor
    learned: bool

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.signs) * (self.inputs.shape[1] + self.learned)

    def outputs(self, weights: Tensor) -> Tensor:
        """Outputs (row, example) of the networks with these weights (row, edge)."""
        units, channels = len(self.signs), self.inputs.shape[1]
        into, out = weights[:, : units * channels], weights[:, units * channels :]
        sums = into.reshape(-1, units, channels) @ self.inputs.T
        hidden = torch.tanh((2 / channels) ** 0.5 * sums) * self.signs[:, None]
        return (hidden * out[:, :, None] if self.learned else hidden).sum(1)

    def loss(self, weights: Tensor) -> Tensor:
        """Error of each row of weights (row, edge)."""
        return (self.outputs(weights) - self.targets).square().mean(1) / self.targets.var(correction=0)


def draw_network(inputs: int, units: int, learned: bool, generator: torch.Generator) -> TinyNetwork:
    """Normal inputs, and the noisy outputs of a mask that is drawn until its units differ, read an input and are read."""
    examples = torch.randn(ROWS, inputs, generator=generator, dtype=torch.float64)
    signs = 1.0 - 2 * (torch.arange(units) % 2).to(torch.float64)
    network = TinyNetwork(examples, torch.zeros(ROWS, dtype=torch.float64), signs, learned)
    teacher = torch.zeros(1, network.edges, dtype=torch.float64)
    while not _all_used(teacher[0, : units * inputs].view(units, inputs)):
        teacher = (torch.rand(1, network.edges, generator=generator) < 0.5).to(torch.float64)
    teacher[:, units * inputs :] = 1
    (clean,) = network.outputs(teacher)
    noise = torch.randn(ROWS, generator=generator, dtype=torch.float64)
    return TinyNetwork(examples, clean + NOISE * clean.std() * noise, signs, learned)


def _all_used(wiring: Tensor) -> bool:
    """Whether every unit of a wiring (unit, input) has an edge and no two have the same."""
    return bool(wiring.any(1).all()) and len(torch.unique(wiring, dim=0)) == len(wiring)
