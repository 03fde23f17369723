"""A prepared set as it lies on disk: one safetensors file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = ("train", "validation", "test")
PARTS = ("inputs", "labels", "exact")


@dataclass(frozen=True)
class Split:
    """Inputs (image, …) in float32 and labels (image,) in int64.

    ``exact`` (image,) in bool where some images of the copy at hand are not the published ones: False for those.
    """

    inputs: Tensor
    labels: Tensor
    exact: Tensor | None = None

    def to(self, device: torch.device) -> Split:
        """The split on a device."""
        exact = None if self.exact is None else self.exact.to(device)
        return Split(self.inputs.to(device), self.labels.to(device), exact)


@dataclass(frozen=True)
class Dataset:
    """A prepared set: three splits and the classes' names."""

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return tuple(self.train.inputs.shape[1:])

    def describe(self) -> dict[str, Any]:
        """Plain values: name, classes, shape of an input, images in each split, share of the test split's largest class."""
        images = {split: len(getattr(self, split).labels) for split in SPLITS}
        largest = self.test.labels.bincount().max().item() / images["test"]
        about = {"name": self.name, "classes": list(self.classes), "shape": list(self.shape)}
        return about | {"images": images, "largest_class": largest}

    def to(self, device: torch.device) -> Dataset:
        """The set on a device."""
        return Dataset(self.name, self.classes, *(getattr(self, split).to(device) for split in SPLITS))


def save(path: Path, dataset: Dataset) -> None:
    """Write a set as ``<split>.inputs``, ``<split>.labels`` and, where there is one, ``<split>.exact``."""
    tensors = {f"{s}.{part}": getattr(getattr(dataset, s), part) for s in SPLITS for part in PARTS}
    arrays = {name: tensor.numpy() for name, tensor in tensors.items() if tensor is not None}
    save_arrays(path, arrays, {"name": dataset.name, "classes": json.dumps(dataset.classes)})


def load(path: Path) -> Dataset:
    """Read a set.

    Raises InputError when the file is missing or truncated.
    """
    arrays, header = load_arrays(path)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    splits = {s: Split(tensors[f"{s}.inputs"], tensors[f"{s}.labels"], tensors.get(f"{s}.exact")) for s in SPLITS}
    return Dataset(name=header["name"], classes=tuple(json.loads(header["classes"])), **splits)
