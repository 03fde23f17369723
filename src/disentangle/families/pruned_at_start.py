"""Pruned before the training: a score of the untrained edges settles the mask, and what is left is trained under it.

Source: SNIP (Lee et al. 2019, arXiv 1810.02340), GraSP (Wang et al. 2020, arXiv 2002.07376) and SynFlow (Tanaka et al. 2020,
arXiv 2006.05467, and its released code), with the magnitude at the start and a random score as controls. All layers are ranked
together, and the total is exact; a layer may lose every edge. Start and learning are those of dense. Deviations: the gradients
of SNIP and GraSP are those of the network under our normalisation, on one mini-batch, in float32 (GraSP's released code takes
some images of each class and divides the logits by 200); no biases.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, inf
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from disentangle.families.base import Family
from disentangle.families.given import Frame, Learning, Probe, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share
from disentangle.late import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class PrunedAtStart(Family):
    """Removes the edges of the lowest score from the untrained network, and trains what is left."""

    density: ClassVar[Literal["chosen"]] = "chosen"

    score: Literal["snip", "grasp", "synflow", "magnitude", "random"] = Field("snip", description="what an edge is kept for")
    iterations: int = Field(100, ge=1, description="of synflow: prunings on the way to the density, a fresh score before each")
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @property
    def real_valued(self) -> bool:
        """Every weight is drawn."""
        return True

    @model_validator(mode="after")
    def _signals_do_not_cancel(self) -> Self:
        if self.score == "synflow" and self.on_off:
            raise ValueError("synflow finds no flow where ON and OFF channels cancel; leave on_off out or choose another score")
        return self

    def start(self, frame: Frame, stream: Streams) -> State:
        """The dense family's start, and a mask that is full until `prepare`, but for the random score."""
        weights = initial.each_layer("weight", frame.layers, initial.kaiming_normal, stream("init"))
        mask = torch.ones(1, _edges(frame), dtype=torch.bool)
        if self.score == "random":
            mask = top_share.top_mask(torch.rand(mask.shape, generator=stream("mask")), _kept(frame, frame.density))
        return State(trained=weights, frozen={f"{layer}.mask": part[0] for layer, part in _by_layer(frame, mask).items()})

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The trained weights under the mask."""
        masks = state.role("mask")
        return {layer: weight * masks[layer] for layer, weight in state.role("weight").items()}

    def masks(self, frame: Frame, state: State) -> Tensors:
        """What the pruning left."""
        return state.role("mask")

    def prepare(self, frame: Frame, state: State, probe: Probe) -> None:
        """Prune: once, or for synflow to density^(t/T) in its t-th of T iterations; no edge comes back."""
        if self.score == "random":
            return
        masks, prunings = state.role("mask"), self.iterations if self.score == "synflow" else 1
        for t in range(1, prunings + 1):
            weights = {layer: weight.detach().requires_grad_() for layer, weight in self.weights(frame, state).items()}
            scores = SCORES[self.score](probe, weights)
            flat = torch.cat([scores[layer].masked_fill(~mask, -inf).flatten(1) for layer, mask in masks.items()], dim=1)
            best = top_share.top_mask(flat, _kept(frame, frame.density ** (t / prunings)))
            for layer, part in _by_layer(frame, best).items():
                masks[layer].copy_(part)


def snip(probe: Probe, weights: Tensors) -> Tensors:
    """|w dL/dw|: by how much the loss changes, to first order, when an edge is removed (Lee et al. 2019)."""
    gradients = torch.autograd.grad(probe.loss(weights).sum(), list(weights.values()))
    return {layer: (w * g).abs().detach() for (layer, w), g in zip(weights.items(), gradients, strict=True)}


def grasp(probe: Probe, weights: Tensors) -> Tensors:
    """w · Hg, with the gradient g of the loss and its Hessian H (Wang et al. 2020, who drop the largest -w · Hg).

    To first order a step along the gradient lowers the loss by |g|² times its length, so |g|² should survive the pruning.
    Removing edge q moves the weights by -w_q along its axis, the gradient by -w_q times column q of H, and so |g|² by
    -2 w_q (Hg)_q. Where w · Hg is largest the removal costs most: such an edge is kept; where it is far below 0, the removal
    raises |g|², and such an edge goes first.
    """
    tensors = list(weights.values())
    gradients = torch.autograd.grad(probe.loss(weights).sum(), tensors, create_graph=True)
    along = torch.stack([(g * g.detach()).sum() for g in gradients]).sum()
    products = torch.autograd.grad(along, tensors)
    return {layer: (w * hg).detach() for (layer, w), hg in zip(weights.items(), products, strict=True)}


def synflow(probe: Probe, weights: Tensors) -> Tensors:
    """|w| dR/d|w|, with R the flow of the absolute weights (Tanaka et al. 2020): what passes through an edge.

    In float64: R grows by a factor of some √fan_in a layer, which float32 cannot hold in fifty layers. Needs no data.
    """
    absolute = {layer: weight.detach().double().abs().requires_grad_() for layer, weight in weights.items()}
    gradients = torch.autograd.grad(probe.flow(absolute).sum(), list(absolute.values()))
    return {layer: (w * g).detach() for (layer, w), g in zip(absolute.items(), gradients, strict=True)}


def magnitude(probe: Probe, weights: Tensors) -> Tensors:
    """|w|, as it stands: the start's deviation √(2 / fan_in) favours layers of small fan-in."""
    return {layer: weight.detach().abs() for layer, weight in weights.items()}


SCORES: dict[str, Callable[[Probe, Tensors], Tensors]] = {
    "snip": snip,
    "grasp": grasp,
    "synflow": synflow,
    "magnitude": magnitude,
}


def _edges(frame: Frame) -> int:
    return sum(layer.edges for layer in frame.layers)


def _kept(frame: Frame, share: float) -> int:
    """Edges that all layers together keep at a share of them: ceil(share · edges), in exact decimal arithmetic."""
    return ceil(Fraction(str(share)) * _edges(frame))


def _by_layer(frame: Frame, flat: Tensor) -> dict[str, Tensor]:
    """The entries of each layer (replicate, out, in, …), of those of all layers one after the other (replicate, edge)."""
    parts = torch.split(flat, [layer.edges for layer in frame.layers], dim=1)
    return {layer.name: part.view(-1, *layer.shape) for layer, part in zip(frame.layers, parts, strict=True)}
