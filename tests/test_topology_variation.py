"""Genomes and mutations: what holds after any of them, and each of the four by itself."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.topology.edges import edges_of, ends
from disentangle.topology.genome import ACTIVATIONS, Population, joined, start
from disentangle.topology.variation import offspring
from tests.topologies import by_hand, evolved, genes, hidden, populations

ADD, INSERT, ENABLE, CHANGE = 0.0, 0.3, 0.47, 0.6  # draws that choose a mutation


def child(parent, *draws):
    return offspring(parent, edges_of(parent), np.array([0]), np.array([draws]))


def same(first, second):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(first, second, strict=True))


@given(populations)
def test_after_any_mutations_an_individual_is_a_graph_without_cycles_from_inputs_to_outputs(population):
    edges = edges_of(population)
    last = population.leaves + population.outputs
    for i in range(population.size):
        found = genes(population, i)
        pairs = [(a, b) for a, b, _ in found]
        assert len(set(pairs)) == len(pairs)
        assert all(b >= population.leaves and not population.leaves <= a < last for a, b in pairs)
        assert max(max(pair) for pair in pairs) < last + population.hidden[i]
        on = [(a, b) for a, b, enabled in found if enabled]
        assert edges.counts[i] == len(on)
        assert sorted(map(tuple, ends(population.take([i])).tolist())) == sorted(on)
        graph = nx.DiGraph(pairs)
        assert nx.is_directed_acyclic_graph(graph)
        # Also a gene that is off leads to a higher layer, and every hidden node counts.
        layers = edges.layers[edges.nodes[i] : edges.nodes[i + 1]]
        layer = dict.fromkeys(range(population.leaves), 0) | {population.leaves + k: n for k, n in enumerate(layers.tolist())}
        assert all(layer[a] < layer[b] for a, b in pairs)
        graph = nx.DiGraph(on)
        among_hidden = graph.subgraph(range(last, last + population.hidden[i])).copy()
        for node in range(last, last + population.hidden[i]):
            assert graph.in_degree(node) and graph.out_degree(node)
            before = nx.ancestors(among_hidden, node) | {node}
            assert layer[node] == 1 + nx.dag_longest_path_length(among_hidden.subgraph(before))


@given(populations, st.integers(0, 2**32))
def test_a_child_differs_by_one_mutation(population, seed):
    generator = np.random.default_rng(seed)
    parents = generator.integers(population.size, size=20)
    children = offspring(population, edges_of(population), parents, generator.random((20, 3)))
    for k, i in enumerate(parents):
        before, after = genes(population, i), genes(children, k)
        codes, new_codes = hidden(population, i), hidden(children, k)
        switched = [(a, b) for a, b in zip(before, after, strict=False) if a != b]
        more = after[len(before) :]
        changed = [(a, b) for a, b in zip(codes, new_codes, strict=False) if a != b]
        match (len(switched), len(more), len(new_codes) - len(codes), len(changed)):
            case (0, 0, 0, 0 | 1):  # a clone, or another activation
                pass
            case (0, 1, 0, 0):
                assert more[0][2]
            case (1, 0, 0, 0):
                assert switched[0][1][2]
            case (1, 2, 1, 0):
                ((old, new),) = switched
                node = population.leaves + population.outputs + len(codes)
                assert old[2] and not new[2]
                assert more == [(old[0], node, True), (node, old[1], True)]
            case found:
                raise AssertionError(found)


def test_a_split_edge_is_off_and_its_ends_are_joined_through_the_new_node():
    parent = by_hand(2, 1, [], [(0, 3), (2, 3)])
    found = child(parent, INSERT, 0.5, 0.99)
    assert [gene for gene in genes(found, 0) if gene[2]] == [(0, 3, True), (2, 4, True), (4, 3, True)]
    assert hidden(found, 0) == [ACTIVATIONS.index("cosine")]
    assert edges_of(found).counts.tolist() == [3] and found.hidden.tolist() == [1]


def test_an_edge_that_is_off_can_be_enabled_and_a_direct_one_cannot_be_added():
    parent = by_hand(2, 1, [], [(0, 3)])
    assert same(child(parent, ADD, 0.1, 0.1), parent)  # all genes between inputs and the output are there
    assert genes(child(parent, ENABLE, 0.0, 0.0), 0) == [(0, 3, True), (1, 3, True), (2, 3, False)]
    assert genes(child(parent, ENABLE, 0.9, 0.0), 0) == [(0, 3, True), (1, 3, False), (2, 3, True)]


def test_every_free_pair_of_nodes_in_ascending_layers_can_become_an_edge():
    parent = by_hand(1, 1, ["relu", "tanh"], [(1, 3), (3, 4), (4, 2)])
    draws = np.linspace(0, 1, 12, endpoint=False)
    added = {genes(child(parent, ADD, a, b), 0)[-1] for a in draws for b in draws}
    assert added == {(0, 3, True), (0, 4, True), (1, 4, True), (3, 2, True)}


@pytest.mark.parametrize("kind", [ADD, INSERT, ENABLE, CHANGE])
def test_a_child_is_a_clone_where_its_mutation_has_nothing_to_act_on(kind):
    nothing = {ADD: [(0, 2)], INSERT: [], ENABLE: [(0, 2), (1, 2)], CHANGE: [(0, 2)]}
    parent = by_hand(1, 1, [], nothing[kind])
    assert same(child(parent, kind, 0.5, 0.5), parent)


def test_an_activation_changes_to_each_of_the_others_equally_often():
    parent = by_hand(1, 1, ["tanh"], [(1, 3), (3, 2)])
    codes = [hidden(child(parent, CHANGE, 0.5, draw), 0)[0] for draw in np.linspace(0, 1, 16, endpoint=False)]
    assert sorted(codes) == sorted(2 * [code for code in range(9) if code != ACTIVATIONS.index("tanh")])


def test_mutations_have_their_published_shares():
    population = evolved(0, 1, 4, 2, 60)
    draws = np.random.default_rng(1).random((4000, 3))
    children = offspring(population, edges_of(population), np.zeros(4000, int), draws)
    grown, born = np.diff(children.genes) - np.diff(population.genes), children.hidden - population.hidden
    more = edges_of(children).counts - edges_of(population).counts
    shares = [(grown == 1).mean(), born.mean(), ((grown == 0) & (more == 1)).mean(), ((grown == 0) & (more == 0)).mean()]
    np.testing.assert_allclose(shares, [0.20, 0.25, 0.05, 0.50], atol=0.03)


def test_the_first_generation_has_all_direct_genes_and_switches_on_a_share():
    population = start(200, 256, 10, 0.05, np.random.default_rng(0))
    assert population.direct.shape == (200, 257, 10) and not population.hidden.any() and not len(population.sources)
    assert abs(edges_of(population).counts.mean() - 0.05 * 2570) < 3


@given(populations, populations)
def test_individuals_are_joined_and_taken_apart(first, second):
    if first.direct.shape[1:] != second.direct.shape[1:]:
        second = first.take(np.arange(first.size)[::-1])
    both = joined(first, second)
    assert same(both.take(np.arange(first.size)), first)
    assert same(both.take(first.size + np.arange(second.size)), second)


def test_a_file_gives_back_the_same_population(tmp_path):
    population = evolved(0, 7, 5, 3, 30)
    save_arrays(tmp_path / "a.safetensors", population.arrays(), {})
    assert same(Population.of_arrays(load_arrays(tmp_path / "a.safetensors")[0]), population)


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="circle"):
        edges_of(by_hand(1, 1, ["relu", "tanh"], [(1, 3), (3, 4), (4, 3), (4, 2)]))
