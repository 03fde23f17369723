"""The gradient of a problem with respect to latent variables, as each estimator of `weight_free` has it.

docs/theory.md, sections 1 and 8; of ``soft``, the relaxation, the gradient is exact.
"""

from typing import get_args

import torch
from torch import Generator, Tensor

from disentangle.families import gates
from disentangle.families.weight_free import Estimator
from disentangle.theory.problem import Problem

ESTIMATORS: tuple[str, ...] = get_args(Estimator)


def estimate(estimator: str, latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Weights (row, edge) of a forward pass, with the estimator's gradient in the latents; all rows draw from one generator."""
    generators = [] if generator is None else [generator]
    return gates.estimate(estimator, gates.hard(latent)[None], latent[None], hardness, generators)[0]


def gradient(problem: Problem, estimator: str, latent: Tensor, hardness: float, generator: Generator | None = None) -> Tensor:
    """Gradient (row, edge) of the loss of each row of latents (row, edge), as the estimator has it."""
    latent = latent.detach().requires_grad_()
    (found,) = torch.autograd.grad(problem.loss(estimate(estimator, latent, hardness, generator)).sum(), latent)
    return found
