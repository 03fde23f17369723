"""Every edge, every weight trained: what every other family is compared with.

Source: the baseline of all three papers. He-normal start (Ramanujan et al. 2020) and Adam at 1.2e-3 (their released config for
MNIST, and the lottery-ticket setting of Frankle & Carbin 2019). Deviations: the rate falls along a cosine, since the last epoch
is reported and not the best, where their configs with Adam keep it constant (those with SGD have the cosine); no biases
(theirs have none either, Frankle & Carbin's have).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, State, Streams, Tensors
from disentangle.families.kernels import initial
from disentangle.late import torch


class Dense(GradientFamily):
    """Every edge exists and every weight is trained."""

    density: ClassVar[Density] = "full"
    traits: ClassVar[frozenset[Trait]] = frozenset({"baseline"})

    values: Literal["kaiming_normal", "kaiming_uniform"] = Field("kaiming_normal", description="starting weights")
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @property
    def edge_weights(self) -> Literal["own"]:
        """Every weight is drawn."""
        return "own"

    def start(self, frame: Frame, stream: Streams) -> State:
        """He-normal or He-uniform weights."""
        return State(trained=initial.each_layer("weight", frame.layers, getattr(initial, self.values), stream("init")))

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The weights themselves."""
        return state.role("weight")

    def masks(self, frame: Frame, state: State) -> Tensors:
        """All ones."""
        return {name: torch.ones_like(w, dtype=torch.bool) for name, w in state.role("weight").items()}
