"""Right-hand sides of the statements of docs/theory.md, on plain numbers and arrays. Source: our reconstruction, proofs there.

``lipschitz`` is the Lipschitz constant of grad f on the cube [0, 1]^d and ``largest`` the largest entry of |grad f| there;
``gap`` and ``slope`` are those of `disentangle.theory.gate`, their last axis the edge. Norms are Euclidean.
"""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from disentangle.theory.gate import CURVATURE, SLOPE, SQUARED_GAP, SQUARED_SELF, SQUARED_SLOPE, Array


def bias_worst_case(lipschitz: ArrayLike, gap: Array, hardness: float) -> Any:
    """Norm of the bias of the approximate gradient, whatever f and w (statement 3a)."""
    return np.asarray(lipschitz) * SLOPE * hardness * np.linalg.norm(gap, axis=-1)


def bias_by_coordinate(curvature: Array, gap: Array, slope: Array) -> Array:
    """|bias| of each latent variable, from a bound (edge, edge) of |second derivatives| of f on the cube (statement 3b)."""
    bound: Array = (gap @ curvature) * slope
    return bound


def bias_expected(lipschitz: float, edges: int, density: float, hardness: float) -> float:
    """Root mean square of the bias for latents of any law whose marginal densities are at most ``density`` (statement 3c)."""
    return lipschitz * SLOPE * hardness * sqrt(edges * density * SQUARED_GAP / hardness)


def bias_expected_independent(curvature: Array, density: float, hardness: float) -> float:
    """The same for independent, symmetric latents and a quadratic f with this matrix (edge, edge) (statement 3d)."""
    squares = curvature**2
    alone = squares.trace()
    return sqrt((squares.sum() - alone) * density**2 * SQUARED_GAP * SQUARED_SLOPE + alone * density * hardness * SQUARED_SELF)


def relative_bias_limit(curvature: Array, gradient: Array) -> float:
    """What is left of |bias| / |gradient|, root mean squares, at infinite hardness: the self-coupling (statement 4).

    For a quadratic f and independent, symmetric latents with one density at 0. ``curvature`` (edge,): the diagonal of its
    matrix; ``gradient`` (draw, edge): grad f at hard weights of some draws.
    """
    alone = (curvature**2).sum()
    return sqrt(SQUARED_SELF * alone / (SQUARED_SLOPE * (gradient**2).sum(axis=-1).mean() - alone / 30))


def smoothness(lipschitz: float, largest: float, hardness: float) -> float:
    """Lipschitz constant of the gradient of the relaxed objective (statement 5)."""
    return (lipschitz * SLOPE**2 + largest * CURVATURE) * hardness**2


def rounding(largest: float, gap: Array) -> Any:
    """|f(H(w)) - f(v)| (statement 7)."""
    return largest * gap.sum(axis=-1)


def stationarity(
    descent: ArrayLike,
    step: float,
    steps: ArrayLike,
    bias: ArrayLike,
    share: float = 0.0,
    noise: float = 0.0,
    smooth: float = 0.0,
) -> Any:
    """Mean, and so least, squared gradient over the first ``steps`` steps of a biased descent (theorem 6a).

    The bias of a step must be determined by where it is taken. Where it is as large as the gradient at every step, the bound
    holds for any sequence of points and says nothing.

    ``descent``: objective at the start minus its lower bound; ``step`` at most 1 / (smoothness constant) without noise;
    ``bias``: squared norm of its absolute part, averaged over the steps; ``share``: squared relative part, below 1; ``noise``:
    variance of the noise, which needs the smoothness constant ``smooth``.
    """
    spent = 2 * np.asarray(descent) / (step * np.asarray(steps))
    return (spent + np.asarray(bias) + step * smooth * noise) / (1 - share)


def suboptimality(
    descent: ArrayLike,
    step: float,
    steps: ArrayLike,
    bias: float,
    strength: float,
    share: float = 0.0,
    noise: float = 0.0,
    smooth: float = 0.0,
) -> Any:
    """Objective minus its infimum after ``steps`` steps where the Polyak-Lojasiewicz inequality holds (theorem 6b).

    ``strength`` is its constant, |grad F|² >= 2 strength (F - F*); ``bias`` bounds that of every step; the others as above.
    """
    shrunk = (1 - step * strength * (1 - share)) ** np.asarray(steps) * np.asarray(descent)
    return shrunk + (bias + step * smooth * noise) / (2 * strength * (1 - share))


def identity_regret(latent: Array, step: float, flips: ArrayLike, largest: float, steps: ArrayLike) -> Any:
    """f(average mask) minus the minimum over the cube, for the identity estimator and convex f (statement 8).

    ``latent`` (…, edge): the start; ``flips``: how often an edge came or went in these steps.
    """
    return (np.abs(latent).sum(axis=-1) / step + largest * np.asarray(flips)) / np.asarray(steps)
