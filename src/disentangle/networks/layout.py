"""What a network is: a table of layers and a function of their weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from disentangle.config import Strict
from disentangle.late import torch
from disentangle.networks.activation import OnOff, activation
from disentangle.networks.normalisation import NORMALISATIONS

if TYPE_CHECKING:
    from torch import Tensor, dtype

    from disentangle.networks.normalisation import Statistics

Weights = Mapping[str, "Tensor"]
Normalise = Callable[[str, "Tensor"], "Tensor"]
Activate = Callable[["Tensor"], "Tensor"]


@dataclass(frozen=True)
class Layer:
    """One weight tensor of a network; ``shape`` is (out, in, …) without the replicate axis.

    A convolution has two more axes, the places of its kernel. ``shortcut`` marks one beside the main path of a residual block.
    """

    name: str
    shape: tuple[int, ...]
    shortcut: bool = False

    @property
    def convolutional(self) -> bool:
        """Whether the layer has kernels; otherwise it is fully connected."""
        return len(self.shape) > 2

    @property
    def fan_in(self) -> int:
        """Edges that could enter one unit."""
        return prod(self.shape[1:])

    @property
    def fan_out(self) -> int:
        """Edges that could leave one input channel; of a kernel all its places count, as torch counts them."""
        return self.shape[0] * prod(self.shape[2:])

    @property
    def edges(self) -> int:
        """Edges that could exist."""
        return prod(self.shape)


class Layout(Strict, ABC):
    """A kind of network; its fields are the settings a config entry may give.

    The activations of fully connected layers are shaped (replicate, unit, image): units before images, so that normalising a
    unit over the batch runs along contiguous memory. Those of convolutional layers are shaped (image, replicate, channel,
    height, width): a view of what a grouped convolution gives, one group a replicate, and an ordinary one for a cohort of one.
    The number of axes says which of the two an activation is.
    """

    chunk: ClassVar[int] = 10_000
    """Images that pass at once when statistics are measured and networks scored."""

    measured: ClassVar[int] = 10_000
    """Training images on which statistics are measured, at most."""

    precision: ClassVar[Literal["float32", "float64"]] = "float64"
    """Of the evaluation of a finished network."""

    activation: Literal["relu", "tanh", "abs", "alternating"] = Field(
        "relu", description="of all hidden units; alternating: +relu of even and -relu of odd units, which excite and inhibit"
    )
    normalisation: Literal["measured", "in_degree", "none"] = Field(
        "measured",
        description="of every layer; measured: by the mean and deviation of each pre-activation over training images; "
        "in_degree: by the Euclidean norm of a unit's weights, which of equal weights is the root of its in-degree; "
        "none: of no layer, so that the scale of the weights matters",
    )

    @abstractmethod
    def layers(self, inputs: tuple[int, ...], classes: int, channels: int) -> tuple[Layer, ...]:
        """Table of layers, input to output, for images of shape ``inputs``; every unit feeds on ``channels`` channels."""

    @abstractmethod
    def forward(self, weights: Weights, inputs: Tensor, normalise: Normalise, activate: Activate) -> Tensor:
        """Logits (replicate, class, image) of ``inputs`` (replicate or 1, image, …) under ``weights`` (replicate, out, in, …).

        ``normalise(name, h)`` standardises the pre-activations of a layer; ``activate`` is the activation, on the channels.
        """

    def activate(self, on_off: OnOff) -> Activate:
        """The activation, on one channel a unit or on ON and OFF channels; raises InputError where it has no such two."""
        return activation(self.activation, on_off)


@dataclass(frozen=True)
class Network:
    """A layout tied to a dataset: the images' shape, the number of classes, and what has ON and OFF channels.

    Raises InputError when the layout's activation has no ON and OFF channels and units are to have them.
    """

    kind: str
    layout: Layout
    inputs: tuple[int, ...]
    classes: int
    on_off: OnOff = False

    def __post_init__(self) -> None:
        self.layout.activate(self.on_off)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Table of layers, input to output; the first is the one that reads the inputs."""
        first, *others = self.layout.layers(self.inputs, self.classes, 2 if self.on_off else 1)
        if self.on_off and not self.reads_opposites:
            units, channels, *kernel = first.shape
            first = replace(first, shape=(units, channels // 2, *kernel))
        return (first, *others)

    @property
    def reads_opposites(self) -> bool:
        """Whether the first layer reads x and -x of every input."""
        return self.on_off is True

    @property
    def precision(self) -> dtype:
        """Of the evaluation of a finished network."""
        precision: dtype = getattr(torch, self.layout.precision)
        return precision

    def logits(self, weights: Weights, inputs: Tensor, normalise: Normalise) -> Tensor:
        """Logits (replicate, class, image); `Layout.forward` says the shapes of the arguments.

        With ON and OFF channels the next layer sees x and -x of every input and a(h) and a(-h) of every hidden unit h
        (our reconstruction: with relu, a {0, 1} edge from the ON channel excites, one from the OFF channel inhibits).
        So {0, 1} edges give the first layer effective weights in {-1, 0, +1}; ``hidden`` leaves it {0, 1} on x alone.
        """
        weights = self._on_minus_off(weights) if self.reads_opposites else weights
        return self.layout.forward(weights, inputs, normalise, self.layout.activate(self.on_off))

    def _on_minus_off(self, weights: Weights) -> Weights:
        """The weights with which the first layer makes of x what it makes of x and -x: half of the products, the same sums."""
        first = self.layers[0].name
        on, off = weights[first].chunk(2, dim=2)
        return {**weights, first: on - off}

    def training_logits(self, weights: Weights, inputs: Tensor) -> Tensor:
        """Logits (replicate, class, image) under the network's normalisation in training."""
        return self.logits(weights, inputs, NORMALISATIONS[self.layout.normalisation].in_training(weights))

    def statistics(self, weights: Weights, batches: Iterable[Tensor]) -> Statistics:
        """Normalisation statistics under ``weights``, measured on batches (1, image, …) where they depend on images."""
        passes = (partial(self.logits, weights, inputs) for inputs in batches)
        return NORMALISATIONS[self.layout.normalisation].statistics(weights, passes)

    def describe(self) -> dict[str, Any]:
        """Plain values from which `disentangle.networks.rebuild` makes the network again."""
        settings = self.layout.model_dump()
        shape = {"inputs": list(self.inputs), "classes": self.classes, "on_off": self.on_off}
        return {"kind": self.kind, "settings": settings, **shape}
