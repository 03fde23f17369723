"""A prepared set as it lies on disk: one safetensors file, of the inputs themselves or of their names in a folder.

Where that folder lies is looked up when a set is read, so that moving it, or training from another copy, changes no file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.datasets.folders import find_photographs
from disentangle.datasets.registry import CLASSES
from disentangle.late import load as load_class
from disentangle.late import torch

if TYPE_CHECKING:
    from disentangle.datasets.split import Split

SPLITS = ("train", "validation", "test")
# Of a split that is not streamed, and of one that is.
PARTS = {False: ("inputs", "labels", "exact"), True: ("paths", "sizes", "labels")}


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
    """Write a set: of each split its `PARTS`, where there are any, as ``<split>.<part>``."""
    parts = PARTS[hasattr(dataset.train, "paths")]
    tensors = {f"{s}.{part}": getattr(getattr(dataset, s), part) for s in SPLITS for part in parts}
    arrays = {name: tensor.numpy() for name, tensor in tensors.items() if tensor is not None}
    save_arrays(path, arrays, {"name": dataset.name, "classes": json.dumps(dataset.classes)})


def load(path: Path, data_dir: Path | None = None) -> Dataset:
    """Read a set; the folder of a streamed one is looked for in ``data_dir`` as when it was prepared.

    Raises InputError when the file is missing or truncated, or when there is no such folder.
    """
    arrays, header = load_arrays(path)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    streamed = "train.paths" in tensors
    folder = [find_photographs(header["name"], data_dir)] if streamed else []
    kind = load_class(CLASSES[streamed])

    def split(name: str) -> Split:
        made: Split = kind(*folder, *(tensors[f"{name}.{part}"] for part in PARTS[streamed] if f"{name}.{part}" in tensors))
        return made

    return Dataset(header["name"], tuple(json.loads(header["classes"])), *map(split, SPLITS))
