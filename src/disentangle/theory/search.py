"""The search for a mask as the family `weight_free` does it, on a problem of a few edges and from many starts at once."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from disentangle.families.weight_free import WeightFree
from disentangle.theory.estimators import estimate
from disentangle.theory.problem import Problem
from disentangle.training.optimiser import Optimiser, learning_rate

STEPS = 400


def search(problem: Problem, estimators: Sequence[str], starts: int, generator: Generator) -> dict[str, Tensor]:
    """Masks (start, edge), bool, that the last step of each estimator leaves; all have the same starts.

    Start, hardness, clipping, optimiser and schedule are the defaults of the family, whose steps here see every example.
    The estimators go side by side, since so few numbers cost less than the calls that move them.
    """
    family = WeightFree()
    latent = family.spread * torch.randn(starts, problem.edges, generator=generator, dtype=torch.float64)
    latent = latent.repeat(len(estimators), 1, 1)
    optimiser = Optimiser(family.learning, {"latent": latent})
    for step in range(STEPS):
        hardness = family.hardness_at(step / STEPS)
        tracked = latent.clone().requires_grad_()
        ways = zip(estimators, tracked, strict=True)
        weights = torch.cat([estimate(estimator, own, hardness, generator) for estimator, own in ways])
        gradients = torch.autograd.grad(problem.loss(weights).sum(), tracked)
        optimiser.step(gradients, learning_rate(family.learning, step, STEPS))
        latent.clamp_(-family.clip, family.clip)
    return dict(zip(estimators, latent > 0, strict=True))
