"""What a family is: how its tensors start, how they become effective weights, and what happens in between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator

from disentangle.config import Strict
from disentangle.families.given import Found, Frame, Learning, Moment, Origin, Probe, State, Streams, Tensors

if TYPE_CHECKING:
    from torch import Generator, Tensor


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
