"""Gates on latent variables, and the gradients with which they can be learned. All work on whole cohorts.

An edge is there where its latent variable w is positive, H(w) = 1[w > 0]; its soft gate is v(w) = S(hardness · w), S the
logistic function. Source: our reconstruction of Colombo & Gao 2020 (the abstract names an approximate gradient, not its form);
docs/theory.md says what each gradient is worth.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.autograd import Function

from disentangle.accelerator import send


def hard(latent: Tensor) -> Tensor:
    """H(w), 0 or 1 in the precision of the latent variables, without a gradient."""
    return latent.detach().sign().clamp_min_(0)  # comparing and converting takes five times as long


def soft(latent: Tensor, hardness: float) -> Tensor:
    """v(w) and its own gradient: that of the relaxed loss is exact."""
    return torch.sigmoid(latent * hardness)


def estimate(estimator: str, gates: Tensor, latent: Tensor, hardness: float, generators: Sequence[Generator] = ()) -> Tensor:
    """Gates of a forward pass, with the gradient that the estimator gives them in w.

    ``gates`` are the hard ones of ``latent`` (replicate, …); each replicate draws from its own of the ``generators``, where the
    estimator draws. Raises ValueError for an estimator that does not exist.
    """
    match estimator:
        case "hard_forward":
            return _approximate(gates, latent, hardness)
        case "soft":
            return soft(latent, hardness)
        case "identity":
            return _straight_through(gates, latent)
        case "stochastic":
            drawn = [torch.rand(latent.shape[1:], generator=g, dtype=latent.dtype) for g in generators]
            chance = soft(latent.detach(), hardness)
            return _approximate(hard(chance - send(torch.stack(drawn), latent.device)), latent, hardness)
    raise ValueError(estimator)


def _approximate(gates: Tensor, latent: Tensor, hardness: float) -> Tensor:
    """The ``gates`` given, with the gradient of the soft ones: dL/dw = dL/dgate · v'(w), v' = hardness · S(1 - S)."""
    result: Tensor = _Approximate.apply(gates, latent, hardness)  # type: ignore[no-untyped-call]
    return result


def _straight_through(gates: Tensor, latent: Tensor) -> Tensor:
    """The ``gates`` given, with gradient 1 (Bengio et al. 2013; with hard gates BinaryConnect's, Courbariaux et al. 2015)."""
    result: Tensor = _StraightThrough.apply(gates, latent)  # type: ignore[no-untyped-call]
    return result


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
