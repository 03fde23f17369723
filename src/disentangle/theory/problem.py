"""What the checks minimise over masks."""

from typing import Protocol

from torch import Tensor


class Problem(Protocol):
    """A smooth loss on the cube [0, 1]^edges."""

    @property
    def edges(self) -> int:
        """Number of edges."""

    def loss(self, weights: Tensor) -> Tensor:
        """Loss (row,) of each row of weights (row, edge), float64."""
