"""A random quadratic over the cube, whose constants are known exactly."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from disentangle.theory.gate import Array


@dataclass(frozen=True)
class Quadratic:
    """f(v) = |X (v - c)|² / 2 with X (row, edge) and c in (0, 1)^d, so that 0 is its minimum over the cube."""

    factor: Tensor
    centre: Tensor

    @property
    def edges(self) -> int:
        """Number of edges, d."""
        return len(self.centre)

    def loss(self, weights: Tensor) -> Tensor:
        """f of each row of weights (row, edge)."""
        return ((weights - self.centre) @ self.factor.T).square().sum(1) / 2

    @cached_property
    def matrix(self) -> Array:
        """A = X'X, the second derivatives (edge, edge)."""
        product: Array = (self.factor.T @ self.factor).numpy()
        return product

    @cached_property
    def lipschitz(self) -> float:
        """Lipschitz constant of the gradient: the largest eigenvalue of A."""
        return float(torch.linalg.matrix_norm(self.factor, 2)) ** 2

    @cached_property
    def largest(self) -> float:
        """Largest |entry| of the gradient A (v - c) over the cube; it is taken where every term of a row has one sign."""
        centre = self.centre.numpy()
        low, high = -self.matrix * centre, self.matrix * (1 - centre)
        return float(max(np.maximum(low, high).sum(1).max(), -np.minimum(low, high).sum(1).min()))


def draw_quadratic(edges: int, rows: int, generator: torch.Generator) -> Quadratic:
    """Normal X with columns of mean square length 1, and a uniform c."""
    factor = torch.randn(rows, edges, generator=generator, dtype=torch.float64) / rows**0.5
    return Quadratic(factor, torch.rand(edges, generator=generator, dtype=torch.float64))
