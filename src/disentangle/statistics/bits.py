"""How many bits a wiring takes to store, weights apart."""

from math import log

import pandas as pd
from scipy.special import gammaln

from disentangle.statistics import KEY


def wiring_bits(masks: pd.DataFrame) -> "pd.Series[float]":
    """Bits of every network's wiring, by `KEY` and replicate: the sum over its layers of log2 C(places, edges).

    An enumerative code (Cover 1973), given how many edges each layer keeps: the number of the mask among all masks with
    as many edges. It is 0 for a full or an empty layer; the few bits of the counts themselves are left out.

    ``masks`` has a row a cell, replicate and layer: `KEY`, replicate, possible, edges.
    """
    possible, edges = masks["possible"].astype(float), masks["edges"].astype(float)
    nats = gammaln(possible + 1) - gammaln(edges + 1) - gammaln(possible - edges + 1)
    bits: pd.Series[float] = (nats / log(2)).groupby([masks[name] for name in (*KEY, "replicate")], sort=False).sum()
    return bits
