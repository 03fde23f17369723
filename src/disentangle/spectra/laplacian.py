"""Eigenvalues of the normalised Laplacian of layered graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def eigenvalues(blocks: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Eigenvalues (graph, node) of I - D^-1/2 A D^-1/2, ascending in [0, 2]; isolated nodes end it as NaN.

    ``blocks`` are the adjacency blocks, first layer to last, each (graph, unit, unit before), not negative.

    A layered graph is bipartite (even against odd layers), so with its biadjacency matrix B the eigenvalues are 1 - s
    and 1 + s for the singular values s of D_even^-1/2 B D_odd^-1/2, and 1 for every node by which one side exceeds the
    other (linear algebra of bipartite graphs; cf. Chung, Spectral Graph Theory, 1997, chapter 1). The singular values
    come from B itself and not from its smaller Gram matrix, which loses half the digits of those near 0.
    """
    matrix = _biadjacency(blocks)
    even, odd = matrix.sum(axis=2), matrix.sum(axis=1)
    matrix *= _inverse_root(even)[:, :, None]
    matrix *= _inverse_root(odd)[:, None, :]
    # An isolated node is a row or column of zeros: it only adds a singular value 0 at the end, which is left out below.
    singular = np.minimum(np.linalg.svdvals(matrix), 1.0)
    spectra = np.full((len(matrix), even.shape[1] + odd.shape[1]), np.nan)
    for spectrum, s, sides in zip(spectra, singular, _connected(even, odd), strict=True):
        pairs, surplus = s[: min(sides)], np.ones(abs(sides[0] - sides[1]))
        spectrum[: sum(sides)] = np.concatenate([1 - pairs, surplus, 1 + pairs[::-1]])
    return spectra


def _biadjacency(blocks: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Weights (graph, node of an even layer, node of an odd layer); the inputs are layer 0."""
    sizes = [blocks[0].shape[2], *(block.shape[1] for block in blocks)]
    starts = [sum(sizes[layer % 2 : layer : 2]) for layer in range(len(sizes))]
    places = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    matrix = np.zeros((len(blocks[0]), sum(sizes[0::2]), sum(sizes[1::2])))
    for layer, block in enumerate(blocks, start=1):
        if layer % 2:
            matrix[:, places[layer - 1], places[layer]] = block.swapaxes(1, 2)
        else:
            matrix[:, places[layer], places[layer - 1]] = block
    return matrix


def _inverse_root(degree: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / np.sqrt(np.where(degree > 0, degree, 1))


def _connected(*degrees: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Number of nodes with an edge on each side, a tuple a graph."""
    return list(zip(*((degree > 0).sum(axis=1).tolist() for degree in degrees), strict=True))
