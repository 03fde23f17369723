"""The null of the spectral comparison: the same weights at random places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.late import np
from disentangle.streams import numpy_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray


def places(blocks: Sequence[NDArray[np.float64]], seed: int, draw: int) -> list[NDArray[np.float64]]:
    """One random wiring for the adjacency blocks (unit, unit before) of one network, in the same shapes.

    Each layer's magnitudes, zeros among them, are dealt anew over all its places (our reconstruction). So the null has the
    layer's density, effective density and distribution of weights, which alone set real-valued and {0, 1} spectra apart,
    and nothing of what was learned about places. A 0/1 graph at the effective density would do for wide layers only: where
    units have some ten edges, Gaussian weights stand two to five noise floors away from it.
    """
    generator = numpy_generator(seed, "null", draw)
    return [generator.permutation(block.ravel()).reshape(block.shape) for block in blocks]
