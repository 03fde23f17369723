"""Magnitude pruning of the trained dense network: at once, in rounds with rewinding (lottery tickets), or gradually.

The first round is the training of the dense family, same start and same batches, as long as both have the same ``learning``.

- ``one_shot`` and ``iterative``: Frankle & Carbin 2019 (lottery-ticket hypothesis). After each round the smallest magnitudes
  go, and the survivors return to their starting values; `disentangle.families.pruning_shares` has what a round keeps. So that
  the last round ends at the density asked for, all rounds keep a little more than that.
- ``gradual``: Zhu & Gupta 2017 (arXiv 1710.01878), equation 1. The second round goes on from the trained weights and
  prunes as it trains; the share pruned rises as 1 - (1 - x)³ over the first 60% of its steps, in 100 prunings. There
  the whole training is one; here, as in every family with rounds, the learning rate starts anew with the second.
- ``scope: network``: one threshold for all layers (Frankle & Carbin prune their deeper networks so).
- ``criterion: lamp``: Lee et al. 2021 (arXiv 2010.07611): the square of a weight by the sum of squares of those in its
  layer that are not smaller, which no layer is emptied by.

``rewind_to`` above 0 returns the survivors to an early step of the first round: Frankle et al. 2020 (arXiv 1912.05671, linear
mode connectivity), rewinding to iteration k. Deviation: there the retraining goes on at step k of the learning rate's schedule
and has only the steps that are left; here every round has the whole schedule and all steps.

Deviations: He-normal start like dense; no biases.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from disentangle.errors import InputError
from disentangle.families.abilities import ActsAfterSteps, ActsBetweenRounds
from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, Moment, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share
from disentangle.families.pruning_shares import KEPT_A_ROUND, kept_after, published_rounds
from disentangle.late import torch

if TYPE_CHECKING:
    from typing import Self

    from torch import Tensor

PRUNINGS = 100  # of a gradual schedule
PRUNING = 0.6  # share of the second round in which they happen; the rest of it trains what is left


class Pruned(GradientFamily, ActsAfterSteps, ActsBetweenRounds):
    """Trains, removes the smallest weights, and trains what is left."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"rival"})

    schedule: Literal["one_shot", "iterative", "gradual"] = Field(
        "gradual", description="prune once, or about 20% in each round, or little by little during a second training"
    )
    scope: Literal["layer", "network"] = Field(
        "layer", description="every layer keeps its share, the output layer a larger one, or all layers together keep the best"
    )
    criterion: Literal["magnitude", "lamp"] = Field("magnitude", description="what the smallest are smallest in")
    rewind_to: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None,
        description="survivors return to the weights after this share of the first training's steps; 0: the starting values, "
        "where one_shot and iterative return unless told otherwise; null: they keep what they have, as always with gradual",
    )
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @model_validator(mode="before")
    @classmethod
    def _rewinds_unless_gradual(cls, settings: Any) -> Any:
        rewinds = isinstance(settings, Mapping) and settings.get("schedule") in ("one_shot", "iterative")
        return {"rewind_to": 0.0} | dict(settings) if rewinds else settings

    @model_validator(mode="after")
    def _has_an_effect(self) -> Self:
        if self.schedule == "gradual" and self.rewind_to is not None:
            raise ValueError("rewind_to returns to earlier weights, but gradual goes on from those it has; leave rewind_to out")
        if self.criterion == "lamp" and self.scope == "layer":
            raise ValueError("lamp compares layers, which scope: layer does not; write scope: network")
        return self

    @property
    def edge_weights(self) -> Literal["own"]:
        """Every weight is drawn."""
        return "own"

    def start(self, frame: Frame, stream: Streams) -> State:
        """The dense family's start, and a full mask.

        Raises InputError when the density leaves a layer without an edge.
        """
        if min(kept_after(frame, 1).values()) < 1:
            raise InputError(f"density {frame.density:g} leaves a layer without an edge; write a higher one for this family.")
        weights = initial.each_layer("weight", frame.layers, initial.kaiming_normal, stream("init"))
        masks = {f"{layer.name}.mask": torch.ones(layer.shape, dtype=torch.bool) for layer in frame.layers}
        roles = ["initial", "early"] if self.rewind_to else ["initial"]
        starts = {f"{layer.name}.{role}": weights[f"{layer.name}.weight"].clone() for role in roles for layer in frame.layers}
        return State(trained=weights, frozen=masks | starts)

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The trained weights under the mask."""
        masks = state.role("mask")
        return {layer: weight * masks[layer] for layer, weight in state.role("weight").items()}

    def masks(self, frame: Frame, state: State) -> Tensors:
        """What is left."""
        return state.role("mask")

    def rounds(self, frame: Frame) -> int:
        """One training of the dense network and one after each pruning; gradual prunes during its second."""
        if self.schedule != "iterative":
            return 2
        whole = published_rounds(frame) if self.scope == "layer" else log(frame.density) / log(KEPT_A_ROUND)
        return 1 + max(1, ceil(whole))

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Keep the early weights: those after ceil(``rewind_to`` · steps) of the first round's steps. Prune, if gradually."""
        if (
            self.rewind_to and moment.round == 0 and round(moment.progress, 9) < self.rewind_to
        ):  # each overwrites the one before
            weights = state.role("weight")
            for layer, early in state.role("early").items():
                early.copy_(weights[layer])
        if self.schedule == "gradual" and moment.round == 1:
            before, now = (prunings(step, moment.steps) for step in (moment.step, moment.step + 1))
            if now > before:
                density = frame.density + (1 - frame.density) * (1 - now / PRUNINGS) ** 3
                self._prune(frame, state, Frame(frame.layers, density), 1)

    def after_round(self, frame: Frame, state: State, finished: int) -> None:
        """Prune to what is left after ``finished`` of the prunings, and rewind; nothing, if gradually."""
        if self.schedule == "gradual":
            return
        self._prune(frame, state, frame, finished / (self.rounds(frame) - 1))
        if self.rewind_to is not None:
            starts = state.role("early" if self.rewind_to else "initial")
            for layer, weight in state.role("weight").items():
                weight.copy_(starts[layer])

    def _prune(self, frame: Frame, state: State, target: Frame, share: float) -> None:
        """Keep the best edges of those there are, as many as there are after a share of the way to the target's density."""
        masks, scores = state.role("mask"), SCORES[self.criterion](self.weights(frame, state))
        if self.scope == "layer":
            best = top_share.top_masks(scores, kept_after(target, share), "layer")
        else:
            edges = sum(layer.edges for layer in frame.layers)
            best = top_share.top_masks_together(scores, ceil(round(target.density**share * edges, 6)))
        for layer, mask in masks.items():
            mask.copy_(best[layer][0])


def prunings(step: int, steps: int) -> int:
    """How many of a gradual schedule's prunings are due in the first ``step`` of a round's ``steps`` steps."""
    return min(PRUNINGS, floor(PRUNINGS * step / (PRUNING * steps)))


def magnitude(weights: Tensors) -> Tensors:
    """|w| of each layer (replicate, …); 0 where there is no edge."""
    return {layer: weight.abs() for layer, weight in weights.items()}


def lamp(weights: Tensors) -> Tensors:
    """w² by the sum of squares in its layer that are not smaller (Lee et al. 2021, equation 1); 0 where there is no edge."""
    return {layer: _by_the_larger(weight.double().square().flatten(1)).view(weight.shape) for layer, weight in weights.items()}


def _by_the_larger(squares: Tensor) -> Tensor:
    rising, order = squares.sort(1)
    larger = rising.flip(1).cumsum(1).flip(1)
    return torch.zeros_like(rising).scatter_(1, order, rising / larger.clamp_min(torch.finfo(rising.dtype).tiny))


SCORES = {"magnitude": magnitude, "lamp": lamp}
