"""The null of the spectral comparison: random 0/1 wirings at each layer's effective density."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from disentangle.masks.summary import effective_density
from disentangle.streams import numpy_generator


def draw_null(blocks: Sequence[NDArray[np.float64]], seed: int, draw: int) -> list[NDArray[np.bool_]]:
    """One random wiring for the adjacency blocks (unit, unit before) of one network, in the same shapes.

    A layer of N places gets round(p_eff N) edges at uniformly random places, p_eff being the effective density of its
    block (our reconstruction: for i.i.d. weights and units of many edges, say 30, this graph has the same bulk of
    eigenvalues). Networks of one seed whose layers get equal numbers of edges share their draws.
    """
    generator = numpy_generator(seed, "null", draw)
    wirings = []
    for block in blocks:
        edges = np.zeros(block.size, dtype=np.bool_)
        count = round(effective_density(block) * block.size)
        edges[generator.choice(block.size, count, replace=False, shuffle=False)] = True
        wirings.append(edges.reshape(block.shape))
    return wirings
