"""Magnitude pruning of the trained dense network, retrained: one-shot, or iterative with rewinding (lottery tickets).

Source: Frankle & Carbin 2019 (lottery-ticket hypothesis) and its released settings: a round keeps 0.8 of each layer's surviving
weights, 0.9 of the output layer's, the smallest magnitudes go first, and the survivors return to their starting values. Of a
convolution it keeps 0.9 in networks of up to four of them (their Conv-2 and Conv-4), 0.85 in deeper ones (their Conv-6). So
that the last round ends at the density asked for, all rounds keep a little more than that. The first round is the training of
the dense family, same start and same batches, as long as both have the same ``learning``. Deviations: He-normal start like
dense; no biases.

``rewind_to`` returns the survivors to an early step of the first round instead: Frankle et al. 2020 (arXiv 1912.05671, linear
mode connectivity), rewinding to iteration k. Deviation: there the retraining goes on at step k of the learning rate's schedule
and has only the steps that are left; here every round has the whole schedule and all steps, as without ``rewind_to``.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from disentangle.errors import InputError
from disentangle.families.abilities import ActsAfterSteps, ActsBetweenRounds
from disentangle.families.base import Density, Family, Trait
from disentangle.families.given import Frame, Learning, Moment, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share
from disentangle.late import torch

if TYPE_CHECKING:
    from disentangle.networks import Layer

KEPT_A_ROUND, KEPT_A_ROUND_OUTPUT = 0.8, 0.9
KEPT_A_ROUND_CONVOLUTION, KEPT_A_ROUND_DEEP, DEEP = 0.9, 0.85, 5


class Pruned(Family, ActsAfterSteps, ActsBetweenRounds):
    """Trains, removes the smallest weights, and trains what is left again."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"rival"})

    schedule: Literal["one_shot", "iterative"] = Field("one_shot", description="prune once, or about 20% in each round")
    rewind: bool = Field(True, description="survivors return to earlier weights before they are trained again")
    rewind_to: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the first training's steps after which weights are kept to return to; 0: the starting values",
    )
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @model_validator(mode="after")
    def _rewinds_if_told_where_to(self) -> Self:
        if self.rewind_to and not self.rewind:
            raise ValueError(
                "rewind_to says where survivors return to, but with rewind: false none does; leave one of them out"
            )
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
        """One training of the dense network and one after each pruning."""
        return 1 + (1 if self.schedule == "one_shot" else max(1, ceil(_power(frame))))

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Keep the early weights: those after ceil(``rewind_to`` · steps) of the first round's steps."""
        if moment.round == 0 and round(moment.progress, 9) < self.rewind_to:  # each such step overwrites the one before
            weights = state.role("weight")
            for layer, early in state.role("early").items():
                early.copy_(weights[layer])

    def after_round(self, frame: Frame, state: State, finished: int) -> None:
        """Prune each layer to its share after ``finished`` of the prunings, and rewind."""
        kept = kept_after(frame, finished / (self.rounds(frame) - 1))
        weights, masks, starts = (state.role(role) for role in ("weight", "mask", "early" if self.rewind_to else "initial"))
        for layer in kept:
            masks[layer].copy_(top_share.top_mask((weights[layer] * masks[layer]).abs(), kept[layer]))
            if self.rewind:
                weights[layer].copy_(starts[layer])


def kept_after(frame: Frame, share: float) -> dict[str, int]:
    """Edges each layer keeps after that share of the pruning, in [0, 1]; at 1 they add up to ceil(density · edges) exactly.

    A layer keeps base^(share · power) of its edges, base 0.8 to 0.9, at least one; the largest layer takes what rounding
    leaves over.
    """
    exponent = share * _power(frame)
    kept = {layer.name: max(1, round(base**exponent * layer.edges)) for layer, base in _bases(frame)}
    if share == 1:
        largest = max(frame.layers, key=lambda layer: layer.edges).name
        kept[largest] += ceil(frame.density * sum(layer.edges for layer in frame.layers)) - sum(kept.values())
    return kept


def _bases(frame: Frame) -> list[tuple[Layer, float]]:
    deep = sum(layer.convolutional for layer in frame.layers) >= DEEP
    convolution = KEPT_A_ROUND_DEEP if deep else KEPT_A_ROUND_CONVOLUTION
    hidden = [(layer, convolution if layer.convolutional else KEPT_A_ROUND) for layer in frame.layers[:-1]]
    return [*hidden, (frame.layers[-1], KEPT_A_ROUND_OUTPUT)]


@lru_cache
def _power(frame: Frame) -> float:
    """How many rounds of the published schedule it takes to reach the density over all layers together."""
    from scipy.optimize import brentq

    edges = sum(layer.edges for layer in frame.layers)

    def surplus(power: float) -> float:
        left: float = sum(base**power * layer.edges for layer, base in _bases(frame))
        return left - frame.density * edges

    power: float = brentq(surplus, 0.0, 1000.0)
    return power
