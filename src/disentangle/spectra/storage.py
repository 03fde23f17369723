"""Spectra and their distances as they lie on disk: by halves, where the other half follows.

A bipartite graph's spectrum is symmetric about 1, and a matrix of distances about its diagonal, which is zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Spectra = dict[str, NDArray[np.float64]]


SYMMETRIC = 1e-12  # the largest difference between an eigenvalue and the mirror of its counterpart that is rounding


def save_spectra(path: Path, spectra: Mapping[str, NDArray[np.float64]]) -> None:
    """Write spectra (…, node), each ascending, then NaN for isolated nodes, then inf for nodes that only larger graphs have.

    Of those that are symmetric about 1, ``<name>`` (…, pair) holds the eigenvalues below 1, ``<name>.nodes`` (…) counts the
    nodes that have an edge and ``<name>.isolated`` (…) the others. Where one is not, ``<name>.whole`` (…, node) holds all.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, values in spectra.items():
        if not all(_symmetric(values[place]) for place in np.ndindex(values.shape[:-1])):
            arrays[f"{name}.whole"] = values
            continue
        below = values < 1
        half = values[..., : below.sum(axis=-1).max(initial=0)]
        arrays[name] = np.where(half < 1, half, np.nan)
        arrays[f"{name}.nodes"] = np.isfinite(values).sum(axis=-1).astype(np.int32)
        arrays[f"{name}.isolated"] = np.isnan(values).sum(axis=-1).astype(np.int32)
    save_arrays(path, arrays)


def load_spectra(path: Path) -> Spectra:
    """Read what `save_spectra` wrote, whole again: an eigenvalue e below 1 has its mirror 2 - e, all others are 1.

    Raises InputError when the file is missing or truncated.
    """
    arrays, _ = load_arrays(path)
    halves = [name for name in arrays if f"{name}.nodes" in arrays]
    spectra = {name: _whole(arrays[name], arrays[f"{name}.nodes"], arrays[f"{name}.isolated"]) for name in halves}
    return spectra | {name.removesuffix(".whole"): array for name, array in arrays.items() if name.endswith(".whole")}


def save_distances(path: Path, matrices: Mapping[str, NDArray[np.float64]], floor: NDArray[np.float64]) -> None:
    """Write each of the distance matrices (network, network) as its upper triangle (pair,), and ``floor`` (network,).

    The pairs go row by row: (0, 1), (0, 2), …, (1, 2), … Raises ValueError for a matrix that is not symmetric or whose
    diagonal is not zero.
    """
    from scipy.spatial.distance import squareform

    save_arrays(path, {name: squareform(matrix, checks=True) for name, matrix in matrices.items()} | {"floor": floor})


def load_distances(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read what `save_distances` wrote, the matrices whole again.

    Raises InputError when the file is missing or truncated.
    """
    from scipy.spatial.distance import squareform

    arrays, _ = load_arrays(path)
    return {name: array if name == "floor" else squareform(array) for name, array in arrays.items()}


def _symmetric(spectrum: NDArray[np.float64]) -> bool:
    """Whether the eigenvalues are symmetric about 1, and no more than half of them below it, as rounding may leave them."""
    values = spectrum[np.isfinite(spectrum)]
    apart = np.abs(values + values[::-1] - 2).max(initial=0)
    return bool(apart <= SYMMETRIC and 2 * (values < 1).sum() <= len(values))


def _whole(halves: NDArray[np.float64], nodes: NDArray[np.int32], isolated: NDArray[np.int32]) -> NDArray[np.float64]:
    total = int((nodes + isolated).max(initial=0))
    spectra = np.full((*nodes.shape, total), np.nan)
    for place in np.ndindex(nodes.shape):
        below = halves[place][~np.isnan(halves[place])]
        ones = np.ones(nodes[place] - 2 * len(below))
        spectra[place][: nodes[place]] = np.concatenate([below, ones, 2 - below[::-1]])
        spectra[place][nodes[place] + isolated[place] :] = np.inf
    return spectra
