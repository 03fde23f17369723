"""Edge-popup: frozen random weights, one learned score an edge, the top share of every layer kept.

Source: Ramanujan et al. 2020 (arXiv 1911.13299), section 3, and the released code's starting values, score start and SGD
settings. Scores are compared in absolute value, and every layer keeps the same share, the first and the last too. ``scaling:
kept`` divides the weights by sqrt(density), as published. The released code, whose prune_rate is the share kept in the mask
and the share dropped here, divides by sqrt(1 - density), and leaves Xavier and uniform weights as they are. ``full_layers`` are
unscaled; its option for a full first layer scales that one too, and its full last layer has another start and a bias. ``scope:
network`` is no part of it (cf. Diffenderfer & Kailkhura 2021, who compare the scores of all layers too).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from disentangle.errors import InputError
from disentangle.families.abilities import Apportions, Drifts
from disentangle.families.base import Density, GradientFamily, Trait
from disentangle.families.given import Frame, Learning, State, Streams, Tensors
from disentangle.families.kernels import initial, top_share
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor

    from disentangle.networks import Layer

Values = Literal[
    "signed_constant", "unsigned_constant", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_constant"
]


class EdgePopup(GradientFamily, Apportions, Drifts):
    """Learns which edges of a random network to keep."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"selects", "rival"})

    values: Values = Field("signed_constant", description="frozen weights")
    scaling: Literal["kept", "dropped", "none"] = Field(
        "kept",
        description="the frozen weights are divided by the root of the share of edges that is kept, as published; of the share "
        "that is dropped, as in the released code; or not at all",
    )
    scope: Literal["layer", "network"] = Field("layer", description="every layer keeps the share, or all layers together do")
    full_layers: list[Literal["first", "last"]] = Field(
        [], description="layers that keep all their frozen edges, unscaled; the density is that of the others"
    )
    learning: Learning = Learning(optimiser="sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-4, schedule="cosine")

    def kept(self, frame: Frame) -> dict[str, int]:
        """All edges of full layers, and the share of the others."""
        return {layer.name: layer.edges for layer in frame.layers} | {x.name: frame.kept[x.name] for x in self._chosen(frame)}

    def start(self, frame: Frame, stream: Streams) -> State:
        """Frozen weights and the scores, all from the init stream.

        Raises InputError when the settings leave nothing to choose, divide by 0, or leave a layer without an edge.
        """
        generator, chosen = stream("init"), self._chosen(frame)
        if not chosen:
            raise InputError("full_layers leaves no layer whose edges could be chosen; leave it out for this network.")
        weights = initial.each_layer("initial", frame.layers, getattr(initial, self.values), generator)
        scores = initial.each_layer("score", chosen, initial.scores, generator)
        scale = self._scale(frame.density)
        scaled = {f"{layer.name}.initial": weights[f"{layer.name}.initial"] * scale for layer in chosen}
        starts = {f"{layer.name}.start_score": scores[f"{layer.name}.score"].clone() for layer in chosen}
        state = State(trained=scores, frozen=weights | scaled | starts)
        masks = self._top(frame, {layer: score.unsqueeze(0) for layer, score in state.role("score").items()})
        for layer, mask in masks.items():
            if not mask.any():
                raise InputError(
                    f"density {frame.density:g} of the whole network leaves layer {layer} without an edge at the start; "
                    "write a higher one for this family, or scope: layer."
                )
        return state

    def weights(self, frame: Frame, state: State) -> Tensors:
        """The frozen weights of the top share."""
        values = state.role("initial")
        weights = {layer: self.masked(values[layer], mask) for layer, mask in self.masks(frame, state).items()}
        scores = state.role("score").items()
        return weights | {layer: top_share.follow_scores(weights[layer], score, values[layer]) for layer, score in scores}

    def masked(self, values: Tensor, mask: Tensor) -> Tensor:
        """Effective weights (replicate, out, in, …) of a layer."""
        return mask.to(values.dtype).mul_(values)  # a product of bool and float takes twice as long

    def masks(self, frame: Frame, state: State) -> Tensors:
        """The top share of |score|: exactly `kept` edges of each layer, or as many in all."""
        top, values = self._top(frame, state.role("score")), state.role("initial")
        return {k: top[k] if k in top else torch.ones_like(value, dtype=torch.bool) for k, value in values.items()}

    def log(self, frame: Frame, state: State, progress: float) -> Tensors:
        """How far the choice is from its start, in layers that choose.

        ``mask_moved`` is the share of the edges kept that were not kept at the start, ``score_moved`` the Euclidean distance of
        the scores from their start, divided by its norm.
        """
        now, start = state.role("score"), state.role("start_score")
        masks, before = self._top(frame, now), self._top(frame, start)
        new = [(masks[layer] & ~before[layer]).flatten(1).sum(1) for layer in now]
        kept = self.kept(frame)
        return {
            "mask_moved": torch.stack(new).sum(0) / sum(kept[layer] for layer in now),
            "score_moved": _norm({layer: now[layer] - start[layer] for layer in now}) / _norm(start),
        }

    def _chosen(self, frame: Frame) -> list[Layer]:
        """The layers whose edges are chosen."""
        full = {{"first": frame.layers[0], "last": frame.layers[-1]}[place] for place in self.full_layers}
        return [layer for layer in frame.layers if layer not in full]

    def _top(self, frame: Frame, scores: Tensors) -> Tensors:
        """Masks of the layers whose edges are chosen."""
        magnitudes = {layer: score.detach().abs() for layer, score in scores.items()}
        return {layer: mask for layer, (mask, _) in top_share.top_masks(magnitudes, self.kept(frame), self.scope).items()}

    def _scale(self, density: float) -> float:
        if self.scaling == "dropped" and density == 1:
            raise InputError("scaling: dropped divides by the share dropped, which at density 1 is 0; write scaling: kept.")
        return 1 / sqrt({"kept": density, "dropped": 1 - density, "none": 1.0}[self.scaling])


def _norm(tensors: Tensors) -> Tensor:
    """Euclidean norm (replicate,) over all layers."""
    result: Tensor = torch.linalg.vector_norm(torch.cat([tensor.flatten(1) for tensor in tensors.values()], dim=1), dim=1)
    return result
