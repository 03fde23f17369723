"""Rewards and logits: as evaluated node by node, whoever is evaluated together, and by however many threads."""

import ast
import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import disentangle.topology
from disentangle.topology import evaluation
from disentangle.topology.edges import edges_of, ends
from disentangle.topology.evaluation import VALUES, WORST, batch, logits, rewards
from disentangle.topology.genome import ACTIVATIONS, start
from disentangle.topology.graph import merged
from disentangle.topology.kernels import activate
from tests.conftest import ROOT
from tests.topologies import FORMULAS, by_hand, evolved, populations, slow_logits, slow_reward


def images(seed, count, inputs, classes):
    generator = np.random.default_rng(seed)
    return generator.random((count, inputs), dtype=np.float32), generator.integers(classes, size=count)


def evaluated(population, inputs, labels, values=VALUES, threads=1):
    return rewards(population, edges_of(population), batch(inputs, labels, population.outputs), values, threads)


def calm(individual, inputs, values):
    """Whether activities stay so small that rounding cannot turn a sine."""
    return all(np.abs(slow_logits(individual, inputs, value)).max() < 30 for value in values)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_exact_to_the_last_bits_of_a_number_of_32_bits(name):
    sizes = np.concatenate([np.linspace(0, 8, 40_001), np.geomspace(1e-12, 3e38, 40_001)])
    x = np.concatenate([sizes, -sizes]).astype(np.float32)
    rows = x[None].copy()
    activate(ACTIVATIONS.index(name), rows, 0)
    with np.errstate(over="ignore"):
        expected = FORMULAS[name](x.astype(np.float64))
    bounded = np.abs(expected) <= 1
    assert np.abs(rows[0] - expected)[bounded].max() <= 3e-7
    np.testing.assert_array_equal(rows[0][~bounded], expected[~bounded])


@pytest.mark.parametrize(
    ("name", "limits"),
    [("gaussian", (0, 0)), ("tanh", (-1, 1)), ("sigmoid", (0, 1)), ("absolute", (np.inf, np.inf)), ("relu", (0, np.inf))],
)
def test_activations_reach_their_limits(name, limits):
    rows = np.array([[-np.inf, np.inf, np.nan]], np.float32)
    activate(ACTIVATIONS.index(name), rows, 0)
    np.testing.assert_allclose(rows[0], [*limits, np.nan], atol=1e-37)


@given(populations, st.integers(0, 2**32), st.integers(1, 300))
def test_rewards_and_logits_are_those_of_an_evaluation_node_by_node(population, seed, count):
    inputs, labels = images(seed, count, population.leaves - 1, population.outputs)
    found = evaluated(population, inputs, labels)
    for i in range(population.size):
        one = population.take([i])
        if calm(one, inputs, VALUES):
            expected = [slow_reward(one, inputs, labels, value) for value in VALUES]
            np.testing.assert_allclose(found[i], expected, rtol=2e-5, atol=2e-5)
            np.testing.assert_allclose(logits(one, inputs, [0.5])[0], slow_logits(one, inputs, 0.5), rtol=1e-4, atol=1e-4)
            weights = np.random.default_rng(seed).uniform(-1, 1, (2, len(ends(one))))
            expected = np.stack([slow_logits(one, inputs, w) for w in weights])
            np.testing.assert_allclose(logits(one, inputs, weights), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [1, 20, 100, 1e4])
def test_rewards_do_not_suffer_from_logits_far_from_those_of_others(size):
    population = evolved(0, 30, 5, 4, 1)
    generator = np.random.default_rng(5)
    inputs = (size * generator.normal(size=(200, 5))).astype(np.float32)
    labels = generator.integers(4, size=200)
    linear = population.take(np.flatnonzero(population.hidden == 0))
    assert linear.size > 5
    expected = [[slow_reward(linear.take([i]), inputs, labels, value) for value in VALUES] for i in range(linear.size)]
    np.testing.assert_allclose(evaluated(linear, inputs, labels), expected, rtol=2e-5)


def test_a_network_without_edges_guesses():
    inputs, labels = images(0, 50, 3, 4)
    population = start(3, 3, 4, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(evaluated(population, inputs, labels), -np.log(4), rtol=1e-6)


def test_a_network_written_by_hand():
    """One input x, outputs x w^2 and the bias's w, by way of a node -x: logits -w * w x and w."""
    network = by_hand(1, 2, ["negative"], [(1, 4), (4, 2), (0, 3)])
    x = np.array([[0.5], [2.0]], np.float32)
    np.testing.assert_allclose(logits(network, x, [3.0])[0], [[-4.5, 3], [-18, 3]])
    expected = np.mean([-4.5, 3]) - np.mean(np.log([np.exp(-4.5) + np.exp(3), np.exp(-18) + np.exp(3)]))
    np.testing.assert_allclose(evaluated(network, x, np.array([0, 1]), [3.0]), [[expected]], rtol=1e-6)


def test_rewards_are_the_same_alone_and_in_a_population_and_by_the_same_bits_for_any_number_of_threads():
    population = evolved(3, 40, 6, 4, 50)
    inputs, labels = images(1, 1000, 6, 4)
    found = evaluated(population, inputs, labels)
    assert found.tobytes() == evaluated(population, inputs, labels, threads=2).tobytes()
    alone = np.concatenate([evaluated(population.take([i]), inputs, labels) for i in range(population.size)])
    np.testing.assert_allclose(found, alone, rtol=1e-5, atol=1e-5)


def test_a_population_too_large_for_the_buffer_goes_in_parts(monkeypatch):
    population = evolved(4, 9, 6, 4, 30)
    inputs, labels = images(2, 100, 6, 4)
    found = evaluated(population, inputs, labels)
    monkeypatch.setattr(evaluation, "BUFFER", 1)
    np.testing.assert_allclose(evaluated(population, inputs, labels), found, rtol=1e-5, atol=1e-5)


def test_logits_beyond_all_numbers_are_the_worst():
    depth = 200
    chain = by_hand(1, 2, ["linear"] * depth, [(1, 4), *((4 + k, 5 + k) for k in range(depth - 1)), (3 + depth, 2)])
    inputs = np.ones((4, 1), np.float32)
    assert evaluated(chain, inputs, np.zeros(4, np.int64), [2.0, 0.5]).tolist()[0][0] == WORST
    assert np.isclose(evaluated(chain, inputs, np.zeros(4, np.int64), [0.5])[0, 0], -np.log(2))


def test_equal_nodes_are_computed_once():
    twins = by_hand(2, 1, ["tanh", "tanh", "relu"], [(1, 4), (1, 5), (2, 6), (4, 3), (6, 3)])
    assert len(merged(twins, edges_of(twins)).codes) == 3  # one tanh, the relu and the output
    again = twins.take([0] * 50)
    graph = merged(again, edges_of(again))
    assert len(graph.codes) == 3 and graph.height == 3
    order = by_hand(2, 1, ["relu", "tanh"], [(2, 4), (1, 5), (5, 3), (4, 3)])
    both = merged(order, edges_of(order))
    assert len(both.codes) == 3


def test_a_row_serves_several_nodes_when_individuals_share_little():
    population = start(30, 20, 3, 0.5, np.random.default_rng(0))
    graph = merged(population, edges_of(population))
    assert len(graph.codes) == 90 and graph.height == 3


def test_compiled_functions_reach_nothing_of_another_file():
    """What numba compiled stays in use until the function's own file changes."""
    folder = ROOT / "src/disentangle/topology"
    for file in folder.glob("*.py"):
        tree = ast.parse(file.read_text())
        module = importlib.import_module(f"{disentangle.topology.__name__}.{file.stem}")
        foreign = {alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
        foreign = {name for name in foreign if getattr(module, name, None) is not np and name != "log"}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and any(ast.unparse(d) == "compiled" for d in function.decorator_list):
                used = {node.id for statement in function.body for node in ast.walk(statement) if isinstance(node, ast.Name)}
                assert not used & foreign, (file.name, function.name)
