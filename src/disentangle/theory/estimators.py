"""Four ways to take a gradient with respect to latent variables, each as the weights that a forward pass uses.

docs/theory.md, sections 1 and 8. All are made of the project's own kernels; of `soft`, the relaxation, the gradient is exact.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from disentangle.families import gates
from disentangle.theory.problem import Problem

Estimator = Callable[[Tensor, float, Generator | None], Tensor]


def approximate(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward 1[w > 0], backward the slope of the sigmoid gate (our reconstruction of Colombo & Gao 2020)."""
    return gates.hard_forward(latent, hardness)


def soft(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """The sigmoid gate, forward and backward."""
    return gates.soft(latent, hardness)


def identity(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward 1[w > 0], backward 1 (the straight-through rule of BinaryConnect, Courbariaux et al. 2015)."""
    return gates.straight_through(gates.hard(latent), latent)


def stochastic(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward a Bernoulli draw with the sigmoid gate as its mean, backward that gate's slope (after Zhou et al. 2019)."""
    uniform = torch.rand(latent.shape, generator=generator, dtype=latent.dtype)
    return gates.approximate(gates.bernoulli(latent, hardness, uniform), latent, hardness)


ESTIMATORS: dict[str, Estimator] = {
    "approximate": approximate,
    "soft": soft,
    "identity": identity,
    "stochastic": stochastic,
}


def gradient(
    problem: Problem, estimator: Estimator, latent: Tensor, hardness: float, generator: Generator | None = None
) -> Tensor:
    """Gradient (row, edge) of the loss of each row of latents (row, edge), as the estimator has it."""
    latent = latent.detach().requires_grad_()
    (found,) = torch.autograd.grad(problem.loss(estimator(latent, hardness, generator)).sum(), latent)
    return found
