"""Supermask: frozen random weights under a random mask, whose probabilities are learned.

Source: Zhou et al. 2019 (arXiv 1905.01067) and their released code. In each step of the training an edge exists with
probability S(logit), S the logistic function, and the gradient of the mask is that of the probability. ``rescaling`` is their
dynamic weight rescaling; as in that code, its factor is differentiated too. The network that is evaluated has the edges of
probability above 1/2, as their option round_mask has it: an edge whose logit never left a start of 0 does not exist, and before
the training none does. They report masks that are drawn: `Supermask.draw`. Deviations: He scale, not Glorot; no biases; Adam.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from disentangle.families.abilities import Draws, Logs, Substitutes
from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, Moment, State, Streams, Tensors
from disentangle.families.kernels import gates, initial
from disentangle.late import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Generator, Tensor


class Supermask(GradientFamily, Substitutes, Draws, Logs):
    """Learns with which probability each edge of a random network exists."""

    density: ClassVar[Density] = "free"
    traits: ClassVar[frozenset[Trait]] = frozenset({"selects"})

    values: Literal["signed_constant", "kaiming_normal"] = Field("signed_constant", description="frozen weights")
    initial_logit: float = Field(0.0, description="of every edge at the start; lower ones lead to fewer edges")
    rescaling: bool = Field(True, description="a layer's weights are multiplied by places / edges of the mask in force")
    learning: Learning = Learning(learning_rate=0.1, schedule="cosine")

    def start(self, frame: Frame, stream: Streams) -> State:
        """Frozen weights from the init stream; all logits, as latent variables, are equal."""
        logits = {f"{layer.name}.latent": torch.full(layer.shape, self.initial_logit) for layer in frame.layers}
        weights = initial.each_layer("initial", frame.layers, getattr(initial, self.values), stream("init"))
        return State(trained=logits, frozen=weights)

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The frozen weights under the rounded mask."""
        return self._masked(state, {layer: gates.hard(latent) for layer, latent in state.role("latent").items()})

    def masks(self, frame: Frame, state: State) -> Tensors:
        """1 where the probability is above 1/2."""
        return {layer: latent > 0 for layer, latent in state.role("latent").items()}

    def training_weights(self, frame: Frame, state: State, moment: Moment) -> Tensors:
        """The frozen weights under a mask drawn in this step."""
        return self.draw(frame, state, moment.generators("gates"))

    def draw(self, frame: Frame, state: State, generators: Sequence[Generator]) -> Tensors:
        """The frozen weights under a mask drawn by the probabilities, with their gradient."""
        latent = state.role("latent").items()
        return self._masked(state, {k: gates.estimate("stochastic", gates.hard(x), x, 1.0, generators) for k, x in latent})

    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """``density_drawn``: the expected density of a drawn mask."""
        expected = [gates.soft(latent, 1.0).flatten(1).sum(1) for latent in state.role("latent").values()]
        return {"density_drawn": torch.stack(expected).sum(0) / sum(layer.edges for layer in frame.layers)}

    def _masked(self, state: State, masks: Tensors) -> Tensors:
        """The frozen weights under masks of 0 and 1; a mask without edges is not rescaled."""
        weights = {layer: value * masks[layer] for layer, value in state.role("initial").items()}
        return {layer: weight * _factor(masks[layer]) for layer, weight in weights.items()} if self.rescaling else weights


def _factor(mask: Tensor) -> Tensor:
    """Places / edges of each replicate, in as many axes as the mask."""
    rows = mask.flatten(1)
    return (rows.shape[1] / rows.sum(1).clamp_min(1)).view(-1, *[1] * (mask.dim() - 1))
