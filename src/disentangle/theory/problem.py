"""What the checks minimise over masks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor


class Problem(Protocol):
    """A loss on the cube [0, 1]^edges; the theory asks that it be smooth, which that of a ReLU network is not."""

    @property
    def edges(self) -> int:
        """Number of edges."""

    def loss(self, weights: Tensor) -> Tensor:
        """Loss (row,) of each row of weights (row, edge), float64."""


@dataclass(frozen=True)
class Together:
    """Problems of one kind and size as one, since so few numbers cost less than the calls that move them.

    The problems are dataclasses that differ in nothing but their tensors. The first ``rows`` rows of weights belong to the
    first problem, the next to the second, and so on; after the last it starts again with the first.
    """

    problems: Sequence[Any]
    rows: int

    @property
    def edges(self) -> int:
        """Number of edges of each."""
        return int(self.problems[0].edges)

    def loss(self, weights: Tensor) -> Tensor:
        """Loss (row,) of each row of weights (row, edge) in its own problem."""
        first, *_ = self.problems
        tensors = {
            name: torch.stack([vars(of)[name] for of in self.problems])
            for name, own in vars(first).items()
            if isinstance(own, Tensor)
        }

        def one(own: dict[str, Tensor], blocks: Tensor) -> Tensor:
            found: Tensor = replace(first, **own).loss(blocks.flatten(0, 1))
            return found.reshape(blocks.shape[:2])

        blocks = weights.reshape(-1, len(self.problems), self.rows, self.edges)
        losses: Tensor = torch.vmap(one, in_dims=(0, 1), out_dims=1)(tensors, blocks)
        return losses.flatten()
