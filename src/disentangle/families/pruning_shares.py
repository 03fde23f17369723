"""How many edges each layer keeps when a network is pruned layer by layer.

Source: released settings of Frankle & Carbin 2019 (lottery-ticket hypothesis). A round keeps 0.8 of each layer's surviving
edges and 0.9 of the output layer's; of a convolution 0.9 in networks of up to four of them (their Conv-2 and Conv-4), 0.85 in
deeper ones (their Conv-6). Any density lies so many rounds, whole or not, along this way.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from disentangle.families.given import Frame

if TYPE_CHECKING:
    from disentangle.networks import Layer

KEPT_A_ROUND, KEPT_A_ROUND_OUTPUT = 0.8, 0.9
KEPT_A_ROUND_CONVOLUTION, KEPT_A_ROUND_DEEP, DEEP = 0.9, 0.85, 5


def kept_after(frame: Frame, share: float) -> dict[str, int]:
    """Edges each layer keeps after that share of the rounds to the density of ``frame``, in [0, 1].

    A layer keeps base^(share · rounds) of its edges, base 0.8 to 0.9, at least one. At 1 they add up to ceil(density · edges)
    exactly: the largest layer takes what rounding leaves over.
    """
    exponent = share * published_rounds(frame)
    kept = {layer.name: max(1, round(base**exponent * layer.edges)) for layer, base in _bases(frame)}
    if share == 1:
        largest = max(frame.layers, key=lambda layer: layer.edges).name
        kept[largest] += ceil(frame.density * sum(layer.edges for layer in frame.layers)) - sum(kept.values())
    return kept


@lru_cache(maxsize=1024)
def published_rounds(frame: Frame) -> float:
    """How many rounds of the published schedule it takes to reach the density over all layers together."""
    from scipy.optimize import brentq

    edges = sum(layer.edges for layer in frame.layers)

    def surplus(rounds: float) -> float:
        left: float = sum(base**rounds * layer.edges for layer, base in _bases(frame))
        return left - frame.density * edges

    rounds: float = brentq(surplus, 0.0, 1000.0)
    return rounds


def _bases(frame: Frame) -> list[tuple[Layer, float]]:
    deep = sum(layer.convolutional for layer in frame.layers) >= DEEP
    convolution = KEPT_A_ROUND_DEEP if deep else KEPT_A_ROUND_CONVOLUTION
    hidden = [(layer, convolution if layer.convolutional else KEPT_A_ROUND) for layer in frame.layers[:-1]]
    return [*hidden, (frame.layers[-1], KEPT_A_ROUND_OUTPUT)]
