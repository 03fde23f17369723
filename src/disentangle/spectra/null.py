"""The null of the spectral comparison: the same weights at random places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.streams import numpy_generator

if TYPE_CHECKING:
    from disentangle.graphs.graph import Graph


def places(graph: Graph, seed: int, draw: int) -> Graph:
    """One random wiring of the same groups and blocks.

    The weights of each block (of a network of layers: of each layer), zeros among them, are dealt anew over all its places (our
    reconstruction); a fixed block stays, since nothing was chosen there. So the null has the block's density, effective
    density and distribution of weights, which alone set real-valued and {0, 1} spectra apart, and nothing of what was learned
    about places. A 0/1 graph at the effective density would do for wide layers only: where units have some ten edges, Gaussian
    weights stand two to five noise floors away from it.
    """
    generator = numpy_generator(seed, "null", draw)
    return graph.reweighted(lambda weights: generator.permutation(weights.ravel()).reshape(weights.shape))
