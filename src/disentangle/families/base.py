"""What a family is: how its tensors start, how they become effective weights, and what happens in between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import Field, field_validator

from disentangle.config import Strict

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from disentangle.networks import Layer


Tensors = dict[str, "Tensor"]
Streams = Callable[[str], "Generator"]


class Learning(Strict):
    """How the trained tensors are optimised."""

    optimiser: Literal["adam", "sgd"] = "adam"
    learning_rate: float = Field(1e-3, gt=0)
    momentum: float = Field(0.0, ge=0, lt=1, description="of sgd")
    weight_decay: float = Field(0.0, ge=0)
    epsilon: float = Field(1e-8, gt=0, description="of adam, added to the root of its second moment")
    schedule: Literal["constant", "cosine", "exponential"] = "constant"
    decay: float = Field(1.0, gt=0, le=1, description="of exponential: factor of the rate after every decay_epochs")
    decay_epochs: int = Field(1, ge=1)
    warmup_epochs: int = Field(0, ge=0, description="first epochs, over which the rate rises linearly; the schedule follows")


@dataclass(frozen=True)
class Frame:
    """What a family has to fill: a network's layers, and the share of edges to keep (1 where the family takes no density)."""

    layers: tuple[Layer, ...]
    density: float = 1.0

    @cached_property
    def kept(self) -> dict[str, int]:
        """Edges to keep in each layer, all at the same density: n - floor((1 - density) n), in exact decimal arithmetic.

        Source: Ramanujan et al. 2020, released code (the lowest floor((1 - k) n) scores are dropped).
        """
        share = Fraction(str(self.density))
        return {layer.name: ceil(share * layer.edges) for layer in self.layers}


@dataclass
class State:
    """Tensors of a family, keyed ``<layer>.<role>``; in a cohort each has a leading replicate axis.

    The optimiser moves ``trained`` and nothing else; ``frozen`` changes only where the family itself changes it.
    """

    trained: Tensors = field(default_factory=dict)
    frozen: Tensors = field(default_factory=dict)

    def role(self, role: str) -> Tensors:
        """The tensors of one role, keyed by layer, in the order of the layers."""
        tensors = self.trained | self.frozen
        return {k.removesuffix(f".{role}"): v for k, v in tensors.items() if k.endswith(f".{role}")}


class Origin(Strict):
    """The cell that a control starts from: that of family ``of``, on dataset ``found_on`` (None: its own), same network.

    ``redrawn``: not from its starting values, but from a second draw of them.
    """

    of: str
    found_on: str | None = None
    redrawn: bool = False


@dataclass(frozen=True)
class Found:
    """What a control starts from: masks and starting values that another cell left, by layer (replicate, out, in, …)."""

    masks: Tensors
    values: Tensors


@dataclass(frozen=True)
class Moment:
    """A step of a round: ``progress`` is the share of the round's training that is behind it, in [0, 1).

    ``generators(stream)`` are those of each replicate for draws of this step alone, on the CPU. ``round`` is the number of
    rounds that are over, ``step`` of the steps of this round that came before, and ``steps`` of all that it has.
    """

    progress: float
    generators: Callable[[str], list[Generator]]
    round: int = 0
    step: int = 0
    steps: int = 1


class Probe(Protocol):
    """What a family may ask of its network before the training, without knowing it: `Family.prepare`.

    Both functions take effective weights of the whole cohort (replicate, out, in, …) and are differentiable in them, twice.
    """

    def loss(self, weights: Tensors) -> Tensor:
        """Cross-entropy (replicate,) on the first mini-batch of each replicate's training, normalised over it."""

    def flow(self, weights: Tensors) -> Tensor:
        """Sum of the logits (replicate,) of an input of ones, without normalisation and with every unit linear."""


class Family(Strict, ABC):
    """A family; its fields are the settings a config entry may give.

    ``density`` says who settles the share of edges kept: the config (``chosen``), nobody (``full``), the training (``free``),
    or the family whose masks a control takes (``inherited``).
    """

    density: ClassVar[Literal["chosen", "full", "free", "inherited"]]

    permutes: ClassVar[bool] = False
    """Whether every unit ends with the values that it started with, kept under the role ``initial``, which is then checked."""

    drifts: ClassVar[bool] = False
    """Whether `log` tells how far mask and scores moved from their start, as ``mask_moved`` and ``score_moved``."""

    on_off: bool = Field(False, description="inputs and hidden units feed the next layer as ON and OFF channels")
    learning: Learning = Learning()

    @field_validator("learning", mode="before")
    @classmethod
    def _lay_over_own(cls, learning: Any) -> Any:
        """A config entry changes the settings it names and leaves the family's own defaults for the others."""
        own = cls.model_fields["learning"].default.model_dump()
        return own | dict(learning) if isinstance(learning, Mapping) else learning

    @abstractmethod
    def start(self, frame: Frame, stream: Streams) -> State:
        """Tensors of one replicate, without the replicate axis, drawn from the named streams on the CPU."""

    @abstractmethod
    def weights(self, frame: Frame, state: State) -> Tensors:
        """Effective weight of each layer (replicate, out, in, …): a pure function, the network that is evaluated.

        Differentiable in ``state.trained``, where `training_weights` does not say otherwise.
        """

    @abstractmethod
    def masks(self, frame: Frame, state: State) -> Tensors:
        """Which edges exist, boolean, of each layer (replicate, out, in, …)."""

    def kept(self, frame: Frame) -> dict[str, int]:
        """Edges to keep in each layer; or, where all layers choose together, what these add up to."""
        return frame.kept

    def training_weights(self, frame: Frame, state: State, moment: Moment) -> Tensors:
        """What stands in for `weights` in a step of the training, where that is something else."""
        return self.weights(frame, state)

    def draw(self, frame: Frame, state: State, generators: Sequence[Generator]) -> Tensors | None:
        """Weights of a random network, where those of `weights` stand for many; each replicate draws from its own generator.

        Its accuracy is reported beside theirs. None for a family whose finished network is only one.
        """
        return None

    def penalty(self, frame: Frame, state: State, moment: Moment) -> Tensor | float:
        """What a step adds to the loss of each replicate (replicate,)."""
        return 0.0

    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """Columns (replicate,) of the history, after an epoch; ``progress`` is the share of the round behind us, in [0, 1]."""
        return {}

    @property
    def shared_weight(self) -> bool:
        """Whether all edges of a layer have one weight, so that a sweep over its value makes sense."""
        return False

    @property
    def real_valued(self) -> bool:
        """Whether almost every edge has a weight of its own, so that the weights of a unit have a profile."""
        return False

    @property
    def approximate(self) -> bool:
        """Whether the training follows the approximate gradient of docs/theory.md, whose error can then be measured."""
        return False

    @property
    def origin(self) -> Origin | None:
        """The cell that a control starts from; every other family finds its own masks."""
        return None

    def adopt(self, frame: Frame, state: State, found: Found) -> None:
        """Change the ``state`` of a cohort in place, after its start, to what a control starts from; of no other family."""

    def rounds(self, frame: Frame) -> int:
        """How often the budget of epochs is spent; 0 for a family that never trains."""
        return 1

    def prepare(self, frame: Frame, state: State, probe: Probe) -> None:
        """Change ``state`` in place before the training, by what the network says of the start."""

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Change ``state`` in place after that step of the optimiser."""

    def after_round(self, frame: Frame, state: State, finished: int) -> None:
        """Change ``state`` in place between two rounds, ``finished`` of which are over; the optimiser starts afresh."""
