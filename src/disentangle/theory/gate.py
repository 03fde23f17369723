"""The sigmoid gate v = S(hardness · w), S the logistic function, and its constants in closed form.

Everything takes and gives plain arrays. Source: elementary calculus, our reconstruction; docs/theory.md, section 2.
"""

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]

SLOPE = 1 / 4  # largest |S'|
CURVATURE = 1 / (6 * sqrt(3))  # largest |S''|, where S = (1 ± 1/√3) / 2

# Integrals over all of u = hardness · w, with the gap S(-|u|) and the slope S'(u).
SQUARED_GAP = 2 * log(2) - 1  # of gap²
SQUARED_SLOPE = 1 / 6  # of slope²
SQUARED_SELF = 3 / 160  # of (gap · slope)²


def gate(latent: Array, hardness: float) -> Array:
    """The relaxed weights, in (0, 1)."""
    opened: Array = expit(hardness * latent)
    return opened


def slope(latent: Array, hardness: float) -> Array:
    """dv/dw, at most hardness · `SLOPE`."""
    closed = gap(latent, hardness)  # the slope is symmetric, and 1 - S(u) keeps its digits where S(u) is small
    return hardness * closed * (1 - closed)


def gap(latent: Array, hardness: float) -> Array:
    """|H(w) - v| = S(-hardness |w|): how far the relaxed weight is from the hard one, in [0, 1/2]."""
    distance: Array = expit(-hardness * np.abs(latent))
    return distance
