"""What some families can do besides: a small class for each ability.

A family lists the abilities that it has among its bases, as in ``class Mine(Family, Penalises)``, and writes their methods. Who
makes use of an ability asks for it by ``isinstance``. So a method whose ability is not listed would never be called;
`disentangle.families.contract.check_class` refuses it.
"""

from __future__ import annotations

from abc import ABC, ABCMeta, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Generator, Tensor

    from disentangle.families.given import Found, Frame, Moment, Origin, Probe, State, Tensors


class Apportions(ABC):
    """Gives its layers other shares of edges than the density of each."""

    @abstractmethod
    def kept(self, frame: Frame) -> dict[str, int]:
        """Edges to keep in each layer; if all layers choose together, only the sum counts. The finished masks are checked."""


class Prepares(ABC):
    """Looks at the untrained network before the training."""

    @abstractmethod
    def prepare(self, frame: Frame, state: State, probe: Probe) -> None:
        """Change ``state`` in place, once, before the first epoch; ``probe`` answers questions about the network."""


class Substitutes(ABC):
    """Trains other weights than the ones that are evaluated, such as soft or random ones."""

    @abstractmethod
    def training_weights(self, frame: Frame, state: State, moment: Moment) -> Tensors:
        """Weights of this step of the training, in place of `Family.weights`; differentiable in ``state.trained``."""


class Penalises(ABC):
    """Adds a term to the loss."""

    @abstractmethod
    def penalty(self, frame: Frame, state: State, moment: Moment) -> Tensor | float:
        """What this step adds to the loss of each replicate (replicate,)."""


class ActsAfterSteps(ABC):
    """Clips, permutes or keeps tensors between the steps of the optimiser."""

    @abstractmethod
    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Change ``state`` in place; ``moment`` is the step that the optimiser has just made."""


class ActsBetweenRounds(ABC):
    """Changes the network between two rounds of training, for example prunes it; `Family.rounds` says how many there are."""

    @abstractmethod
    def after_round(self, frame: Frame, state: State, finished: int) -> None:
        """Change ``state`` in place after the first ``finished`` rounds; the next one starts with a fresh optimiser."""


class Logs(ABC):
    """Adds columns of its own to the history."""

    @abstractmethod
    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """Columns (replicate,), before the training and after each epoch.

        ``progress`` is the share of this round's training that is over, in [0, 1].
        """


class Drifts(Logs):
    """Logs how far it is from its start: ``mask_moved`` and ``score_moved``, which the figure ``drift`` shows."""


class Draws(ABC):
    """Learns a distribution over networks, of which `Family.weights` is only one."""

    @abstractmethod
    def draw(self, frame: Frame, state: State, generators: Sequence[Generator]) -> Tensors:
        """Weights of a random network of each replicate, drawn with the replicate's own generator.

        The mean test accuracy of several such networks is reported as ``test_accuracy_drawn``.
        """


class Approximates(ABC):
    """Learns gates, and can train them along the approximate gradient of docs/theory.md.

    The latent variable behind each gate lies under the role ``latent``: the error of the gradient is measured there.
    """

    @property
    @abstractmethod
    def approximate_gradient(self) -> bool:
        """Whether these settings train with it, and with nothing else in the loss."""

    @abstractmethod
    def scaled(self, frame: Frame, gates: Tensors) -> Tensors:
        """Weights of gates in [0, 1], both by layer (replicate, out, in, …)."""


class Adopts(ABC):
    """Starts from the masks and starting values of another cell, as controls do."""

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """The cell that it starts from, as its settings say."""

    @abstractmethod
    def adopt(self, frame: Frame, state: State, found: Found) -> None:
        """Change the ``state`` of a whole cohort in place, right after `Family.start`, to what the other cell ``found``."""


ABILITIES: tuple[ABCMeta, ...] = (
    *(Apportions, Prepares, Substitutes, Penalises, ActsAfterSteps, ActsBetweenRounds, Logs, Draws, Approximates, Adopts),
)
