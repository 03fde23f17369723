"""How many bits a network takes to store: its wiring, and the weights of its edges."""

from __future__ import annotations

from math import log

from disentangle.late import np, pd, scipy
from disentangle.statistics import KEY

FLOAT = 32  # bits of a weight that has a value of its own


def wiring_bits(masks: pd.DataFrame) -> pd.Series[float]:
    """Bits of every network's wiring, by `KEY` and replicate: the sum over its layers of log2 C(places, edges).

    An enumerative code (Cover 1973), given how many edges each layer keeps: the number of the mask among all masks with
    as many edges. It is 0 for a full or an empty layer; the few bits of the counts themselves are left out. NaN for a wiring
    without a table of places, whose ``possible`` is empty.

    ``masks`` has a row a cell, replicate and layer: `KEY`, replicate, possible, edges.
    """
    possible, edges = masks["possible"].astype(float), masks["edges"].astype(float)
    nats = scipy.special.gammaln(possible + 1) - scipy.special.gammaln(edges + 1) - scipy.special.gammaln(possible - edges + 1)
    return _by_network(nats / log(2), masks)


def weight_bits(masks: pd.DataFrame) -> pd.Series[float]:
    """Bits of every network's weights, given its wiring, by `KEY` and replicate: the sum over its layers.

    The cheaper of two codes of a layer (ours): 32 bits an edge, or a list of the values that occur, 32 bits each, and log2 of
    their number an edge. So it is 32 a layer where all edges have one weight. Random weights that a seed can bring back are
    counted as if they had to be stored. NaN where an archive is older than the column ``weight_values``.

    ``masks`` has a row a cell, replicate and layer: `KEY`, replicate, possible, edges, weight_values.
    """
    if "weight_values" not in masks:
        return wiring_bits(masks) * np.nan
    edges = masks["edges"].astype(float)
    values = (masks["weight_values"] - (masks["edges"] < masks["possible"])).clip(lower=1)  # without the 0 of missing edges
    bits = np.where(edges > 0, np.minimum(FLOAT * edges, FLOAT * values + edges * np.log2(values)), 0.0)
    return _by_network(pd.Series(bits, masks.index), masks)


def _by_network(bits: pd.Series[float], masks: pd.DataFrame) -> pd.Series[float]:
    return bits.groupby([masks[name] for name in (*KEY, "replicate")], sort=False).sum(min_count=1)
