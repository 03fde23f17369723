"""A set that stays in its folder as it comes: the names of its files, from which its splits are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Listing:
    """Files below ``root``: names as bytes and sizes in bytes (image,), labels (image,) from 0, and the classes' names.

    ``tested``: the last so many images are the published test split. ``files``: what pins them, for the record.
    """

    root: Path
    paths: NDArray[np.bytes_]
    sizes: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    tested: int
    files: Mapping[str, str | int]

    @property
    def held_out(self) -> int:
        """Images for validation: 10 a class, or where classes are small a tenth of the smallest, at least one."""
        published = self.labels[: len(self.labels) - self.tested]
        smallest = int(np.bincount(published).min())
        return len(self.classes) * min(10, max(1, smallest // 10))
