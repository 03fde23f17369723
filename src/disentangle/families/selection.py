"""The entry of a given rank in each row, exactly and without sorting; the step that edge-popup takes for every layer."""

from math import isqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from disentangle.accelerator import accelerated

STRIDE = 64  # a sample is every 64th entry
LONG = 16_384  # entries from which sampling pays
DEVIATIONS = 3  # half-width of the bracket, in the largest standard deviation of a sample's rank


def kth_smallest(rows: Tensor, rank: int) -> Tensor:
    """Entry of that rank (from 0) of each row (replicate, entry), as a column. No host synchronisation on an accelerator.

    There by ``topk``, which spreads a row over the device; ``kthvalue`` keeps it on one of its processors.
    """
    if accelerated(rows):
        return torch.topk(rows, rank + 1, dim=1, largest=False, sorted=False).values.amax(1, keepdim=True)
    return torch.from_numpy(np.stack([_select(row, rank) for row in rows.numpy()])).unsqueeze(1)


def _select(row: NDArray[Any], rank: int) -> Any:
    """Selects among the entries between two of a sample that all but surely enclose the rank (Floyd & Rivest 1975).

    Where they do not, it selects among all, so that the answer is exact either way.
    """
    if len(row) >= LONG:
        sample = np.sort(row[::STRIDE])
        place, margin = len(sample) * rank // len(row), DEVIATIONS * isqrt(len(sample)) // 2
        low, high = sample[max(0, place - margin)], sample[min(len(sample) - 1, place + margin)]
        not_below = row >= low
        below = len(row) - np.count_nonzero(not_below)
        between = row[not_below & (row <= high)]
        if below <= rank < below + len(between):
            return np.partition(between, rank - below)[rank - below]
    return np.partition(row, rank)[rank]
