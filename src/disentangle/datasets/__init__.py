"""Data sets: labelled examples with standardised inputs, split into train, validation and test."""

from disentangle.datasets.in_memory import InMemory
from disentangle.datasets.registry import DATASETS
from disentangle.datasets.split import Split
from disentangle.datasets.storage import SPLITS, Dataset, load, save
from disentangle.datasets.streamed import Streamed

__all__ = ["DATASETS", "SPLITS", "Dataset", "InMemory", "Split", "Streamed", "load", "save"]
