"""Graphs from lists of nodes and edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disentangle.errors import InputError
from disentangle.graphs.graph import Block, Edges, Graph, Group, Role
from disentangle.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def from_edges(ranks: Sequence[int], roles: Sequence[Role], activations: Sequence[str], edges: Edges) -> Graph:
    """The graph of nodes with these ranks, roles and activations (node,), and of these edges.

    Along every edge the ``ranks`` rise: nodes of one rank and role are a group, and groups stand by rank, inputs before hidden
    nodes before outputs. The graph numbers its nodes anew, group by group (`numbers`), those of a group in the order given.
    There is a block for every pair of groups with an edge.

    Raises InputError when the lists differ in length, for an edge of a node that is not there, along which the rank does not
    rise, that is given twice or whose weight is 0, and as `Graph` does.
    """
    rank = np.asarray(ranks, np.int64)
    if not len(rank) == len(roles) == len(activations):
        counts = f"{len(rank)} ranks, {len(roles)} roles and {len(activations)} activations"
        raise InputError(f"{counts} were given; give one a node.")
    source, target, weight = np.asarray(edges.source, np.int64), np.asarray(edges.target, np.int64), np.asarray(edges.weight)
    _check(rank, source, target, weight)
    number = numbers(ranks, roles)
    members: dict[tuple[int, Role], list[int]] = {}
    for node in np.argsort(number).tolist():
        members.setdefault((int(rank[node]), roles[node]), []).append(node)
    groups = [
        Group(f"{role}{place}", len(own), role, tuple(activations[node] for node in own))
        for (place, role), own in members.items()
    ]
    group = np.repeat(np.arange(len(groups)), [each.size for each in groups])[number]
    unit = number - np.searchsorted(np.sort(group), group)
    between = group[target] * len(groups) + group[source]
    blocks = []
    for pair in np.unique(between).tolist():
        own, (j, i) = between == pair, divmod(pair, len(groups))
        matrix = np.zeros((groups[j].size, groups[i].size))
        matrix[unit[target[own]], unit[source[own]]] = weight[own]
        blocks.append(Block(i, j, matrix))
    return Graph(tuple(groups), tuple(blocks))


def numbers(ranks: Sequence[int], roles: Sequence[Role]) -> NDArray[np.int64]:
    """The number that `from_edges` gives each node."""
    by_role = [("input", "hidden", "output").index(role) for role in roles]
    return np.argsort(np.lexsort((np.array(by_role, np.int64), np.asarray(ranks, np.int64))))


def _check(rank: NDArray[np.int64], source: NDArray[np.int64], target: NDArray[np.int64], weight: NDArray[Any]) -> None:
    if not len(source) == len(target) == len(weight):
        counts = f"{len(source)} sources, {len(target)} targets and {len(weight)} weights"
        raise InputError(f"edges have {counts}; give one of each an edge.")
    both = np.concatenate([source, target])
    if ((both < 0) | (both >= len(rank))).any():
        raise InputError(f"an edge names a node that is not there; nodes are 0 to {len(rank) - 1}.")
    if (level := rank[source] >= rank[target]).any():
        at = int(level.argmax())
        raise InputError(f"the edge from node {source[at]} to node {target[at]} leads to no higher rank; ranks must rise.")
    if len(np.unique(source * len(rank) + target)) < len(source):
        raise InputError("an edge is given twice; give one with the sum of their weights.")
    if not np.all(weight):
        raise InputError("an edge has weight 0; leave it out.")
