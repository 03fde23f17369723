"""Edge-popup: frozen random weights, one learned score an edge, the top share of every layer kept.

Source: Ramanujan et al. 2020 (arXiv 1911.13299), section 3, and the released code's score start and SGD settings. Scores are
compared in absolute value, and every layer keeps the same share, the first and the last too. ``scaled`` widens the weights by
1 / sqrt(density), as published; the released code divides by the dropped share instead.
"""

from __future__ import annotations

from math import sqrt
from typing import ClassVar, Literal

from pydantic import Field

from disentangle.families.base import Family, Frame, Learning, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share


class EdgePopup(Family):
    """Learns which edges of a random network to keep."""

    density: ClassVar[Literal["chosen"]] = "chosen"

    values: Literal["signed_constant", "kaiming_normal"] = Field("signed_constant", description="frozen weights")
    scaled: bool = Field(True, description="widen the frozen weights for the share that is dropped")
    learning: Learning = Learning(optimiser="sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-4, schedule="cosine")

    def start(self, frame: Frame, stream: Streams) -> State:
        """Frozen weights and the scores, all from the init stream."""
        generator = stream("init")
        weights = initial.each_layer("initial", frame.layers, getattr(initial, self.values), generator)
        scale = 1 / sqrt(frame.density) if self.scaled else 1.0
        return State(
            trained=initial.each_layer("score", frame.layers, initial.scores, generator),
            frozen={name: weight * scale for name, weight in weights.items()},
        )

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The frozen weights of the top share."""
        values = state.role("initial")
        return {
            layer: top_share.keep_top_share(score, values[layer], frame.kept[layer])
            for layer, score in state.role("score").items()
        }

    def masks(self, frame: Frame, state: State) -> Tensors:
        """The top share of |score|: exactly ``frame.kept`` edges in each layer."""
        return {layer: top_share.top_mask(score.abs(), frame.kept[layer]) for layer, score in state.role("score").items()}
