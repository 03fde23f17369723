"""Gradient descent on latents with the step that the theorem allows, and what the theorem says of every step."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from disentangle.families import gates
from disentangle.theory import bounds
from disentangle.theory.estimators import gradient
from disentangle.theory.gate import Array, gap
from disentangle.theory.quadratic import Quadratic


@dataclass(frozen=True)
class Descent:
    """What was measured at every iterate that a step was taken from, (step, start) each, and where the run ended.

    ``step``: the step size; ``end``: the latents after the last step.
    ``squares``: squared exact gradient; ``biases``: squared bias of the one that was taken; ``allowed``: what the gaps of the
    gates allow for it (statement 3a); ``relaxed``, ``rounded``: loss of the gates and of the hard weights; ``rounding``: bound
    of their difference.
    """

    step: float
    end: Tensor
    squares: Array
    biases: Array
    allowed: Array
    relaxed: Array
    rounded: Array
    rounding: Array

    def smallest(self) -> Array:
        """Least squared gradient of the first T steps, T = 1, 2, … (step, start)."""
        least: Array = np.minimum.accumulate(self.squares)
        return least

    def mean(self) -> Array:
        """Mean squared gradient of the first T steps."""
        return _running_mean(self.squares)

    def bound(self, biases: Array) -> Array:
        """What theorem 6a allows for that mean, from the squared biases of the steps; the objective is at least 0."""
        steps = np.arange(1, len(biases) + 1)[:, None]
        allowed: Array = bounds.stationarity(self.relaxed[0], self.step, steps, _running_mean(biases))
        return allowed


def descend(quadratic: Quadratic, estimator: str, latent: Tensor, hardness: float, steps: int) -> Descent:
    """Descend from every start (start, edge) at one hardness, with the constant step 1 / (smoothness constant)."""
    step = 1 / bounds.smoothness(quadratic.lipschitz, quadratic.largest, hardness)
    logged, biased = [], estimator != "soft"
    for _ in range(steps):
        exact = gradient(quadratic, "soft", latent, hardness)
        taken = gradient(quadratic, estimator, latent, hardness) if biased else exact
        gaps = gap(latent.numpy(), hardness)
        logged.append(
            (
                exact.square().sum(1).numpy(),
                (taken - exact).square().sum(1).numpy(),
                biased * bounds.bias_worst_case(quadratic.lipschitz, gaps, hardness) ** 2,
                quadratic.loss(gates.soft(latent, hardness)).numpy(),
                quadratic.loss(gates.hard(latent)).numpy(),
                bounds.rounding(quadratic.largest, gaps),
            )
        )
        latent = latent - step * taken
    measured = [np.stack(values) for values in zip(*logged, strict=True)]
    return Descent(step, latent, *measured)


def _running_mean(values: Array) -> Array:
    mean: Array = values.cumsum(0) / np.arange(1, len(values) + 1)[:, None]
    return mean
