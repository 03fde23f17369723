"""LaPerm: training by reconnecting. The weights of a unit are those it started with; only their places are learned.

Source: Qiu & Suda 2020 (arXiv 2003.02570), algorithm of their released code: an optimiser moves all weights freely, and every
so many steps each unit's starting values are put back in the order of the weights that the optimiser has reached; its memory is
kept. Three regimes: at density 1 all starting values differ; below it some are 0, each unit keeps their number, and their
places move like those of the others; and with ``values: shared`` a network of one weight is found. A group is a unit or
filter, as in the source. Deviations: only synchronised networks are ever evaluated, while some notebooks also evaluate
between two synchronisations; the order of ties is ours; the edges kept at the start are an exact number, not one coin an edge;
nothing else is learned: F1 and F2 have no more either, Conv7 has biases, which are permuted like weights, and their other
convolutional networks have biases, scales and shifts, which are trained freely.
"""

from __future__ import annotations

from math import expm1, floor, log
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from disentangle.errors import InputError
from disentangle.families.abilities import ActsAfterSteps, Apportions, Logs, Substitutes
from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, Moment, State, Streams, Tensors
from disentangle.families.kernels import initial, reconnection
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from disentangle.networks import Layer

Period = Annotated[int, Field(ge=1)]


class LaPerm(GradientFamily, Apportions, Substitutes, ActsAfterSteps, Logs):
    """Learns where the starting values of each unit belong."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"reconnects"})

    values: Literal["kaiming_uniform", "kaiming_normal", "laplace", "signed_constant", "shared"] = Field(
        "kaiming_uniform", description="starting values that are not 0; shared: all are the same"
    )
    shared_value: float | None = Field(None, gt=0, description="of values: shared; null: sqrt(2 / fan_in)")
    emphasis: list[Annotated[float, Field(gt=0)]] | None = Field(
        None, description="densities of the layers relative to each other, which together have the density; null: all the same"
    )
    period: Period | tuple[Period, Period] = Field(
        250,
        description="steps between two synchronisations; two numbers: at the first and the last step, growing geometrically; "
        "more than the training has steps: once, at its end",
    )
    learning: Learning = Learning(schedule="exponential", decay=0.95)

    @property
    def edge_weights(self) -> Literal["shared", "few", "own"]:
        """Those that the starting values have; signed constants have two."""
        match self.values:
            case "shared":
                return "shared"
            case "signed_constant":
                return "few"
            case _:
                return "own"

    def start(self, frame: Frame, stream: Streams) -> State:
        """Starting values under a random mask. The optimiser moves all weights, also those that start at 0.

        Raises InputError for an emphasis that does not fit the network.
        """
        values = initial.each_layer("initial", frame.layers, self._draw, stream("init"))
        masks = initial.random_masks(frame.layers, self.kept(frame), stream("mask"))
        starts = {layer.name: values[f"{layer.name}.initial"] * masks[f"{layer.name}.mask"] for layer in frame.layers}
        return State(
            trained={f"{layer}.weight": start.clone() for layer, start in starts.items()},
            frozen={f"{layer}.initial": start for layer, start in starts.items()}
            | {f"{layer}.ordered": reconnection.ordered(start) for layer, start in starts.items()},
        )

    def kept(self, frame: Frame) -> dict[str, int]:
        """Starting values that are not 0, by layer.

        Raises InputError for an emphasis of another number of layers, and for one that asks for more edges than a layer has.
        """
        if self.emphasis is None:
            return frame.kept
        if len(self.emphasis) != len(frame.layers):
            raise InputError(
                f"emphasis has {len(self.emphasis)} numbers and the network {len(frame.layers)} layers; write one a layer."
            )
        weighted = [emphasis * layer.edges for emphasis, layer in zip(self.emphasis, frame.layers, strict=True)]
        share = frame.density * sum(layer.edges for layer in frame.layers) / sum(weighted)
        kept = {layer.name: round(share * weight) for layer, weight in zip(frame.layers, weighted, strict=True)}
        for layer in frame.layers:
            if not 1 <= kept[layer.name] <= layer.edges:
                raise InputError(
                    f"emphasis and density {frame.density:g} leave layer {layer.name} {kept[layer.name]} of its {layer.edges} "
                    "edges; write a lower density, or numbers that are closer to each other."
                )
        return kept

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The starting values at the places that the optimiser has reached: a permutation within every unit."""
        values = state.role("ordered")
        return {layer: reconnection.synchronise(w.detach(), values[layer]) for layer, w in state.role("weight").items()}

    def training_weights(self, frame: Frame, state: State, moment: Moment) -> Tensors:
        """The weights as the optimiser moves them, between two synchronisations any values."""
        return state.role("weight")

    def masks(self, frame: Frame, state: State) -> Tensors:
        """Where a value is not 0."""
        return {layer: weight != 0 for layer, weight in self.weights(frame, state).items()}

    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """``moved``: share of the places whose value is not the one they started with."""
        starts, edges = state.role("initial"), sum(layer.edges for layer in frame.layers)
        moved = [(weight != starts[layer]).flatten(1).sum(1) for layer, weight in self.weights(frame, state).items()]
        return {"moved": torch.stack(moved).sum(0) / edges}

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Synchronise, where it is due; the optimiser's memory stays as it is."""
        if self.synchronisations(moment.step + 1, moment.steps) > self.synchronisations(moment.step, moment.steps):
            for weight, new in zip(state.role("weight").values(), self.weights(frame, state).values(), strict=True):
                weight.copy_(new)

    def synchronisations(self, step: int, steps: int) -> int:
        """How many are due in the first ``step`` of ``steps`` steps: the integral of 1 / period, rounded down."""
        first, last = (self.period, self.period) if isinstance(self.period, int) else self.period
        if first == last:
            return step // first
        growth = log(last / first)
        return floor(-expm1(-growth * step / steps) * steps / (first * growth))

    def _draw(self, layer: Layer, generator: Generator) -> Tensor:
        if self.values == "shared" and self.shared_value is not None:
            return torch.full(layer.shape, self.shared_value)
        values: Tensor = getattr(initial, "unsigned_constant" if self.values == "shared" else self.values)(layer, generator)
        return values
