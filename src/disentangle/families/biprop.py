"""Biprop: the edges that edge-popup finds, with the sign of their frozen weight and one magnitude a layer.

Source: Diffenderfer & Kailkhura 2021 (arXiv 2103.09377) and their released code: weight = alpha · sign(W) · mask with
alpha = sum |W · mask| / kept of the layer, computed anew in every forward pass. The gradient is edge-popup's, without alpha:
dL/dscore = dL/dweight · W · sign(score). Deviations: alpha divides by the exact number kept, theirs by density · edges rounded
down; the scale of W is edge-popup's as published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from disentangle.families.base import Trait
from disentangle.families.edge_popup import EdgePopup, Values

if TYPE_CHECKING:
    from torch import Tensor


class Biprop(EdgePopup):
    """Learns which edges of a random network to keep, and keeps the signs of their weights only."""

    traits: ClassVar[frozenset[Trait]] = frozenset({"selects"})

    values: Values = Field("kaiming_normal", description="frozen weights, whose signs and mean magnitude are taken")

    def masked(self, values: Tensor, mask: Tensor) -> Tensor:
        """Signs, times the mean magnitude of the edges kept of each layer and replicate."""
        kept = super().masked(values, mask)
        alpha = kept.abs().flatten(1).sum(1) / mask.flatten(1).sum(1).clamp_min(1)
        return kept.sign_().mul_(alpha.view(-1, *[1] * (kept.dim() - 1)))
