"""Weight-free networks: every weight is 0 or 1, times one constant per layer that depends only on the layer's fan-in.

Source: Colombo & Gao 2020 (arXiv 2009.05346) propose {0, 1} networks found by an approximate gradient descent; only their
abstract is at hand, so the latent variables, the sigmoid gate, its hardness, the estimators and the ON/OFF channels are our
reconstruction (docs/theory.md). An edge exists where its latent variable is positive; the network is always evaluated so. With
ON and OFF channels of the inputs, x and -x, the first layer's weights are in effect in {-1, 0, +1}; ``on_off: hidden`` keeps
them in {0, 1}.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from disentangle.families.abilities import ActsAfterSteps, Approximates, Logs, Penalises, Substitutes
from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, Moment, State, Streams, Tensors
from disentangle.families.kernels import gates, initial
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

Estimator = Literal["hard_forward", "soft", "identity", "stochastic"]
Positive = Annotated[float, Field(gt=0)]

UNDECIDED = 0.4  # a gate is undecided while it is nearer than this to 1/2


class WeightFree(GradientFamily, Substitutes, Approximates, Penalises, ActsAfterSteps, Logs):
    """Learns which edges exist; no edge has a weight of its own."""

    density: ClassVar[Density] = "free"
    traits: ClassVar[frozenset[Trait]] = frozenset({"gated"})

    estimator: Estimator = Field(
        "hard_forward",
        description="hard_forward: hard gates with the slope of soft ones, the approximate gradient; soft: soft gates, whose "
        "gradient is exact; identity: hard gates with slope 1; stochastic: hard gates drawn anew in each step",
    )
    initial_density: float = Field(0.5, gt=0, lt=1, description="share of edges at the start")
    spread: Positive = Field(0.1, description="standard deviation of the latent variables at the start")
    clip: Positive = Field(1.0, description="bound of |latent|, so that an edge can come back while gates are soft")
    hardness: tuple[Positive, Positive] = Field(
        (1.0, 200.0), description="of the gate, at the first and the last step, growing geometrically; one number: constant"
    )
    stages: int = Field(0, ge=0, description="the hardness grows in so many stages of equal length; 0: with every step")
    edge_penalty: float = Field(
        0.0, ge=0, description="what the loss rises by for each share of edges that is expected to exist"
    )
    learning: Learning = Learning(learning_rate=1e-2, schedule="cosine")

    @field_validator("hardness", mode="before")
    @classmethod
    def _constant(cls, hardness: Any) -> Any:
        return (hardness, hardness) if isinstance(hardness, int | float) else hardness

    @property
    def edge_weights(self) -> Literal["shared"]:
        """The one constant of the layer."""
        return "shared"

    @property
    def approximate_gradient(self) -> bool:
        """With hard gates forward and soft ones backward, and no penalty."""
        return self.estimator == "hard_forward" and not self.edge_penalty

    def start(self, frame: Frame, stream: Streams) -> State:
        """Normal latent variables, shifted to the initial density."""
        shift = NormalDist().inv_cdf(self.initial_density)
        latent = initial.each_layer("latent", frame.layers, initial.standard_normal, stream("init"))
        return State(trained={name: self.spread * (z + shift) for name, z in latent.items()})

    def hardness_at(self, progress: float) -> float:
        """Hardness of the gates at a share of the training, in [0, 1]; the last stage has the last hardness."""
        first, last = self.hardness
        if self.stages:
            progress = min(int(progress * self.stages), self.stages - 1) / max(self.stages - 1, 1)
        growth: float = (last / first) ** progress
        return first * growth

    def masks(self, frame: Frame, state: State) -> Tensors:
        """1 where the latent variable is positive."""
        return {layer: latent > 0 for layer, latent in state.role("latent").items()}

    def weights(self, frame: Frame, state: State) -> Tensors:
        """{0, 1} times sqrt(2 / fan_in)."""
        return self.scaled(frame, {layer: mask.float() for layer, mask in self.masks(frame, state).items()})

    def scaled(self, frame: Frame, gates: Tensors) -> Tensors:
        """The weights of gates: each layer's times sqrt(2 / fan_in)."""
        return {layer.name: gates[layer.name] * sqrt(2 / layer.fan_in) for layer in frame.layers}

    def decided(self, frame: Frame, state: State) -> dict[str, tuple[Tensor, Tensor]]:
        """Hard gates of each layer, and the latent variables of its soft gates: an edge exists where they are above 0."""
        return {layer: (gates.hard(latent), latent) for layer, latent in state.role("latent").items()}

    def training_weights(self, frame: Frame, state: State, moment: Moment) -> Tensors:
        """The gates of the estimator, times sqrt(2 / fan_in)."""
        hardness = self.hardness_at(moment.progress)
        generators = moment.generators("gates") if self.estimator == "stochastic" else []
        found = {
            layer: gates.estimate(self.estimator, hard, latent, hardness, generators)
            for layer, (hard, latent) in self.decided(frame, state).items()
        }
        return self.scaled(frame, found)

    def penalty(self, frame: Frame, state: State, moment: Moment) -> Tensor | float:
        """``edge_penalty`` times the expected share of edges, the mean of the soft gates; its gradient is exact."""
        if not self.edge_penalty:
            return 0.0
        hardness = self.hardness_at(moment.progress)
        edges = sum(layer.edges for layer in frame.layers)
        expected = [gates.soft(latent, hardness).flatten(1).sum(1) for _, latent in self.decided(frame, state).values()]
        return torch.stack(expected).sum(0) * (self.edge_penalty / edges)

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Clip the latent variables."""
        torch._foreach_clamp_min_(list(state.trained.values()), -self.clip)
        torch._foreach_clamp_max_(list(state.trained.values()), self.clip)

    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """``density_<layer>``, and ``undecided``: the share of soft gates within 0.4 of 1/2."""
        hardness, edges = self.hardness_at(progress), sum(layer.edges for layer in frame.layers)
        decided = self.decided(frame, state)
        undecided = [
            ((gates.soft(latent, hardness) - 0.5).abs() < UNDECIDED).flatten(1).sum(1) for _, latent in decided.values()
        ]
        densities = {f"density_{layer}": hard.flatten(1).mean(1) for layer, (hard, _) in decided.items()}
        return {**densities, "undecided": torch.stack(undecided).sum(0) / edges}
