"""Pruned before the training: a score of the untrained edges settles the mask, and what is left is trained under it.

Source: SNIP (Lee et al. 2019, arXiv 1810.02340), GraSP (Wang et al. 2020, arXiv 2002.07376) and SynFlow (Tanaka et al. 2020,
arXiv 2006.05467, and its released code), with the magnitude at the start and a random score as controls. All layers are ranked
together, and the total is exact; a layer may lose every edge. Start and learning are those of dense. Deviations: the gradients
of SNIP and GraSP are those of the network under our normalisation, on one mini-batch, in float32 (GraSP's released code takes
equally many images of each class, and divides the logits by 200, which ``temperature`` can do too); no biases.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, inf
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from disentangle.families.abilities import Prepares
from disentangle.families.base import Density, GradientFamily
from disentangle.families.given import Frame, Learning, Probe, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share
from disentangle.late import torch

if TYPE_CHECKING:
    from collections.abc import Callable


class PrunedAtStart(GradientFamily, Prepares):
    """Removes the edges of the lowest score from the untrained network, and trains what is left."""

    density: ClassVar[Density] = "chosen"

    score: Literal["snip", "grasp", "synflow", "magnitude", "random"] = Field("snip", description="what an edge is kept for")
    iterations: int = Field(100, ge=1, description="of synflow: prunings on the way to the density, a fresh score before each")
    temperature: float = Field(
        1.0, gt=0, description="of grasp: divides the logits for the score alone; its released code has 200"
    )
    learning: Learning = Learning(learning_rate=1.2e-3, schedule="cosine")

    @property
    def edge_weights(self) -> Literal["own"]:
        """Every weight is drawn."""
        return "own"

    @model_validator(mode="after")
    def _signals_do_not_cancel(self) -> Self:
        if self.score == "synflow" and self.on_off:
            raise ValueError("synflow finds no flow where ON and OFF channels cancel; leave on_off out or choose another score")
        return self

    @model_validator(mode="after")
    def _only_grasp_has_a_temperature(self) -> Self:
        if self.temperature != 1 and self.score != "grasp":
            raise ValueError(f"temperature has no effect on score {self.score}; leave it out or write score: grasp")
        return self

    def start(self, frame: Frame, stream: Streams) -> State:
        """The dense family's start, and a mask that is full until `prepare`, but for the random score."""
        weights = initial.each_layer("weight", frame.layers, initial.kaiming_normal, stream("init"))
        masks = {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in frame.layers}
        if self.score == "random":
            generator = stream("mask")
            scores = {layer.name: torch.rand(1, *layer.shape, generator=generator) for layer in frame.layers}
            masks = {layer: mask[0] for layer, mask in _best(frame, scores, frame.density).items()}
        return State(trained=weights, frozen={f"{layer}.mask": mask for layer, mask in masks.items()})

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
            scores = SCORES[self.score](probe, weights, **({"temperature": self.temperature} if self.score == "grasp" else {}))
            left = {layer: scores[layer].masked_fill(~mask, -inf) for layer, mask in masks.items()}
            for layer, mask in _best(frame, left, frame.density ** (t / prunings)).items():
                masks[layer].copy_(mask)


def snip(probe: Probe, weights: Tensors) -> Tensors:
    """|w dL/dw|: by how much the loss changes, to first order, when an edge is removed (Lee et al. 2019)."""
    gradients = torch.autograd.grad(probe.loss(weights).sum(), list(weights.values()))
    return {layer: (w * g).abs().detach() for (layer, w), g in zip(weights.items(), gradients, strict=True)}


def grasp(probe: Probe, weights: Tensors, temperature: float = 1.0) -> Tensors:
    """w · Hg, with the gradient g of the loss and its Hessian H (Wang et al. 2020, who drop the largest -w · Hg).

    Both are those of the loss of logits divided by the ``temperature``. The higher it is, the flatter the softmax; at the 200
    of the released code the score is nearly, but for a factor, that of the loss mean logit - right logit.

    To first order a step along the gradient lowers the loss by |g|² times its length, so |g|² should survive the pruning.
    Removing edge q moves the weights by -w_q along its axis, the gradient by -w_q times column q of H, and so |g|² by
    -2 w_q (Hg)_q. Where w · Hg is largest the removal costs most: such an edge is kept; where it is far below 0, the removal
    raises |g|², and such an edge goes first.
    """
    tensors = list(weights.values())
    gradients = torch.autograd.grad(probe.loss(weights, temperature).sum(), tensors, create_graph=True)
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
    """|w|, not rescaled: since weights start with deviation √(2 / fan_in), layers of small fan-in keep more edges."""
    return {layer: weight.detach().abs() for layer, weight in weights.items()}


SCORES: dict[str, Callable[..., Tensors]] = {
    "snip": snip,
    "grasp": grasp,
    "synflow": synflow,
    "magnitude": magnitude,
}


def _best(frame: Frame, scores: Tensors, share: float) -> Tensors:
    """Masks of the best edges of all layers together, ceil(share · edges) of them in exact decimal arithmetic."""
    kept = ceil(Fraction(str(share)) * sum(layer.edges for layer in frame.layers))
    return {layer: mask for layer, (mask, _) in top_share.top_masks_together(scores, kept).items()}
