"""Four ways to take a gradient with respect to latent variables, each as the weights that a forward pass uses.

docs/theory.md, sections 1 and 8. `approximate` is the project's own kernel; `soft` is the relaxation, so its gradient is exact.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from disentangle.families.gates import hard_gate
from disentangle.theory.problem import Problem

Estimator = Callable[[Tensor, float, Generator | None], Tensor]


def approximate(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward 1[w > 0], backward the slope of the sigmoid gate (our reconstruction of Colombo & Gao 2020)."""
    return hard_gate(latent, hardness)


def soft(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """The sigmoid gate, forward and backward."""
    return torch.sigmoid(hardness * latent)


def identity(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward 1[w > 0], backward 1 (the straight-through rule of BinaryConnect, Courbariaux et al. 2015)."""
    return (latent > 0).to(latent.dtype) + (latent - latent.detach())


def stochastic(latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Forward a Bernoulli draw with the sigmoid gate as its mean, backward that gate's slope (after Zhou et al. 2019)."""
    mean = soft(latent, hardness)
    drawn = torch.rand(latent.shape, generator=generator, dtype=latent.dtype) < mean.detach()
    return drawn.to(latent.dtype) + (mean - mean.detach())


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
