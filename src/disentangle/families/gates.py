"""Kernels that choose edges: exact top share, and the hard gate with a soft gradient. All work on whole cohorts."""

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
    flat = magnitudes.detach().flatten(1)
    if kept < 1:
        raise InputError("a layer would keep no edge; write a higher density for this family.")
    if kept == flat.shape[1]:
        return torch.ones_like(magnitudes, dtype=torch.bool)
    if accelerated(flat):
        chosen = _largest_on_device(flat, kept)
    else:
        chosen = torch.from_numpy(np.stack([largest(row, kept) for row in flat.numpy()]))
    return chosen.view(magnitudes.shape)


def _largest_on_device(rows: Tensor, kept: int) -> Tensor:
    """As `largest`, of many rows at once; by ``topk``, since ``kthvalue`` keeps a row on one of a GPU's processors."""
    threshold = torch.topk(rows, kept, dim=1, sorted=False).values.amin(1, keepdim=True)
    above, tied = rows > threshold, rows == threshold
    return above | (tied & (tied.cumsum(1, dtype=torch.int32) <= kept - above.sum(1, keepdim=True)))


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


class _HardGate(Function):
    @staticmethod
    def forward(ctx: Any, latent: Tensor, hardness: float) -> Tensor:
        ctx.save_for_backward(latent)
        ctx.hardness = hardness
        return (latent > 0).to(latent.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (latent,) = ctx.saved_tensors
        gate = torch.sigmoid(latent * ctx.hardness)
        return gradients[0] * (gate * (1 - gate) * ctx.hardness), None


def hard_gate(latent: Tensor, hardness: float) -> Tensor:
    """1 where the latent variable is positive, else 0, with the gradient of the sigmoid gate of that hardness.

    Forward H(w) = 1[w > 0]; backward dL/dw = dL/dH · hardness · S(hardness w)(1 - S(hardness w)), S the logistic function.
    Source: our reconstruction of Colombo & Gao 2020 (the abstract names an approximate gradient, not its form).
    """
    result: Tensor = _HardGate.apply(latent, hardness)  # type: ignore[no-untyped-call]
    return result
