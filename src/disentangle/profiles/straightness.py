"""How straight a profile is against Gaussian order statistics, and how straight the profiles of random samples are.

Source: the probability plot and its correlation (Filliben 1975), with the objection to Qiu & Suda 2020 as its null.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from disentangle.profiles.treatments import gaussian_scores
from disentangle.profiles.units import Array
from disentangle.streams import numpy_generator

# Numbers drawn at a time; it changes no result.
BATCH = 2**21
KINDS = ("gaussian", "uniform")


def straightness(values: Array) -> Array:
    """Squared correlation R² (…) of ascending values (…, place) with Gaussian order statistics; 0 where all are equal.

    Neither the mean nor the deviation of the values matters.
    """
    scores = gaussian_scores(np.array(values.shape[-1]), values.shape[-1])
    centred = values - values.mean(-1, keepdims=True)
    scale = np.square(centred).sum(-1) * np.square(scores).sum()
    found: Array = np.divide(np.square(centred @ scores), scale, out=np.zeros_like(scale), where=scale > 0)
    return found


@cache
def chance(kind: str, edges: int, samples: int) -> Array:
    """R² (sample,), ascending, of so many independent samples of a Gaussian or of a uniform distribution."""
    generator = numpy_generator(0, "null", edges, KINDS.index(kind))
    draw = generator.standard_normal if kind == "gaussian" else generator.random
    batch = max(1, BATCH // edges)
    found = [straightness(np.sort(draw((min(batch, samples - i), edges)))) for i in range(0, samples, batch)]
    return np.sort(np.concatenate(found))


def by_count(values: Array, counts: NDArray[np.intp]) -> Array:
    """R² (unit,) of units (unit, place) that have so many edges each, which stand first."""
    found = np.empty(len(values))
    for edges in np.unique(counts):
        found[counts == edges] = straightness(values[counts == edges, :edges])
    return found


def p_values(found: Array, counts: NDArray[np.intp], samples: int) -> Array:
    """P-value (unit,) of each unit's R² under a Gaussian of any mean and deviation.

    It is (r + 1) / (R + 1), where r of R samples are as straight or less: a parametric bootstrap, which is exact here, since R²
    depends on neither.
    """
    p = np.empty(len(found))
    for edges in np.unique(counts):
        null = chance("gaussian", int(edges), samples)
        p[counts == edges] = (np.searchsorted(null, found[counts == edges], side="right") + 1) / (samples + 1)
    return p


def chance_spread(kind: str, counts: NDArray[np.intp], samples: int) -> tuple[float, float, float]:
    """Mean, 2.5% and 97.5% of R² for one unit of these counts, drawn at random."""
    null = np.concatenate([chance(kind, int(edges), samples) for edges in counts])
    low, high = np.quantile(null, [0.025, 0.975])
    return float(null.mean()), float(low), float(high)
