"""Gates on latent variables, and the gradients with which they can be learned. All work on whole cohorts.

An edge is there where its latent variable w is positive, H(w) = 1[w > 0]; its soft gate is v(w) = S(hardness · w), S the
logistic function. Source: our reconstruction of Colombo & Gao 2020 (the abstract names an approximate gradient, not its form);
docs/theory.md says what each gradient is worth.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


def hard(latent: Tensor) -> Tensor:
    """H(w), 0 or 1 in the precision of the latent variables, without a gradient."""
    return latent.detach().sign().clamp_min_(0)  # comparing and converting takes five times as long


def soft(latent: Tensor, hardness: float) -> Tensor:
    """v(w) and its own gradient: that of the relaxed loss is exact."""
    return torch.sigmoid(latent * hardness)


def approximate(gates: Tensor, latent: Tensor, hardness: float) -> Tensor:
    """The ``gates`` given, with the gradient of the soft ones: dL/dw = dL/dgate · v'(w), v' = hardness · S(1 - S).

    With ``gates = hard(latent)`` this is the approximate gradient of `hard_forward`.
    """
    result: Tensor = _Approximate.apply(gates, latent, hardness)  # type: ignore[no-untyped-call]
    return result


def hard_forward(latent: Tensor, hardness: float) -> Tensor:
    """H(w) with the gradient of v(w)."""
    return approximate(hard(latent), latent, hardness)


def straight_through(gates: Tensor, latent: Tensor) -> Tensor:
    """The ``gates`` given, with gradient 1 (Bengio et al. 2013; with hard gates BinaryConnect's, Courbariaux et al. 2015)."""
    result: Tensor = _StraightThrough.apply(gates, latent)  # type: ignore[no-untyped-call]
    return result


def bernoulli(latent: Tensor, hardness: float, uniform: Tensor) -> Tensor:
    """1 with probability v(w), else 0, from uniform numbers in [0, 1), without a gradient."""
    return hard(soft(latent.detach(), hardness) - uniform)


class _Approximate(Function):
    @staticmethod
    def forward(ctx: Any, gates: Tensor, latent: Tensor, hardness: float) -> Tensor:
        ctx.save_for_backward(latent)
        ctx.hardness = hardness
        return gates.view_as(gates)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None]:
        (latent,) = ctx.saved_tensors
        slope = torch.ops.aten.sigmoid_backward(gradients[0], soft(latent, ctx.hardness))
        return None, slope.mul_(ctx.hardness), None


class _StraightThrough(Function):
    @staticmethod
    def forward(ctx: Any, gates: Tensor, latent: Tensor) -> Tensor:
        return gates.view_as(gates)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        return None, gradients[0]
