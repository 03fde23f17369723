"""The search for a mask as the family `weight_free` does it, on a problem of a few edges and from many starts at once."""

import torch
from torch import Generator, Tensor

from disentangle.families.weight_free import WeightFree
from disentangle.theory.estimators import Estimator, gradient
from disentangle.theory.problem import Problem
from disentangle.training.optimiser import Optimiser, learning_rate

STEPS = 400


def search(problem: Problem, estimator: Estimator, starts: int, generator: Generator) -> Tensor:
    """Masks (start, edge), bool, that the last step leaves.

    Start, hardness, clipping, optimiser and schedule are the defaults of the family, whose steps here see every example.
    """
    family = WeightFree()
    first, last = family.hardness
    latent = family.spread * torch.randn(starts, problem.edges, generator=generator, dtype=torch.float64)
    optimiser = Optimiser(family.learning, {"latent": latent})
    for step in range(STEPS):
        hardness = first * (last / first) ** (step / STEPS)
        found = gradient(problem, estimator, latent, hardness, generator)
        optimiser.step([found], learning_rate(family.learning, step, STEPS))
        latent.clamp_(-family.clip, family.clip)
    return latent > 0
