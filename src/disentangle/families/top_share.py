"""Kernels that keep the largest entries of every layer, an exact number of them. All work on whole cohorts."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from disentangle.accelerator import accelerated
from disentangle.errors import InputError
from disentangle.families.selection import largest


def top_mask(magnitudes: Tensor, kept: int) -> Tensor:
    """Boolean mask of the ``kept`` largest entries of each replicate (replicate, …); ties go to the first places.

    The count is exact whatever the ties and the memory layout. A selection in linear time, not a sort; no host
    synchronisation on an accelerator. Raises InputError when nothing is to be kept.
    """
    return top_mask_and_threshold(magnitudes, kept)[0]


def top_mask_and_threshold(magnitudes: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """`top_mask`, and the smallest entry that each replicate keeps (replicate, 1)."""
    flat = magnitudes.detach().flatten(1)
    if kept < 1:
        raise InputError("a layer would keep no edge; write a higher density for this family.")
    if kept == flat.shape[1]:
        return torch.ones_like(magnitudes, dtype=torch.bool), flat.amin(1, keepdim=True)
    if accelerated(flat):
        chosen, threshold = _largest_on_device(flat, kept)
    else:
        rows = [largest(row, kept) for row in flat.numpy()]
        chosen, threshold = (torch.from_numpy(np.stack(part)) for part in zip(*rows, strict=True))
    return chosen.view(magnitudes.shape), threshold.view(-1, 1)


def _largest_on_device(rows: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """As `largest`, of many rows at once; by ``topk``, since ``kthvalue`` keeps a row on one of a GPU's processors."""
    threshold = torch.topk(rows, kept, dim=1, sorted=False).values.amin(1, keepdim=True)
    above, tied = rows > threshold, rows == threshold
    return above | (tied & (tied.cumsum(1, dtype=torch.int32) <= kept - above.sum(1, keepdim=True))), threshold


class _TopShare(Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, values: Tensor, kept: int) -> Tensor:
        ctx.save_for_backward(scores, values)
        return top_mask(scores.abs(), kept).to(values.dtype).mul_(values)  # a product of bool and float takes twice as long

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        scores, values = ctx.saved_tensors
        return (gradients[0] * values).mul_(scores.sign()), None, None  # in place: one array less to fill


def keep_top_share(scores: Tensor, values: Tensor, kept: int) -> Tensor:
    """``values`` where |score| is among the ``kept`` largest of its replicate, else 0.

    The gradient treats the mask as |score| (straight-through): dL/dscore = dL/dweight · value · sign(score), for kept and
    dropped edges alike. Source: Ramanujan et al. 2020, section 3 and released code (absolute scores).
    """
    result: Tensor = _TopShare.apply(scores, values, kept)  # type: ignore[no-untyped-call]
    return result
