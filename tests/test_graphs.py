"""Graphs of any shape: groups and blocks, lists of edges, and paths."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from disentangle.errors import InputError
from disentangle.graphs.flat import from_edges, numbers
from disentangle.graphs.graph import Block, Edges, Graph, Group
from disentangle.graphs.paths import depths, live
from tests.random_graphs import flat_graphs, layered


@given(flat_graphs())
def test_a_list_of_edges_becomes_a_graph_and_comes_back(flat):
    ranks, roles, activations, edges = flat
    graph, number = from_edges(*flat), numbers(ranks, roles)
    assert sorted(number) == list(range(graph.nodes)) and graph.nodes == len(ranks)
    given_ = {(number[a], number[b]): weight for a, b, weight in zip(*edges, strict=True)}
    found = {(a, b): weight for a, b, weight in zip(*graph.edges, strict=True)}
    assert found == given_ and len(graph.edges.weight) == len(edges.weight)
    assert [graph.activations[i] for i in number] == activations
    for role in ("input", "hidden", "output"):
        assert graph.has(role)[number].tolist() == [own == role for own in roles]
    again = from_edges(
        [i for i, group in enumerate(graph.groups) for _ in range(group.size)],
        [group.role for group in graph.groups for _ in range(group.size)],
        graph.activations,
        graph.edges,
    )
    assert [(g.size, g.role, g.activation) for g in again.groups] == [(g.size, g.role, g.activation) for g in graph.groups]
    for one, other in zip(again.blocks, graph.blocks, strict=True):
        assert (one.source, one.target) == (other.source, other.target) and np.array_equal(one.weights, other.weights)


@given(flat_graphs())
def test_degrees_depths_and_live_nodes_are_those_of_networkx(flat):
    graph = from_edges(*flat)
    directed = nx.DiGraph()
    directed.add_nodes_from(range(graph.nodes))
    directed.add_edges_from(zip(graph.edges.source.tolist(), graph.edges.target.tolist(), strict=True))
    assert graph.in_degree.tolist() == [directed.in_degree(node) for node in range(graph.nodes)]
    assert graph.out_degree.tolist() == [directed.out_degree(node) for node in range(graph.nodes)]
    inputs, outputs = (np.flatnonzero(graph.has(role)).tolist() for role in ("input", "output"))
    deep, alive = depths(graph), live(graph)
    for node in range(graph.nodes):
        paths = [len(path) - 1 for i in inputs if i != node for path in nx.all_simple_paths(directed, i, node)]
        assert deep[node] == (0 if node in inputs else max(paths, default=-1))
        reached = node in inputs or any(nx.has_path(directed, i, node) for i in inputs)
        assert alive[node] == (reached and any(nx.has_path(directed, node, o) for o in outputs))


def test_a_graph_by_hand():
    first = np.array([[2.0, 0, -1], [0, 0, 0]])
    graph = layered(first, [[0, 3.0], [4, 0]])
    graph = replace(graph, blocks=[*graph.blocks, Block(0, 2, np.array([[0, 0.5, 0], [0, 0, 0]]), fixed=True)])
    assert graph.nodes == 7
    edges = {(a, b): weight for a, b, weight in zip(*graph.edges, strict=True)}
    assert edges == {(0, 3): 2, (2, 3): -1, (4, 5): 3, (3, 6): 4, (1, 5): 0.5}
    assert graph.in_degree.tolist() == [0, 0, 0, 2, 0, 2, 1]
    assert graph.out_degree.tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert depths(graph).tolist() == [0, 0, 0, 1, -1, 1, 2]  # node 4 reads nothing
    assert live(graph).tolist() == [True, True, True, True, False, True, True]
    doubled = graph.reweighted(lambda weights: 2 * weights)
    assert sorted(doubled.edges.weight) == [-2, 0.5, 4, 6, 8]
    assert set(graph.unweighted.edges.weight) == {1} and len(graph.unweighted.edges.weight) == 5


NODES = ([0, 0, 1, 2], ["input", "input", "hidden", "output"], ["linear", "linear", "relu", "linear"])


@pytest.mark.parametrize(
    ("edges", "sentence"),
    [
        (([0], [4], [1]), "names a node that is not there; nodes are 0 to 3"),
        (([0], [1], [1]), "from node 0 to node 1 leads to no higher rank"),
        (([3], [2], [1]), "from node 3 to node 2 leads to no higher rank"),
        (([0, 0], [2, 2], [1, 2]), "given twice"),
        (([0], [2], [0]), "has weight 0"),
        (([0], [2], [np.nan]), "from input0 to hidden1 has a weight that is not finite"),
        (([0], [2, 3], [1]), "1 sources, 2 targets and 1 weights; give one of each an edge"),
    ],
)
def test_edges_that_make_no_graph_are_refused(edges, sentence):
    with pytest.raises(InputError, match=sentence):
        from_edges(*NODES, Edges(*map(np.array, edges)))


def test_groups_and_blocks_that_make_no_graph_are_refused():
    groups = [Group("a", 2, "input"), Group("b", 1, "output")]
    with pytest.raises(InputError, match=r"from a to b has shape \(2, 1\); it must be \(1, 2\)"):
        Graph(groups, [Block(0, 1, np.ones((2, 1)))])
    with pytest.raises(InputError, match="from b to a leads backwards"):
        Graph(groups, [Block(1, 0, np.ones((2, 1)))])
    with pytest.raises(InputError, match="b has 1 nodes and 2 activations"):
        Graph([groups[0], Group("b", 1, "output", ("relu", "tanh"))], [])
    with pytest.raises(InputError, match="4 ranks, 4 roles and 3 activations"):
        from_edges(*NODES[:2], NODES[2][:3], Edges(*map(np.array, ([0], [2], [1]))))
