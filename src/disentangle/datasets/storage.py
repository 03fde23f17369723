"""A prepared set as it lies on disk: one safetensors file, of the inputs themselves or of where they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.datasets.in_memory import InMemory
from disentangle.datasets.streamed import Streamed
from disentangle.late import torch

if TYPE_CHECKING:
    from disentangle.datasets.split import Split

SPLITS = ("train", "validation", "test")
PARTS = {InMemory: ("inputs", "labels", "exact"), Streamed: ("paths", "sizes", "labels")}


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
        return self.train.shape

    def describe(self) -> dict[str, Any]:
        """Plain values: name, classes, shape of an input, images in each split, share of the test split's largest class."""
        images = {split: len(getattr(self, split)) for split in SPLITS}
        largest = self.test.labels.bincount().max().item() / images["test"]
        about = {"name": self.name, "classes": list(self.classes), "shape": list(self.shape)}
        return about | {"images": images, "largest_class": largest}

    def to(self, device: torch.device, workers: int = 0) -> Dataset:
        """The set on a device; see `Split.to`."""
        return Dataset(self.name, self.classes, *(getattr(self, split).to(device, workers) for split in SPLITS))


def save(path: Path, dataset: Dataset) -> None:
    """Write a set: of each split its `PARTS`, where there are any, as ``<split>.<part>``; and ``root`` of a streamed one."""
    parts = PARTS[type(dataset.train)]
    tensors = {f"{s}.{part}": getattr(getattr(dataset, s), part) for s in SPLITS for part in parts}
    arrays = {name: tensor.numpy() for name, tensor in tensors.items() if tensor is not None}
    header = {"name": dataset.name, "classes": json.dumps(dataset.classes)}
    save_arrays(path, arrays, header | ({"root": str(dataset.train.root)} if isinstance(dataset.train, Streamed) else {}))


def load(path: Path) -> Dataset:
    """Read a set.

    Raises InputError when the file is missing or truncated.
    """
    arrays, header = load_arrays(path)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}

    def split(name: str) -> Split:
        kind = Streamed if "root" in header else InMemory
        parts = [tensors[f"{name}.{part}"] for part in PARTS[kind] if f"{name}.{part}" in tensors]
        return Streamed(Path(header["root"]), *parts) if "root" in header else InMemory(*parts)

    return Dataset(header["name"], tuple(json.loads(header["classes"])), *map(split, SPLITS))
