"""How far the nodes of a graph are from its inputs, and which of them matter to its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from disentangle.graphs.graph import Graph


def depths(graph: Graph) -> NDArray[np.int64]:
    """Edges on the longest path from an input to each node (node,): 0 of inputs, -1 where no input leads."""
    found = np.where(graph.has("input"), 0, -1)
    # All blocks into a group stand before those out of it.
    for block in sorted(graph.blocks, key=lambda block: block.target):
        before, here = found[graph.places[block.source]], graph.places[block.target]
        longest = np.where((block.weights != 0) & (before >= 0), before + 1, -1).max(axis=1, initial=-1)
        found[here] = np.maximum(found[here], longest)
    return found


def live(graph: Graph) -> NDArray[np.bool_]:
    """Whether each node (node,) stands on a path from an input to an output."""
    leads = graph.has("output")
    for block in sorted(graph.blocks, key=lambda block: -block.source):
        here = graph.places[block.source]
        leads[here] |= ((block.weights != 0) & leads[graph.places[block.target], None]).any(axis=0)
    reached: NDArray[np.bool_] = depths(graph) >= 0
    return leads & reached
