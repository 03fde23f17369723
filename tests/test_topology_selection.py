"""Fronts, crowding and parents against slow references that follow the definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from disentangle.topology.selection import choose, crowding, fronts, objectives, ranked

POINTS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 40), st.just(2)),
    elements=st.integers(-4, 4) | st.floats(-1e6, 1e6, allow_subnormal=False),
)


def slow_fronts(points):
    """By peeling off, again and again, those that no other dominates."""
    better = (points[:, None] >= points[None]).all(2) & (points[:, None] > points[None]).any(2)
    numbers = np.full(len(points), -1)
    for number in range(len(points)):
        left = numbers < 0
        numbers[left & ~better[left].any(0)] = number
    return numbers


def slow_crowding(points, numbers):
    """As Deb et al. 2002 write it."""
    distances = np.zeros(len(points))
    for number in set(numbers.tolist()):
        for objective in range(2):
            front = sorted(np.flatnonzero(numbers == number), key=lambda i: points[i, objective])
            lowest, highest = points[front[0], objective], points[front[-1], objective]
            distances[front[0]] = distances[front[-1]] = np.inf
            for before, i, after in zip(front, front[1:], front[2:], strict=False):
                gap = points[after, objective] - points[before, objective]
                distances[i] += gap / (highest - lowest) if highest > lowest else 0
    return distances


@given(POINTS)
def test_fronts_are_those_of_peeling(points):
    np.testing.assert_array_equal(fronts(points), slow_fronts(points))


@given(POINTS)
def test_crowding_is_as_defined(points):
    numbers = fronts(points)
    np.testing.assert_allclose(crowding(points, numbers), slow_crowding(points, numbers))


def test_a_large_population_is_ranked_as_a_small_one():
    points = np.random.default_rng(0).normal(size=(960, 2)).round(1)
    order, numbers = ranked(points)
    np.testing.assert_array_equal(numbers, slow_fronts(points))
    assert sorted(order) == list(range(960))
    assert (np.diff(numbers[order]) >= 0).all()


def test_a_front_is_ranked_from_its_ends_inwards():
    points = np.array([[0.0, 10], [1, 9], [2, 8.5], [6, 2], [10, 0], [0, 0]])
    order, numbers = ranked(points)
    assert numbers.tolist() == [0, 0, 0, 0, 0, 1]
    assert order.tolist() == [0, 4, 3, 2, 1, 5]


def test_the_published_search_keeps_153_and_has_807_children_of_the_best():
    chosen = choose(np.arange(960)[::-1], 32, np.random.default_rng(0))
    assert chosen.elites.tolist() == list(range(959, 806, -1))
    assert len(chosen.parents) == 807
    rank = 959 - chosen.parents
    assert rank.max() < 768 and (np.diff(rank) >= 0).all()
    assert 10 < rank.mean() < 13  # 768 / 65 - 1


@pytest.mark.parametrize("size", [1, 2, 4, 5, 10])
def test_small_populations_have_parents(size):
    chosen = choose(np.arange(size), 3, np.random.default_rng(0))
    assert len(chosen.elites) + len(chosen.parents) == size


def test_four_of_five_generations_are_ranked_by_the_number_of_edges():
    rewards, edges = np.array([[-1.0, -3.0], [-2.0, -2.5]]), np.array([4, 0])
    generator = np.random.default_rng(0)
    found = [objectives(rewards, edges, generator) for _ in range(2000)]
    by_edges = [np.array_equal(points, [[-2, 0.25], [-2.25, 1]]) for points in found]
    by_best = [np.array_equal(points, [[-2, -1], [-2.25, -2]]) for points in found]
    assert all(a or b for a, b in zip(by_edges, by_best, strict=True))
    assert abs(np.mean(by_edges) - 0.8) < 0.03
