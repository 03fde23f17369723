"""Counts as they lie on disk: in the smallest unsigned integers that hold them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from disentangle.artefacts import load_arrays, save_arrays


def save_counts(path: Path, counts: Mapping[str, NDArray[np.integer]]) -> None:
    """Write arrays of counts, each in 1, 2, 4 or 8 bytes a number as its largest one needs.

    Raises ValueError for a count below 0.
    """
    if negative := [name for name, array in counts.items() if array.min(initial=0) < 0]:
        raise ValueError(f"counts below 0 in {negative}")
    save_arrays(path, {name: array.astype(np.min_scalar_type(array.max(initial=0))) for name, array in counts.items()})


def load_counts(path: Path) -> dict[str, NDArray[np.int64]]:
    """Read what `save_counts` wrote, in integers wide enough to reckon with.

    Raises InputError when the file is missing or truncated.
    """
    return {name: array.astype(np.int64) for name, array in load_arrays(path)[0].items()}
