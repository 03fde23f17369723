"""What a family is: how its tensors start, and which weights and masks they stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator

from disentangle.config import Strict
from disentangle.families.given import Learning
from disentangle.networks.activation import OnOff

if TYPE_CHECKING:
    from disentangle.families.given import Frame, State, Streams, Tensors
    from disentangle.networks import Layout

Density = Literal["chosen", "full", "free", "inherited"]
"""Who settles the share of edges kept:

- ``chosen``: the config, by ``densities``
- ``full``: nobody, every edge exists
- ``free``: the training
- ``inherited``: the family whose masks a control takes
"""

Trait = Literal["baseline", "untrained", "selects", "reconnects", "gated", "exact_share", "rival"]
"""What a family is to the studies (`disentangle.figures.comparing`), which choose by these words what to compare:

- ``baseline``: every edge, every weight trained (dense); stands beside the others
- ``untrained``: random edges and weights (random); stands beside the others
- ``selects``: chooses edges among frozen random weights
- ``reconnects``: only moves the values that each unit starts with (role ``initial``) to other places; this is checked
- ``gated``: learns gates and no weights, with settings ``estimator`` and ``edge_penalty``
- ``exact_share``: is as ``gated``, but keeps exactly the share of edges that the config chooses
- ``rival``: finds the best edges at a chosen density in another way than ``exact_share``, and is compared with it
"""


class Family(Strict, ABC):
    """A family; its fields are the settings a config entry may give.

    This is all that the pipeline asks of every family. Almost all are a `GradientFamily`.
    """

    density: ClassVar[Density]
    traits: ClassVar[frozenset[Trait]] = frozenset()

    settled_by: ClassVar[str]
    """What settles the networks of a cell: "module:function", called with the cell and the run of its job."""

    @property
    def edge_weights(self) -> Literal["shared", "few", "own"]:
        """How many weights the edges of a layer have between them.

        ``shared``: one, whose value is then swept. ``own``: almost as many as edges, so that the weights of a unit have a
        profile, which is then taken.
        """
        return "few"

    def check(self, layout: Layout) -> None:
        """Raise InputError where it cannot settle networks of this layout."""


class GradientFamily(Family, ABC):
    """A family that the training loop trains; layers of a network hold its weights.

    This is all that each of them has to say. What some do besides is in `disentangle.families.abilities`.
    """

    settled_by: ClassVar[str] = "disentangle.settling.trained:train"

    on_off: OnOff = Field(
        False,
        description="what feeds the next layer as ON and OFF channels; true: inputs, as x and -x, and hidden units, as a(h) "
        "and a(-h); hidden: hidden units alone",
    )
    learning: Learning = Learning()

    @field_validator("learning", mode="before")
    @classmethod
    def _lay_over_own(cls, learning: Any) -> Any:
        """A config entry changes the settings it names and leaves the family's own defaults for the others."""
        own = cls.model_fields["learning"].default.model_dump()
        return own | dict(learning) if isinstance(learning, Mapping) else learning

    def check(self, layout: Layout) -> None:
        """Raise InputError where the layout's units cannot have the channels that the family asks for."""
        layout.activate(self.on_off)

    @abstractmethod
    def start(self, frame: Frame, stream: Streams) -> State:
        """Tensors of one replicate, without the replicate axis, drawn from the named streams on the CPU."""

    @abstractmethod
    def weights(self, frame: Frame, state: State) -> Tensors:
        """Effective weight of each layer (replicate, out, in, …): a pure function, and the network that is evaluated.

        The training follows its gradient in ``state.trained``, unless the family `Substitutes` other weights there.
        """

    @abstractmethod
    def masks(self, frame: Frame, state: State) -> Tensors:
        """Which edges exist, boolean, of each layer (replicate, out, in, …)."""

    def rounds(self, frame: Frame) -> int:
        """How often the budget of epochs is spent; 0 for a family that never trains."""
        return 1
