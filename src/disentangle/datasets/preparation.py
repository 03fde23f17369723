"""From a raw set to a stored one: split by class from a fixed seed, standardise by the training split."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle.datasets.registry import DATASETS
from disentangle.datasets.storage import SPLITS, Dataset, Split
from disentangle.errors import choose
from disentangle.streams import numpy_generator

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
SPLIT_SEED = 0


@dataclass(frozen=True)
class Raw:
    """A set as it comes: inputs (image, …), labels (image,) from 0, and the classes' names."""

    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]


def prepare(name: str) -> Dataset:
    """The named set, split 70 : 10 : 20 within each class and standardised.

    Raises InputError for a name that is not registered.
    """
    module, function = DATASETS[choose(name, list(DATASETS), "dataset")].split(":")
    raw: Raw = getattr(import_module(module), function)()
    rows = dict(zip(SPLITS, split_rows(raw.labels), strict=True))
    inputs = standardise(raw.inputs, rows["train"])
    splits = {
        split: Split(torch.tensor(inputs[r], dtype=torch.float32), torch.tensor(raw.labels[r], dtype=torch.int64))
        for split, r in rows.items()
    }
    return Dataset(name=name, classes=raw.classes, **splits)


def split_rows(labels: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows of train, validation and test, drawn within each class; disjoint, together everything, the same in every run."""
    generator = numpy_generator(SPLIT_SEED, "split")
    parts = []
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        test, validation = round(TEST_SHARE * len(rows)), round(VALIDATION_SHARE * len(rows))
        parts.append(np.split(rows, [len(rows) - test - validation, len(rows) - test]))
    train, validation_rows, test_rows = (np.sort(np.concatenate(split)) for split in zip(*parts, strict=True))
    return train, validation_rows, test_rows


def standardise(inputs: NDArray[np.float64], train: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean 0 and variance 1 over the training rows: per feature, or per channel of images (image, channel, height, width).

    A feature that never varies becomes 0.
    """
    axes = (0, *range(2, inputs.ndim))
    mean = inputs[train].mean(axis=axes, keepdims=True)
    deviation = inputs[train].std(axis=axes, keepdims=True)
    standardised: NDArray[np.float64] = (inputs - mean) / np.where(deviation > 0, deviation, 1.0)
    return standardised
