"""Synchronisation: the values of a unit are dealt anew, in the order of its current weights. Works on whole cohorts."""

import torch
from torch import Tensor


def ordered(values: Tensor) -> Tensor:
    """The values of each unit in ascending order (out, fan_in), from those of one replicate (out, in, …)."""
    return values.flatten(1).sort(dim=1).values


def synchronise(current: Tensor, values: Tensor) -> Tensor:
    """The ``values`` of each unit (replicate, out, fan_in), given in ascending order, dealt to its places anew.

    The smallest value goes where the smallest of the ``current`` weights (replicate, out, in, …) is, and so on. Of equal
    weights the first place comes first, on every machine. One stable sort and a scatter. Source: Qiu & Suda 2020 (LaPerm,
    released code, which ranks by an argsort of an argsort and asks for no order of ties: what they get is its library's).
    """
    order = current.flatten(2).argsort(dim=2, stable=True)
    return torch.empty_like(values).scatter_(2, order, values).view(current.shape)
