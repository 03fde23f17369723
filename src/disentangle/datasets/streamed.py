"""A split whose images stay in their folder: worker processes read and crop them, batch by batch, ahead of the training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.datasets.photographs import SHAPE, centred, cropped, draw, read, standardise
from disentangle.datasets.split import Split
from disentangle.datasets.torchvision_import import torchvision_transforms
from disentangle.errors import InputError
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.config import Augment
    from disentangle.datasets.split import Rows

SCORED = 50_000


@dataclass(frozen=True)
class Streamed(Split):
    """Images below ``root``: ``paths`` (image, byte) in uint8, filled up with zeros, and ``sizes`` (image,) of files in bytes.

    The names are a tensor, since worker processes would each come to copy a list of a million of them.
    """

    root: Path
    paths: Tensor
    sizes: Tensor
    labels: Tensor
    workers: int = field(default=0, kw_only=True)
    exact: Tensor | None = field(default=None, kw_only=True)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return SHAPE

    @property
    def to_score(self) -> Streamed:
        """At most `SCORED` images."""
        return self.thinned(SCORED)

    def to(self, device: torch.device, workers: int = 0) -> Streamed:
        """The split, picked to a device by that many worker processes; without any, images are read between the steps."""
        return replace(self, labels=self.labels.to(device), workers=workers)

    def take(self, rows: Rows) -> Streamed:
        """The split of these rows."""
        own = rows if isinstance(rows, slice) else rows.cpu()
        return replace(self, paths=self.paths[own], sizes=self.sizes[own], labels=self.labels[rows])

    def pick(self, rows: Sequence[Rows], draws: Sequence[Tensor] | None = None) -> Iterator[Tensor]:
        """Inputs of each batch of rows, read by the workers; cropped at random where there are draws, else from the middle."""
        torchvision_transforms()  # before the workers start, so that they need not each import it
        every = torch.arange(len(self))
        own = replace(self, labels=torch.empty(0))  # a process needs none, and with some on a GPU would start CUDA for itself
        batches: Any = _Batches(own, [every[batch] if isinstance(batch, slice) else batch for batch in rows], draws)
        loader: Any = torch.utils.data.DataLoader(
            batches, batch_size=None, num_workers=min(self.workers, len(batches)), pin_memory=self.labels.is_cuda,
            generator=torch.Generator(),
        )  # fmt: skip
        return self._receive(loader)

    def _receive(self, loader: Any) -> Iterator[Tensor]:
        """What the workers read, on the device; the host does not wait for a GPU."""
        try:
            for pixels in loader:
                if isinstance(pixels, InputError):
                    raise pixels
                yield standardise(pixels.to(self.labels.device, non_blocking=True))
        except RuntimeError as error:
            if not str(error).startswith("DataLoader worker (pid"):  # what a worker raised is told otherwise
                raise
            raise InputError(
                f"a process that reads images died ({str(error).splitlines()[0].rstrip('.')}); give the job more memory, "
                "/dev/shm too, or write fewer threads."
            ) from None

    def check(self, augment: Augment) -> None:
        """Raises InputError for the augmentation of images in memory."""
        if augment == "crop_flip":
            raise InputError(
                "augment is crop_flip, which is made for images in memory, but those of this data set are streamed from "
                "their folder; write augment: resized_crop_flip or none."
            )

    def draw(self, seeds: Sequence[int], epoch: int) -> Tensor:
        """Draws (replicate, image) of `disentangle.datasets.photographs`."""
        return draw(seeds, epoch, len(self))

    def read(self, row: int, seed: int | None) -> Tensor:
        """One image as it is picked, before it is standardised: uint8, cropped as the draw says, if there is one."""
        path = self.root / fsdecode(bytes(self.paths[row].tolist()).rstrip(b"\0"))
        photograph = read(path, int(self.sizes[row]))
        return centred(photograph) if seed is None else cropped(photograph, seed)


@dataclass(frozen=True)
class _Batches:
    """What the workers share: item i is the i-th batch in uint8, or why it cannot be read.

    The error is returned, since torch would raise it with the worker's traceback in its message.
    """

    split: Streamed
    rows: Sequence[Tensor]
    draws: Sequence[Tensor] | None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Tensor | InputError:
        rows = self.rows[i]
        seeds = [None] * rows.numel() if self.draws is None else self.draws[i].flatten().tolist()
        try:
            images = [self.split.read(row, seed) for row, seed in zip(rows.flatten().tolist(), seeds, strict=True)]
        except InputError as error:
            return error
        return torch.stack(images).view(*rows.shape, *SHAPE)
