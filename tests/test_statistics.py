"""Tests of hypotheses, and groups of networks."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from disentangle.config import Statistics
from disentangle.statistics.groups import between, between_interval, within
from disentangle.statistics.hypotheses import holm, paired_t, permutation_p, student_p

SETTINGS = Statistics(resamples=999)
p_values = st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12)


def line(*points):
    """Distances (point, point) between points of a line."""
    places = np.array(points, dtype=float)
    return np.abs(places[:, None] - places)


# Tests of hypotheses


def test_holm_by_hand():
    # Ascending: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5 x 1; the third is raised to the second.
    np.testing.assert_allclose(holm([0.02, 0.5, 0.01, 0.03]), [0.06, 0.5, 0.04, 0.06])
    np.testing.assert_allclose(holm([0.4, math.nan, 0.03]), [0.4, math.nan, 0.06])
    assert holm([0.9, 0.8]).tolist() == [1, 1]
    assert holm([]).shape == (0,)


@given(p_values)
def test_holm_only_raises_keeps_the_order_and_is_no_stricter_than_bonferroni(values):
    p, adjusted = np.array(values, dtype=float), holm(values)
    made = ~np.isnan(p)
    assert (np.isnan(adjusted) == ~made).all()
    p, adjusted = p[made], adjusted[made]
    assert (adjusted >= p).all() and (adjusted <= 1).all()
    assert (adjusted <= np.minimum(1, p * len(p))).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@given(st.permutations([0.001, 0.004, 0.03, 0.03, 0.2, 0.9]))
def test_holm_does_not_depend_on_the_order_of_the_tests(values):
    straight = dict(zip([0.001, 0.004, 0.03, 0.03, 0.2, 0.9], holm([0.001, 0.004, 0.03, 0.03, 0.2, 0.9]), strict=True))
    np.testing.assert_allclose(holm(values), [straight[p] for p in values])


def test_paired_t_of_two_pairs_in_closed_form():
    # One degree of freedom: t is the mean over half the range, and Student's distribution is Cauchy's.
    assert paired_t(np.array([1.0, 3.0])) == pytest.approx(1 - 2 * math.atan(2) / math.pi)


def test_paired_t_of_five_pairs_against_the_formula():
    differences = np.array([0.01, -0.02, 0.03, 0.02, 0.015])
    t = differences.mean() / (differences.std(ddof=1) / math.sqrt(5))
    assert paired_t(differences) == pytest.approx(2 * stats.t.sf(abs(t), 4))


def test_differences_without_spread_are_left_to_the_sign_test():
    assert paired_t(np.zeros(5)) == 1
    assert paired_t(np.full(5, -0.03)) == 2 / 2**5
    # Equal up to rounding, as subtraction leaves them.
    assert paired_t(np.array([0.3 - 0.2, 0.1, 0.8 - 0.7, 0.4 - 0.3])) == 2 / 2**4


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=8), st.integers(-60, 60))
def test_a_mean_against_a_threshold_is_the_one_sample_t_test(values, threshold):
    values = np.array(values) / 8
    p = student_p(values.mean() - threshold / 8, stats.sem(values), len(values) - 1)
    if values.std():
        assert p == pytest.approx(stats.ttest_1samp(values, threshold / 8).pvalue, abs=1e-12)
    else:
        assert p == (1 if values[0] == threshold / 8 else 2 * 0.5 ** len(values))


def test_a_normal_error_has_endless_many_degrees_and_none_no_test():
    assert student_p(-1.96, 1.0, math.inf) == pytest.approx(2 * stats.norm.sf(1.96))
    assert math.isnan(student_p(0.3, math.nan, math.nan))


def test_too_few_replicates_make_no_test():
    assert math.isnan(paired_t(np.array([0.1]))) and math.isnan(paired_t(np.empty(0)))
    assert math.isnan(permutation_p(line(0, 1, 2), np.array([0]), np.array([1, 2]), SETTINGS))


def test_permutation_p_is_exact_on_a_small_matrix():
    # Only {0, 1 | 10, 11} and its mirror are this far apart, of the 6 ways to choose two of four.
    assert permutation_p(line(0, 1, 10, 11), np.array([0, 1]), np.array([2, 3]), SETTINGS) == pytest.approx(2 / 6)
    # Groups that interleave are nearer to each other than most.
    assert permutation_p(line(0, 1, 10, 11), np.array([0, 2]), np.array([1, 3]), SETTINGS) == 1
    assert permutation_p(np.zeros((6, 6)), np.arange(3), np.arange(3, 6), SETTINGS) == 1


def test_permutation_p_agrees_with_the_statistic_it_stands_for():
    distances = line(*np.random.default_rng(5).normal(size=7))
    first, second = np.array([0, 2, 5]), np.array([1, 3, 4, 6])

    def separation(chosen):
        rest = np.setdiff1d(np.arange(7), chosen)
        return between(distances, np.array(chosen), rest) - within(distances, np.array(chosen), rest)

    every = np.array([separation(chosen) for chosen in itertools.combinations(range(7), 3)])
    assert permutation_p(distances, first, second, SETTINGS) == pytest.approx((every >= separation(first) - 1e-12).mean())


def test_drawn_permutations_come_near_the_exact_p_and_never_reach_zero():
    distances = line(*np.random.default_rng(2).normal(size=12))
    groups = np.arange(6), np.arange(6, 12)
    exact = permutation_p(distances, *groups, Statistics(resamples=924))
    assert permutation_p(distances, *groups, Statistics(resamples=923)) == pytest.approx(exact, abs=0.06)
    far = line(*range(10), *range(100, 110))
    assert permutation_p(far, np.arange(10), np.arange(10, 20), SETTINGS) == 1 / 1000


def test_permutation_p_is_uniform_when_the_groups_are_of_one_kind():
    generator = np.random.default_rng(11)
    found = []
    for _ in range(400):
        # In space, for on a line all ways to interleave two groups are equally far apart, and p is often 1.
        places = generator.normal(size=(10, 3))
        apart = np.linalg.norm(places[:, None] - places, axis=-1)
        found.append(permutation_p(apart, np.arange(5), np.arange(5, 10), SETTINGS))
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) < 0.08


# Groups


def test_distances_between_and_within_by_hand():
    distances, first, second = line(0, 1, 10, 14), np.array([0, 1]), np.array([2, 3])
    assert between(distances, first, second) == pytest.approx((10 + 14 + 9 + 13) / 4)
    assert within(distances, first, second) == pytest.approx((1 + 4) / 2)
    assert within(distances, first, np.array([3])) == pytest.approx(1)
    assert np.isnan(within(distances, np.array([0]), np.array([3])))


def test_a_network_drawn_twice_is_no_pair():
    distances = line(0, 1, 10, 14)
    assert within(distances, np.array([0, 0, 1]), np.array([2, 2])) == pytest.approx(1)


def test_one_network_a_group_has_a_distance_without_interval():
    value, low, high = between_interval(line(0, 3), np.array([0]), np.array([1]), SETTINGS)
    assert value == 3 and math.isnan(low) and math.isnan(high)
