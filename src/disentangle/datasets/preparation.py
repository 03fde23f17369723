"""From a raw set to a stored one: split by class from a fixed seed, standardise by the training split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle.datasets.in_memory import InMemory
from disentangle.datasets.listing import Listing
from disentangle.datasets.registry import DATASETS
from disentangle.datasets.storage import SPLITS, Dataset
from disentangle.datasets.streamed import Streamed
from disentangle.errors import choose
from disentangle.streams import numpy_generator

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
HELD_OUT = 5000  # images for validation, where a test split is published
SPLIT_SEED = 0

Rows = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Raw:
    """A set as it comes: inputs (image, …) in float64 or uint8, labels (image,) from 0, and the classes' names.

    ``tested``: the last so many images are the published test split; 0 where none is published. ``exact`` (tested,): which of
    them are the published ones, where some are not. ``files``: MD5 of each file that was read. ``scale``: what inputs are
    divided by, where they are not standardised. ``mean_image``: these are then centred place by place, by the mean of the
    training images; otherwise not at all. ``shuffled``: training labels are dealt anew over the training images, and only
    those: there is nothing to learn that the other splits could confirm.
    """

    inputs: NDArray[Any]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    tested: int = 0
    exact: NDArray[np.bool_] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    scale: float | None = None
    mean_image: bool = False
    shuffled: bool = False


def prepare(name: str, data_dir: Path | None = None) -> Dataset:
    """The named set, split and standardised; its files are looked for in ``data_dir`` first.

    Raises InputError for a name that is not registered and for files that are absent or not the published ones.
    """
    return finish(name, read(name, data_dir))


def read(name: str, data_dir: Path | None = None) -> Raw | Listing:
    """The named set as it comes; a `Listing` where its images stay in their folder.

    Raises InputError like `prepare`.
    """
    module, function = DATASETS[choose(name, list(DATASETS), "dataset")].split(":")
    raw: Raw | Listing = getattr(import_module(module), function)(data_dir)
    return raw


def finish(name: str, raw: Raw | Listing) -> Dataset:
    """Split a set, by its published test split or else 70 : 10 : 20 within each class; standardise or scale what is read."""
    if isinstance(raw, Listing):
        return _finish_listing(name, raw)
    split = hold_out(raw.labels, raw.tested) if raw.tested else split_rows(raw.labels)
    rows = dict(zip(SPLITS, split, strict=True))
    labels = raw.labels.copy()
    if raw.shuffled:
        labels[rows["train"]] = numpy_generator(SPLIT_SEED, "labels").permutation(labels[rows["train"]])
    mean, deviation = scaling(raw, rows["train"])
    splits = {
        split: InMemory(
            torch.from_numpy(standardise(raw.inputs[r], mean, deviation)),
            torch.tensor(labels[r], dtype=torch.int64),
            torch.from_numpy(raw.exact) if raw.exact is not None and split == "test" else None,
        )
        for split, r in rows.items()
    }
    return Dataset(name=name, classes=raw.classes, **splits)


def _finish_listing(name: str, listing: Listing) -> Dataset:
    rows = hold_out(listing.labels, listing.tested, listing.held_out)
    paths = listing.paths.view(np.uint8).reshape(len(listing.paths), -1)
    columns = [torch.from_numpy(column) for column in (paths, listing.sizes, listing.labels)]
    return Dataset(name, listing.classes, *(Streamed(listing.root, *(column[r] for column in columns)) for r in rows))


def split_rows(labels: NDArray[np.int64]) -> Rows:
    """Rows of train, validation and test, drawn within each class; disjoint, together everything, the same in every run."""
    generator = numpy_generator(SPLIT_SEED, "split")
    parts = []
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        test, validation = round(TEST_SHARE * len(rows)), round(VALIDATION_SHARE * len(rows))
        parts.append(np.split(rows, [len(rows) - test - validation, len(rows) - test]))
    train, validation_rows, test_rows = (np.sort(np.concatenate(split)) for split in zip(*parts, strict=True))
    return train, validation_rows, test_rows


def hold_out(labels: NDArray[np.int64], tested: int, held_out: int = HELD_OUT) -> Rows:
    """Rows of train, validation and test where the last ``tested`` images are the published test split.

    Validation takes ``held_out`` training images, equally many of each class; the same in every run.
    """
    generator = numpy_generator(SPLIT_SEED, "split")
    published, classes = labels[: len(labels) - tested], np.unique(labels)
    drawn = [generator.permutation(np.flatnonzero(published == label))[: held_out // len(classes)] for label in classes]
    validation = np.sort(np.concatenate(drawn))
    return np.setdiff1d(np.arange(len(published)), validation), validation, np.arange(len(published), len(labels))


def scaling(raw: Raw, train: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is taken off the inputs of a set and what they are then divided by, from its training rows alone."""
    if raw.scale is None:
        return moments(raw.inputs, train)
    mean = raw.inputs[train].mean(axis=0, keepdims=True, dtype=np.float64) if raw.mean_image else np.zeros(1)
    return mean, np.full(1, raw.scale)


def moments(inputs: NDArray[Any], train: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation over the training rows: per feature, or per channel of images (image, channel, height, width).

    Exact for uint8, from the counts of the 256 levels. A feature that never varies has the deviation 1.
    """
    if inputs.dtype == np.uint8:
        levels = np.arange(256.0)
        shares = np.stack([np.bincount(inputs[train, c].ravel(), minlength=256) for c in range(inputs.shape[1])])
        shares = shares / shares.sum(axis=1, keepdims=True)
        mean = (shares @ levels).reshape(1, -1, 1, 1)
        deviation = np.sqrt((shares * (levels - mean.reshape(-1, 1)) ** 2).sum(axis=1)).reshape(mean.shape)
    else:
        axes = (0, *range(2, inputs.ndim))
        mean, deviation = (measure(inputs[train], axis=axes, keepdims=True) for measure in (np.mean, np.std))
    return mean, np.where(deviation > 0, deviation, 1.0)


def standardise(inputs: NDArray[Any], mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mean 0 and deviation 1, in float32; images in uint8 never become float64."""
    working = np.float32 if inputs.dtype == np.uint8 else np.float64
    values: NDArray[Any] = np.subtract(inputs, mean, dtype=working)
    values /= deviation
    return values.astype(np.float32, copy=False)
