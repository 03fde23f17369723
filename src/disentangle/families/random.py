"""He-normal weights under a random mask, never trained.

Source: Colombo & Gao 2020 compare with random networks (the abstract says no more); at density 1 it is the untrained network in
which Ramanujan et al. 2020 look for others. Only the normalisation statistics see the data.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, State, Streams, Tensors
from disentangle.families.kernels import initial


class Random(GradientFamily):
    """Exactly the density's share of edges in every layer, at random places, with random weights."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"untrained"})

    @property
    def edge_weights(self) -> Literal["own"]:
        """Every weight is drawn."""
        return "own"

    def start(self, frame: Frame, stream: Streams) -> State:
        """He-normal weights and a mask of exact counts."""
        weights = initial.each_layer("initial", frame.layers, initial.kaiming_normal, stream("init"))
        return State(frozen=weights | initial.random_masks(frame.layers, frame.kept, stream("mask")))

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The starting values under the mask."""
        masks = state.role("mask")
        return {name: w * masks[name] for name, w in state.role("initial").items()}

    def masks(self, frame: Frame, state: State) -> Tensors:
        """The random masks."""
        return state.role("mask")

    def rounds(self, frame: Frame) -> int:
        """Never trains."""
        return 0
