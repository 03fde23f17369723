"""The graph of one network: groups of nodes in topological order, and blocks of weights between them.

Blocks, and not a list of edges, since a null deals weights anew over the places of a block, and since spectra come from
matrices. The list of edges follows (`Graph.edges`), and a graph can be made from one (`disentangle.graphs.flat.from_edges`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from disentangle.errors import InputError
from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Role = Literal["input", "hidden", "output"]


@dataclass(frozen=True)
class Group:
    """Nodes that stand at one place of the order, such as the units of a layer; ``activation`` is that of all, or of each.

    A node is its activation of the sum over its edges. Inputs are given, a constant one too (``linear``, never applied).
    """

    name: str
    size: int
    role: Role = "hidden"
    activation: str | tuple[str, ...] = "linear"

    @property
    def activations(self) -> tuple[str, ...]:
        """Activation of each node."""
        return (self.activation,) * self.size if isinstance(self.activation, str) else self.activation


@dataclass(frozen=True, eq=False)
class Block:
    """Weights (unit of ``target``, unit of ``source``) between two groups, told by their numbers; 0 where there is no edge.

    ``fixed`` where nothing was chosen: these edges are there in every network of the kind, as in an identity shortcut.
    """

    source: int
    target: int
    weights: Array
    fixed: bool = False


class Edges(NamedTuple):
    """A list of edges (edge,): numbers of the nodes that each comes from and leads to, and its weight."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Array


@dataclass(frozen=True, eq=False)
class Graph:
    """One network's graph. Nodes are numbered group by group. Blocks between the same two groups are parallel edges.

    Raises InputError for a block that leads to its own or an earlier group, whose shape is not that of its groups, or that has
    a weight that is not finite, and for a group whose activations are not one a node.
    """

    groups: Sequence[Group]
    blocks: Sequence[Block]

    def __post_init__(self) -> None:
        for group in self.groups:
            if len(group.activations) != group.size:
                counts = f"{group.size} nodes and {len(group.activations)} activations"
                raise InputError(f"{group.name} has {counts}; give one a node.")
        for block in self.blocks:
            source, target = self.groups[block.source], self.groups[block.target]
            between = f"a block of weights from {source.name} to {target.name}"
            if not 0 <= block.source < block.target:
                raise InputError(f"{between} leads backwards; order the groups so that every block leads to a later one.")
            if block.weights.shape != (shape := (target.size, source.size)):
                raise InputError(f"{between} has shape {block.weights.shape}; it must be {shape}.")
            if not np.isfinite(block.weights).all():
                raise InputError(f"{between} has a weight that is not finite; train the cell again.")

    @cached_property
    def places(self) -> Sequence[slice]:
        """Numbers of the nodes of each group."""
        return [slice(*ends) for ends in pairwise(accumulate((group.size for group in self.groups), initial=0))]

    @property
    def nodes(self) -> int:
        """How many there are."""
        return sum(group.size for group in self.groups)

    @property
    def activations(self) -> list[str]:
        """Activation of each node."""
        return [name for group in self.groups for name in group.activations]

    def has(self, role: Role) -> NDArray[np.bool_]:
        """Whether each node (node,) has that role."""
        return np.array([group.role == role for group in self.groups for _ in range(group.size)], bool)

    @cached_property
    def edges(self) -> Edges:
        """All edges, block by block; a weight of 0 is none."""
        none = Edges(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        return Edges(*map(np.concatenate, zip(none, *map(self._edges, self.blocks), strict=True)))

    def _edges(self, block: Block) -> Edges:
        unit, before = np.nonzero(block.weights)
        source, target = (self.places[group].start for group in (block.source, block.target))
        return Edges(source + before, target + unit, block.weights[unit, before])

    @property
    def in_degree(self) -> NDArray[np.int64]:
        """Edges into each node (node,)."""
        return np.bincount(self.edges.target, minlength=self.nodes)

    @property
    def out_degree(self) -> NDArray[np.int64]:
        """Edges out of each node (node,)."""
        return np.bincount(self.edges.source, minlength=self.nodes)

    def reweighted(self, change: Callable[[Array], Array], fixed: bool = False) -> Graph:
        """The graph with other weights in each block, in the same shape; those of fixed blocks stay unless ``fixed``."""
        changed = (b if b.fixed and not fixed else replace(b, weights=change(b.weights)) for b in self.blocks)
        return replace(self, blocks=tuple(changed))

    @property
    def unweighted(self) -> Graph:
        """The graph with weight 1 on every edge."""
        return self.reweighted(lambda weights: (weights != 0).astype(np.float64), fixed=True)
