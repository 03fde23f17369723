"""Controls: networks on the masks that another cell found, to tell what its accuracy comes from.

Source: the sanity checks of Frankle et al. 2020 (arXiv 2009.08576) and Su et al. 2020 (arXiv 2009.11094), who shuffle within
each layer which weights are kept, or draw the starting values again, and train. That these networks are evaluated untrained
too, and that masks go to another data set, is our addition. `disentangle.training.taking` says what starting values are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from disentangle.config import Label
from disentangle.families.abilities import Adopts
from disentangle.families.base import Density, GradientFamily
from disentangle.families.given import Found, Frame, Learning, Origin, State, Streams, Tensors
from disentangle.families.kernels import initial, shuffles
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from disentangle.networks import Layer


class Control(GradientFamily, Adopts):
    """Another cell's masks and starting values, either as they are or replaced, untrained or trained."""

    density: ClassVar[Density] = "inherited"

    of: Label = Field(description="label of the family whose masks it takes")
    found_on: str | None = Field(None, description="data set that the masks were found on, if another; same network")
    mask: Literal["found", "shuffled", "shuffled_in_units", "shuffled_by_degrees"] = Field(
        "found",
        description="at other places: as many edges of each layer; of each unit; of each unit and out of each of its inputs",
    )
    values: Literal["kept", "redrawn"] = Field("kept", description="starting values: those it had, or a second draw of them")
    trained: bool = Field(False, description="train the weights under the mask, which stays, as dense trains its own")
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @property
    def origin(self) -> Origin:
        """As the settings say."""
        return Origin(of=self.of, found_on=self.found_on, redrawn=self.values == "redrawn")

    def start(self, frame: Frame, stream: Streams) -> State:
        """The key of each layer's shuffle, if there is one; all else comes from the other cell."""
        if self.mask == "found":
            return State()
        return State(frozen=initial.each_layer("key", frame.layers, random_key, stream("mask")))

    def adopt(self, frame: Frame, state: State, found: Found) -> None:
        """Masks, shuffled if asked for, and values, to be trained or not."""
        keys, masks = state.role("key"), found.masks
        if keys:
            masks = {layer: shuffles.shuffle(self.mask, mask, keys[layer]) for layer, mask in masks.items()}
        state.frozen = {f"{layer}.mask": mask for layer, mask in masks.items()}
        if self.trained:
            state.trained = {f"{layer}.weight": values.clone() for layer, values in found.values.items()}
        else:
            state.frozen |= {f"{layer}.initial": values for layer, values in found.values.items()}

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The values under the mask."""
        masks = state.role("mask")
        return {layer: weight * masks[layer] for layer, weight in state.role("weight" if self.trained else "initial").items()}

    def masks(self, frame: Frame, state: State) -> Tensors:
        """The masks it was given."""
        return state.role("mask")

    def rounds(self, frame: Frame) -> int:
        """One, or none without training."""
        return int(self.trained)


def random_key(layer: Layer, generator: Generator) -> Tensor:
    """A key for the shuffle of a layer."""
    return torch.randint(2**62, (), generator=generator)
