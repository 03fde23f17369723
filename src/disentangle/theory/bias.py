"""The bias of the approximate gradient against the hardness of the gate, on a random quadratic, beside its bounds."""

from math import pi, sqrt
from typing import Any

import numpy as np
import torch

from disentangle.families import gates
from disentangle.streams import torch_generator
from disentangle.theory import bounds
from disentangle.theory.estimators import gradient
from disentangle.theory.gate import Array, gap, slope
from disentangle.theory.quadratic import Quadratic, draw_quadratic

EDGES, ROWS, DRAWS = 1000, 250, 50
HARDNESS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
DENSITY = 1 / sqrt(2 * pi)  # the largest of the standard normal latents


def bias_rows(seed: int) -> list[dict[str, Any]]:
    """A row a hardness: measured bias and cosine over draws of the latents, and what the statements allow.

    The same latents at every hardness. docs/files.md says what the columns are.
    """
    generator = torch_generator(seed, "theory", 0)
    quadratic = draw_quadratic(EDGES, ROWS, generator)
    latent = torch.randn(DRAWS, EDGES, generator=generator, dtype=torch.float64)
    return [_row(quadratic, latent, hardness) for hardness in HARDNESS]


def _row(quadratic: Quadratic, latent: torch.Tensor, hardness: float) -> dict[str, Any]:
    exact = gradient(quadratic, "soft", latent, hardness).numpy()
    taken = gradient(quadratic, "hard_forward", latent, hardness).numpy()
    gaps, slopes = gap(latent.numpy(), hardness), slope(latent.numpy(), hardness)
    at_hard = (gates.hard(latent) - quadratic.centre).numpy() @ quadratic.matrix
    curvature = np.abs(quadratic.matrix)
    cosines = (exact * taken).sum(1) / (_norm(exact) * _norm(taken))
    return {
        "hardness": hardness,
        "draws": DRAWS,
        "edges": EDGES,
        "gradient": _mean(_norm(exact)),
        "bias": _mean(_norm(taken - exact)),
        "relative_bias": _mean(_norm(taken - exact)) / _mean(_norm(exact)),
        "cosine": float(cosines.mean()),
        "lowest_cosine": float(cosines.min()),
        "independent": bounds.bias_expected_independent(quadratic.matrix, DENSITY, hardness),
        "expected": bounds.bias_expected(quadratic.lipschitz, EDGES, DENSITY, hardness),
        "worst_case": _mean(bounds.bias_worst_case(quadratic.lipschitz, gaps, hardness)),
        "by_coordinate": _mean(_norm(bounds.bias_by_coordinate(curvature, gaps, slopes))),
        "limit": bounds.relative_bias_limit(quadratic.matrix.diagonal(), at_hard),
    }


def _norm(rows: Array) -> Array:
    norms: Array = np.linalg.norm(rows, axis=1)
    return norms


def _mean(values: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))
