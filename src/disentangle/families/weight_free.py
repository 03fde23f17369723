"""Weight-free networks: every weight is 0 or 1, times one constant per layer that depends only on the layer's fan-in.

Source: Colombo & Gao 2020 (arXiv 2009.05346) propose {0, 1} networks found by an approximate gradient descent; only their
abstract is at hand, so the latent variables, the sigmoid gate, its hardness schedule and the ON/OFF channels are our
reconstruction. Forward, an edge exists where its latent variable is positive; backward, the gradient is that of a sigmoid gate
whose hardness grows geometrically over the training.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from disentangle.families.base import Family, Frame, Learning, State, Streams, Tensors
from disentangle.families.kernels import gates, initial
from disentangle.late import torch

Positive = Annotated[float, Field(gt=0)]


class WeightFree(Family):
    """Learns which edges exist; no edge has a weight of its own."""

    density: ClassVar[Literal["free"]] = "free"
    shared_weight: ClassVar[bool] = True

    initial_density: float = Field(0.5, gt=0, lt=1, description="share of edges at the start")
    spread: Positive = Field(0.1, description="standard deviation of the latent variables at the start")
    clip: Positive = Field(1.0, description="bound of |latent|, so that no edge is lost for good")
    hardness: tuple[Positive, Positive] = Field((1.0, 200.0), description="of the gate, at the first and the last step")
    learning: Learning = Learning(learning_rate=1e-2, schedule="cosine")

    def start(self, frame: Frame, stream: Streams) -> State:
        """Normal latent variables, shifted to the initial density."""
        shift = NormalDist().inv_cdf(self.initial_density)
        latent = initial.each_layer("latent", frame.layers, initial.standard_normal, stream("init"))
        return State(trained={name: self.spread * (z + shift) for name, z in latent.items()})

    def weights(self, frame: Frame, state: State, progress: float) -> Tensors:
        """{0, 1} times sqrt(2 / fan_in)."""
        first, last = self.hardness
        hardness = first * (last / first) ** progress
        latent = state.role("latent")
        return {layer.name: gates.hard_gate(latent[layer.name], hardness) * sqrt(2 / layer.fan_in) for layer in frame.layers}

    def masks(self, frame: Frame, state: State) -> Tensors:
        """1 where the latent variable is positive."""
        return {layer: latent > 0 for layer, latent in state.role("latent").items()}

    def after_step(self, frame: Frame, state: State) -> None:
        """Clip the latent variables."""
        torch._foreach_clamp_min_(list(state.trained.values()), -self.clip)
        torch._foreach_clamp_max_(list(state.trained.values()), self.clip)
