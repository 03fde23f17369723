"""How the weights of a wiring are spread, layer by layer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.masks.wiring import Wiring


@cache
def edges() -> NDArray[np.float64]:
    """Edges of bins of weights in units of their layer's root mean square; 0, 1 and -1 lie inside a bin, not on an edge."""
    return np.linspace(-4, 4, 82)


def histograms(wiring: Wiring) -> dict[str, NDArray[np.int64]]:
    """Arrays of histograms.safetensors: ``<layer>.counts`` (replicate, bin) and ``<layer>.zeros`` (replicate,).

    ``counts`` are non-zero weights in the bins between `edges`, in units of their root mean square in the layer and
    replicate; what lies outside is counted in the outermost bins. ``zeros`` are the other places.
    """
    arrays = {}
    for layer, weights in wiring.weights.items():
        arrays[f"{layer}.counts"] = np.stack([_counts(weight[weight != 0].astype(np.float64)) for weight in weights])
        arrays[f"{layer}.zeros"] = weights[0].size - arrays[f"{layer}.counts"].sum(axis=1)
    return arrays


def _counts(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    unit = np.sqrt(np.square(weights).mean()) if len(weights) else 1.0
    counts: NDArray[np.int64] = np.histogram((weights / unit).clip(edges()[0], edges()[-1]), edges())[0]
    return counts
