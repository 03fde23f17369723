"""What the checks minimise over masks."""

from typing import Protocol

from torch import Tensor


class Problem(Protocol):
    """A loss on the cube [0, 1]^edges; the theory asks that it be smooth, which that of a ReLU network is not."""

    @property
    def edges(self) -> int:
        """Number of edges."""

    def loss(self, weights: Tensor) -> Tensor:
        """Loss (row,) of each row of weights (row, edge), float64."""
