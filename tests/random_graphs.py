"""Graphs of any shape to try things on: random ones, layered ones by hand, and the same graph in networkx."""

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from disentangle.graphs.graph import Block, Edges, Graph, Group

ACTIVATIONS = ("relu", "tanh", "abs", "-relu", "linear")


def layered(*blocks):
    """The graph of blocks (unit, unit before), input to output."""
    matrices = [np.asarray(block, float) for block in blocks]
    sizes, roles = [matrices[0].shape[1], *map(len, matrices)], ["input", *["hidden"] * (len(blocks) - 1), "output"]
    groups = [Group(f"layer{i}", size, role) for i, (size, role) in enumerate(zip(sizes, roles, strict=True))]
    return Graph(groups, [Block(i, i + 1, matrix) for i, matrix in enumerate(matrices)])


@st.composite
def flat_graphs(draw):
    """Ranks, roles, activations and edges of a graph with skip connections, its nodes in any order; there may be no edge."""
    hidden = draw(st.lists(st.integers(1, 4), max_size=8))
    inputs, outputs = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    nodes = [(0, "input")] * inputs + [(rank, "hidden") for rank in hidden] + [(5, "output")] * outputs
    ranks, roles = zip(*draw(st.permutations(nodes)), strict=True)
    activations = ["linear" if role == "input" else draw(st.sampled_from(ACTIVATIONS)) for role in roles]
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    possible = [(i, j) for i in range(len(ranks)) for j in range(len(ranks)) if ranks[i] < ranks[j]]
    density = draw(st.sampled_from([0, 0.3, 0.8, 1]))
    kept = [pair for pair in possible if generator.random() < density]
    source, target = np.array(kept, int).reshape(-1, 2).T
    return ranks, roles, activations, Edges(source, target, generator.normal(size=len(kept)))


def joined(edges):
    """These edges (source, target, weight) in networkx, by magnitude; parallel ones add up."""
    graph = nx.Graph()
    for source, target, weight in edges:
        before = graph.get_edge_data(source, target, {"weight": 0})["weight"]
        graph.add_edge(source, target, weight=before + abs(weight))
    return graph


def full_spectrum(graph, weight="weight"):
    """All eigenvalues by networkx and NumPy."""
    return np.linalg.eigvalsh(nx.normalized_laplacian_matrix(graph, weight=weight).toarray())
