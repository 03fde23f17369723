"""How many bits a wiring takes to store, weights apart."""

from __future__ import annotations

from math import log

from disentangle.late import pd, scipy
from disentangle.statistics import KEY


def wiring_bits(masks: pd.DataFrame) -> pd.Series[float]:
    """Bits of every network's wiring, by `KEY` and replicate: the sum over its layers of log2 C(places, edges).

    An enumerative code (Cover 1973), given how many edges each layer keeps: the number of the mask among all masks with
    as many edges. It is 0 for a full or an empty layer; the few bits of the counts themselves are left out.

    ``masks`` has a row a cell, replicate and layer: `KEY`, replicate, possible, edges.
    """
    possible, edges = masks["possible"].astype(float), masks["edges"].astype(float)
    nats = scipy.special.gammaln(possible + 1) - scipy.special.gammaln(edges + 1) - scipy.special.gammaln(possible - edges + 1)
    bits: pd.Series[float] = (nats / log(2)).groupby([masks[name] for name in (*KEY, "replicate")], sort=False).sum()
    return bits
