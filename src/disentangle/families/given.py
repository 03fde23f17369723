"""What a family is given: the layers to fill, its tensors, a step of the training, and a look at the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import Field

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

        Source: Ramanujan et al. 2020, released code, which drops the lowest ``int((1 - k) * n)`` scores. Deviation: where its
        product of floats falls just short of a whole number, it keeps one edge more: 901 of 1,000 at 0.9, 900 here.
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
    """The cell that a control starts from: family ``of`` on dataset ``found_on`` (None: the control's own), same network.

    ``redrawn``: the control starts from a second draw of that cell's starting values, not from the values themselves.
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
    """A step of the training.

    ``round`` counts the rounds before this one, ``step`` the steps of this round before this one, and ``steps`` all steps of
    this round. ``progress`` is the share of this round that was over when the step began, in [0, 1). ``generators(stream)``
    gives one generator a replicate, on the CPU, for draws of this step alone.
    """

    progress: float
    generators: Callable[[str], list[Generator]]
    round: int = 0
    step: int = 0
    steps: int = 1


class Probe(Protocol):
    """What a family that `Prepares` may ask about its network, which it does not know.

    Both functions take effective weights of the whole cohort (replicate, out, in, …) and are differentiable in them, twice.
    """

    def loss(self, weights: Tensors, temperature: float = 1.0) -> Tensor:
        """Cross-entropy (replicate,) on the first mini-batch of each replicate's training, normalised over it.

        The logits are divided by the ``temperature``.
        """

    def flow(self, weights: Tensors) -> Tensor:
        """Sum of the logits (replicate,) of an input of ones, without normalisation and with every unit linear."""
