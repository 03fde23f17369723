"""Weight-free networks of a density that the config chooses: the edges with the largest latent variables exist.

Source: our reconstruction, as `disentangle.families.weight_free`; the exact top share is edge-popup's (Ramanujan et al. 2020),
of the latent variables themselves instead of their magnitudes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from disentangle.families.base import Density, Trait
from disentangle.families.given import Frame, Moment, State, Tensors
from disentangle.families.kernels import top_share
from disentangle.families.weight_free import Positive, WeightFree

if TYPE_CHECKING:
    from torch import Tensor


class WeightFreeTopShare(WeightFree):
    """Learns which edges exist, an exact number of them."""

    density: ClassVar[Density] = "chosen"
    traits: ClassVar[frozenset[Trait]] = frozenset({"exact_share"})

    clip: Positive = Field(0.3, description="bound of the distance of a latent variable from the smallest that is kept")
    scope: Literal["layer", "network"] = Field("layer", description="every layer keeps the share, or all layers together do")

    @property
    def approximate_gradient(self) -> bool:
        """False: the threshold of a top share moves with the latent variables, which the theory does not cover."""
        return False

    @model_validator(mode="after")
    def _steered_once(self) -> Self:
        if self.edge_penalty:
            raise ValueError("edge_penalty steers a density that densities fixes; leave it out or use the family weight_free")
        return self

    def masks(self, frame: Frame, state: State) -> Tensors:
        """The top share: the density's share of each layer, or of all layers together."""
        return {layer: mask for layer, (mask, _) in self._chosen(frame, state).items()}

    def decided(self, frame: Frame, state: State) -> dict[str, tuple[Tensor, Tensor]]:
        """The top share, and the latent variables minus the smallest that is kept; no gradient goes through that one."""
        latent = state.role("latent")
        return {
            layer: (mask.to(latent[layer].dtype), latent[layer] - threshold.view(-1, *[1] * (mask.dim() - 1)))
            for layer, (mask, threshold) in self._chosen(frame, state).items()
        }

    def after_step(self, frame: Frame, state: State, moment: Moment) -> None:
        """Clip the distance of the latent variables from the threshold.

        If they were clipped about 0 instead, more of them than are kept could reach the upper bound, where all are equal.
        """
        latent = state.role("latent")
        for layer, (_, threshold) in self._chosen(frame, state).items():
            middle = threshold.view(-1, *[1] * (latent[layer].dim() - 1))
            latent[layer].clamp_(middle - self.clip, middle + self.clip)

    def _chosen(self, frame: Frame, state: State) -> dict[str, tuple[Tensor, Tensor]]:
        """Mask and threshold (replicate, 1) of each layer."""
        return top_share.top_masks(state.role("latent"), frame.kept, self.scope)
