"""Data sets: standardised tensors, split into train, validation and test."""

from disentangle.datasets.registry import DATASETS
from disentangle.datasets.storage import SPLITS, Dataset, Split, load, save

__all__ = ["DATASETS", "SPLITS", "Dataset", "Split", "load", "save"]
