"""A split whose inputs are one tensor on the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from disentangle.accelerator import accelerated, send
from disentangle.datasets.augmentation import black_of, crop_flip, draw
from disentangle.datasets.split import Split
from disentangle.errors import InputError
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.config import Augment
    from disentangle.datasets.split import Rows


@dataclass(frozen=True)
class InMemory(Split):
    """Standardised ``inputs`` (image, …) in float32; the rest is as in `Split`."""

    inputs: Tensor
    labels: Tensor
    exact: Tensor | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return tuple(self.inputs.shape[1:])

    @property
    def to_score(self) -> InMemory:
        """All images."""
        return self

    @cached_property
    def black(self) -> Tensor:
        """What lies outside an image (channel,)."""
        return black_of(self.inputs)

    def to(self, device: torch.device, workers: int = 0) -> InMemory:
        """The split on a device."""
        exact = None if self.exact is None else self.exact.to(device)
        return InMemory(self.inputs.to(device), self.labels.to(device), exact)

    def take(self, rows: Rows) -> InMemory:
        """The split of these rows; a view where they are a slice."""
        return InMemory(self.inputs[rows], self.labels[rows], None if self.exact is None else self.exact[rows])

    def pick(self, rows: Sequence[Rows], draws: Sequence[Tensor] | None = None) -> Iterator[Tensor]:
        """Inputs of each batch of rows, cropped and flipped where there are draws."""
        placed = _placed(rows, self.inputs)
        if draws is None:
            return (self._picked(batch) for batch in placed)
        return (crop_flip(self._picked(batch), drawn, self.black) for batch, drawn in zip(placed, draws, strict=True))

    def _picked(self, rows: Rows) -> Tensor:
        """Inputs of these rows; whole rows are copied five times as fast as an indexed array is made."""
        if isinstance(rows, slice):
            return self.inputs[rows]
        return self.inputs.index_select(0, rows.flatten()).view(*rows.shape, *self.shape)

    def check(self, augment: Augment) -> None:
        """Raises InputError unless the inputs are images and the augmentation is crop_flip."""
        if augment == "resized_crop_flip":
            raise InputError(
                "augment is resized_crop_flip, which is made for images streamed from a folder, but those of this data set "
                "are in memory; write augment: crop_flip or none."
            )
        if augment == "crop_flip":
            black_of(self.inputs[:1])

    def draw(self, seeds: Sequence[int], epoch: int) -> Tensor:
        """Draws (replicate, image, 3) of `disentangle.datasets.augmentation`."""
        return draw(seeds, epoch, len(self)).to(self.labels.device)


def _placed(rows: Sequence[Rows], inputs: Tensor) -> Sequence[Rows]:
    """The rows where the inputs lie; an accelerator gets those of all batches in one copy."""
    if not accelerated(inputs) or any(isinstance(batch, slice) for batch in rows):
        return rows
    batches = [batch for batch in rows if not isinstance(batch, slice)]
    sent = send(torch.cat([batch.flatten() for batch in batches]), inputs.device)
    parts = torch.split(sent, [batch.numel() for batch in batches])
    return [part.view(batch.shape) for part, batch in zip(parts, batches, strict=True)]
