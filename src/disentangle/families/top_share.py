"""Kernels that keep the largest entries of layers, an exact number of them. All work on whole cohorts."""

from collections.abc import Mapping
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


def top_masks(magnitudes: Mapping[str, Tensor], kept: Mapping[str, int], scope: str) -> dict[str, tuple[Tensor, Tensor]]:
    """`top_mask_and_threshold` of every layer; with scope ``network`` of all layers as one, which keep as many together."""
    if scope == "layer":
        return {layer: top_mask_and_threshold(tensor, kept[layer]) for layer, tensor in magnitudes.items()}
    return top_masks_together(magnitudes, sum(kept[layer] for layer in magnitudes))


def top_masks_together(magnitudes: Mapping[str, Tensor], kept: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Masks of the ``kept`` largest entries of all layers together (replicate, out, in, …), with their threshold."""
    mask, threshold = top_mask_and_threshold(torch.cat([tensor.flatten(1) for tensor in magnitudes.values()], dim=1), kept)
    parts = torch.split(mask, [tensor.shape[1:].numel() for tensor in magnitudes.values()], dim=1)
    return {layer: (part.view(magnitudes[layer].shape), threshold) for layer, part in zip(magnitudes, parts, strict=True)}


def _largest_on_device(rows: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """As `largest`, of many rows at once; by ``topk``, since ``kthvalue`` keeps a row on one of a GPU's processors."""
    threshold = torch.topk(rows, kept, dim=1, sorted=False).values.amin(1, keepdim=True)
    above, tied = rows > threshold, rows == threshold
    return above | (tied & (tied.cumsum(1, dtype=torch.int32) <= kept - above.sum(1, keepdim=True))), threshold


class _FollowScores(Function):
    @staticmethod
    def forward(ctx: Any, weights: Tensor, scores: Tensor, values: Tensor) -> Tensor:
        ctx.save_for_backward(scores, values)
        return weights.view_as(weights)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None]:
        scores, values = ctx.saved_tensors
        return None, (gradients[0] * values).mul_(scores.sign()), None  # in place: one array less to fill


def follow_scores(weights: Tensor, scores: Tensor, values: Tensor) -> Tensor:
    """The ``weights`` given, with the gradient of values · |scores|, as if the mask were |scores| (straight-through).

    dL/dscore = dL/dweight · value · sign(score), for kept and dropped edges alike. Source: Ramanujan et al. 2020, section 3 and
    released code (absolute scores).
    """
    result: Tensor = _FollowScores.apply(weights, scores, values)  # type: ignore[no-untyped-call]
    return result
