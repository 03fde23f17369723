"""A split of a data set: labelled examples, whose inputs are picked batch by batch wherever they lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from disentangle.config import Augment

    Rows = Tensor | slice


class Split(ABC):
    """Examples with ``labels`` (image,) in int64, on the device that inputs are picked to.

    ``exact`` (image,) in bool where some images of the copy at hand are not the published ones: False for those.
    """

    labels: Tensor
    exact: Tensor | None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""

    @property
    @abstractmethod
    def to_score(self) -> Self:
        """The images that a finished network is scored on: all, unless that would take about as long as an epoch."""

    @abstractmethod
    def to(self, device: torch.device, workers: int = 0) -> Self:
        """The split on a device; ``workers`` processes read its inputs where they are not in memory."""

    @abstractmethod
    def take(self, rows: Rows) -> Self:
        """The split of these rows."""

    @abstractmethod
    def pick(self, rows: Sequence[Rows], draws: Sequence[Tensor] | None = None) -> Iterator[Tensor]:
        """Standardised inputs (*rows, *shape), in float32 on the device, of each batch of rows; rows may have any shape.

        Where they are tensors they are on the CPU, since a split knows best where it needs them.

        With ``draws``, for each batch those of `draw`, augmented as they say. Raises InputError for a file that cannot be read.
        """

    @abstractmethod
    def check(self, augment: Augment) -> None:
        """Raises InputError when these inputs cannot be augmented so."""

    @abstractmethod
    def draw(self, seeds: Sequence[int], epoch: int) -> Tensor:
        """Draws of an epoch (replicate, image, …) for the augmentation that `check` allows.

        They come from the stream "augmentation" of each seed, keyed by the epoch: the same alone, in a cohort, after a resume.
        """

    def thinned(self, most: int) -> Self:
        """Every k-th image, k the smallest that leaves at most so many."""
        return self.take(slice(None, None, -(-len(self) // most)))
