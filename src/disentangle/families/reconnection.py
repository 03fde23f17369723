"""Synchronisation: the values of a unit go to new places, in the order of what stands there. Works on whole cohorts."""

import torch
from torch import Tensor


def ordered(values: Tensor) -> Tensor:
    """The values of each unit in ascending order (out, fan_in), from those of one replicate (out, in, …)."""
    return values.flatten(1).sort(dim=1).values


def synchronise(current: Tensor, values: Tensor) -> Tensor:
    """``values`` (replicate, out, fan_in), ascending, at the ranks that ``current`` (replicate, out, in, …) has in its unit.

    Of equal entries the first place has the lower rank, on every machine. One stable sort and a scatter. Source: Qiu & Suda
    2020 (LaPerm, released code, which ranks by a sort of a sort and leaves ties to chance).
    """
    order = current.flatten(2).argsort(dim=2, stable=True)
    return torch.empty_like(values).scatter_(2, order, values).view(current.shape)
