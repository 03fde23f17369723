"""How many edges the masks of two replicates share, and how many they would share by chance."""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from disentangle.masks.wiring import Wiring

COLUMNS = ("first", "second", "layer", "possible", "kept_first", "kept_second", "shared", "chance", "chance_by_degrees")
# Of the log odds of a unit or of an input, so that one with every edge, or none, has finite ones.
LARGEST = 30.0


def overlaps(wiring: Wiring) -> list[dict[str, Any]]:
    """Rows of overlap.csv, layer by layer and pair of replicates by pair; none of a single replicate.

    ``shared`` counts the places where both masks have an edge. ``chance`` is its mean over independent masks with as many
    edges at random places, kept_first · kept_second / possible. ``chance_by_degrees`` is its mean over independent masks that
    also have the in- and out-degrees of the two (`edge_probabilities`): edges shared beyond that number are not explained by
    inputs or units that both masks favour or leave out.
    """
    rows = []
    for layer, masks in wiring.masks.items():
        kept = [int(mask.sum()) for mask in masks]
        likely = [edge_probabilities(mask.reshape(len(mask), -1)) for mask in masks] if len(masks) > 1 else []
        rows += [
            {
                "first": a,
                "second": b,
                "layer": layer,
                "possible": masks[a].size,
                "kept_first": kept[a],
                "kept_second": kept[b],
                "shared": int((masks[a] & masks[b]).sum()),
                "chance": kept[a] * kept[b] / masks[a].size,
                "chance_by_degrees": float(np.vdot(likely[a], likely[b])),
            }
            for a, b in combinations(range(len(masks)), 2)
        ]
    return rows


def edge_probabilities(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probability (out, in) of each edge in a random mask with the degrees of ``mask`` (out, in).

    Edges are independent with log odds a_i + b_j, so that every degree is right on average: of all such ensembles the one
    of largest entropy (Squartini & Garlaschelli 2011, New J. Phys.; bipartite graphs: Saracco et al. 2015). It stands for
    masks drawn evenly among those with exactly these degrees, where r_i c_j / E would exceed 1 in dense layers. The log
    odds are those of largest likelihood, a convex problem; units of one degree share theirs.
    """
    (ins, row, rows), (outs, column, columns) = (
        np.unique(mask.sum(axis=axis), return_inverse=True, return_counts=True) for axis in (1, 0)
    )

    def negative_likelihood(odds: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, b = np.split(odds, [len(ins)])
        both = a[:, None] + b
        p = expit(both)
        value = rows @ np.logaddexp(0, both) @ columns - rows * ins @ a - columns * outs @ b
        slope = np.concatenate([rows * (p @ columns - ins), columns * (rows @ p - outs)])
        return value / mask.size, slope / mask.size

    degrees = np.concatenate([ins / mask.shape[1], outs / mask.shape[0]])
    start = np.log(np.maximum(degrees, 1e-9)) - np.log(np.maximum(1 - degrees, 1e-9))
    start[len(ins) :] -= np.log(max(mask.sum(), 1) / max((~mask).sum(), 1))
    found = minimize(
        negative_likelihood,
        start.clip(-LARGEST, LARGEST),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-LARGEST, LARGEST)] * len(start),
        options={"ftol": 1e-15, "gtol": 1e-9},
    ).x
    a, b = np.split(found, [len(ins)])
    probabilities: NDArray[np.float64] = expit(a[:, None] + b)[np.ix_(row, column)]
    return probabilities
