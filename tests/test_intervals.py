"""Bootstrap intervals and standard errors over replicates."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from disentangle.config import Statistics
from disentangle.statistics.groups import between, contrast_estimate
from disentangle.statistics.intervals import bootstrap_estimate, mean_estimate, mean_interval, paired_differences, widened

SETTINGS = Statistics(resamples=999)
shares = st.lists(st.floats(0, 1), min_size=2, max_size=12).map(np.array)
few = st.lists(st.integers(0, 40), min_size=2, max_size=5).map(lambda counts: np.array(counts) / 40)


def line(*points):
    """Distances (point, point) between points of a line."""
    places = np.array(points, dtype=float)
    return np.abs(places[:, None] - places)


def every_draw(sample):
    """All n^n ordered draws (draw, n) from a sample."""
    return np.array(list(itertools.product(sample, repeat=len(sample))))


def ends_of(values, smallest, confidence=0.95):
    """Ends of the expanded percentile interval of values that count once each, by NumPy's quantiles."""
    width = stats.t.ppf((1 + confidence) / 2, smallest - 1) * math.sqrt(smallest / (smallest - 1))
    tail = stats.norm.sf(width)
    return np.quantile(values, tail, method="inverted_cdf"), -np.quantile(-values, tail, method="inverted_cdf")


# All resamples


@given(few, st.sampled_from([np.mean, np.median, np.max]), st.sampled_from([0.8, 0.95]))
def test_listed_resamples_stand_for_all_draws(values, statistic, confidence):
    (value, *ends), error, degrees = bootstrap_estimate([values], statistic, Statistics(confidence=confidence))
    draws = statistic(every_draw(values), axis=-1)
    assert value == pytest.approx(statistic(values))
    np.testing.assert_allclose(ends, ends_of(draws, len(values), confidence), atol=1e-12)
    assert error == pytest.approx(draws.std() * math.sqrt(len(values) / (len(values) - 1)), abs=1e-12)
    assert degrees == len(values) - 1


def test_groups_are_drawn_independently():
    distances = line(*np.random.default_rng(1).normal(size=7))
    groups = [np.array([0, 2]), np.array([5, 6]), np.array([1, 3, 4])]  # two of one kind, one of the other
    found = [
        (between(distances, one, other) + between(distances, two, other)) / 2 - between(distances, one, two)
        for one, two, other in itertools.product(*map(every_draw, groups))
    ]
    estimate = contrast_estimate(distances, groups[:2], groups[2:], SETTINGS)
    assert estimate
    (_, *ends), error, degrees = estimate
    np.testing.assert_allclose(ends, ends_of(np.array(found), 2), atol=1e-12)
    assert error == pytest.approx(np.std(found) * math.sqrt(2)) and degrees == 1


def test_the_interval_of_two_replicates_is_their_range():
    assert mean_interval(np.array([0.9, 0.7]), SETTINGS) == pytest.approx((0.8, 0.7, 0.9))


@pytest.mark.parametrize("count", [5, 9])
def test_nothing_is_drawn_for_few_replicates(count):
    values = np.random.default_rng(count).normal(size=count)
    assert mean_interval(values, Statistics(resamples=99)) == mean_interval(values, Statistics(resamples=9999))


@given(few, st.randoms())
def test_the_order_of_the_replicates_does_not_matter(values, random):
    other = random.sample(values.tolist(), len(values))
    assert mean_estimate(values, SETTINGS) == mean_estimate(np.array(other), SETTINGS)


@given(st.permutations(range(6)))
def test_the_order_of_networks_does_not_matter_to_their_contrast(order):
    places, order = np.array([0.0, 1.5, 2, 8, 9.5, 10]), np.array(order)
    pairs = [np.arange(2), np.arange(2, 4), np.arange(4, 6)]
    groups = [np.flatnonzero(order // 2 == pair) for pair in range(3)]
    straight = contrast_estimate(line(*places), pairs[:2], pairs[2:], SETTINGS)
    mixed = contrast_estimate(line(*places[order]), groups[:2], groups[2:], SETTINGS)
    assert straight and mixed
    np.testing.assert_allclose(mixed.interval, straight.interval, atol=1e-12)
    assert mixed.error == pytest.approx(straight.error)


def test_drawn_resamples_of_many_replicates_come_near_what_student_says():
    values = np.random.default_rng(6).normal(size=11)
    drawn = bootstrap_estimate([values], np.mean, Statistics())
    assert drawn.error == pytest.approx(stats.sem(values), rel=0.03)
    assert mean_estimate(values, Statistics()).error == pytest.approx(stats.sem(values))
    assert drawn == bootstrap_estimate([values[::-1]], np.mean, Statistics())


# Another error


@given(few, st.floats(0.001, 0.1))
def test_another_error_widens_in_quadrature(values, error):
    estimate = mean_estimate(values, SETTINGS)
    (value, low, high), both, degrees = widened(estimate, error, 0.95)
    (_, inner_low, inner_high), own, fewer = estimate
    assert value == estimate.interval.value and degrees >= fewer
    z = stats.norm.ppf(0.975)
    assert (value - low) ** 2 == pytest.approx((value - inner_low) ** 2 + (z * error) ** 2)
    assert (high - value) ** 2 == pytest.approx((inner_high - value) ** 2 + (z * error) ** 2)
    assert both**2 == pytest.approx(own**2 + error**2)


def test_degrees_of_freedom_are_those_of_the_error_that_dominates():
    estimate = mean_estimate(np.array([0.1, 0.2, 0.4, 0.5]), SETTINGS)
    assert widened(estimate, 0.0, 0.95).degrees == pytest.approx(3)
    assert widened(estimate, estimate.error, 0.95).degrees == pytest.approx(3 * 4)
    assert widened(mean_estimate(np.full(3, 0.5), SETTINGS), 0.1, 0.95).degrees == math.inf


def test_one_replicate_has_nothing_to_widen():
    assert np.isnan(widened(mean_estimate(np.array([0.9]), SETTINGS), 0.1, 0.95).interval[1:]).all()


# The mean


@given(shares)
def test_interval_holds_the_mean_and_stays_in_the_range_of_the_values(values):
    mean, low, high = mean_interval(values, Statistics(resamples=199))
    slack = 1e-12
    assert mean == pytest.approx(values.mean())
    assert values.min() - slack <= low <= mean + slack
    assert mean - slack <= high <= values.max() + slack


@pytest.mark.parametrize("count", [2, 5, 15])
def test_equal_values_have_an_interval_of_no_width(count):
    mean, low, high = mean_interval(np.full(count, 0.9736842105263158), SETTINGS)
    assert mean == low == high == pytest.approx(0.9736842105263158)


def test_one_replicate_has_no_interval_and_none_has_no_mean():
    mean, low, high = mean_interval(np.array([0.9]), SETTINGS)
    assert mean == 0.9 and math.isnan(low) and math.isnan(high)
    assert np.isnan(mean_interval(np.empty(0), SETTINGS)).all()


def test_interval_shrinks_with_replicates_and_grows_with_confidence():
    values = np.tile([0.90, 0.92, 0.93, 0.95, 0.96], 8)
    widths = [np.ptp(mean_interval(values[:n], SETTINGS)[1:]) for n in (5, 10, 40)]
    assert widths[0] > widths[1] > widths[2] > 0
    sure = mean_interval(values, Statistics(resamples=999, confidence=0.99))
    assert np.ptp(sure[1:]) > widths[2]


def test_interval_of_many_normal_values_is_that_of_student():
    values = np.random.default_rng(3).normal(size=60)
    student = stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
    np.testing.assert_allclose(mean_interval(values, Statistics())[1:], student, atol=0.02)


@pytest.mark.parametrize(("count", "least"), [(5, 0.90), (12, 0.91)])
def test_interval_covers_the_mean_about_as_often_as_it_says(count, least):
    samples = np.random.default_rng(7).normal(size=(400, count))
    intervals = np.array([mean_interval(sample, SETTINGS) for sample in samples])
    covered = ((intervals[:, 1] <= 0) & (intervals[:, 2] >= 0)).mean()
    # The plain percentile interval covers 84% and 91%.
    assert least < covered < 0.98


def test_interval_is_the_same_every_time():
    values = np.array([0.1, 0.4, 0.35, 0.8])
    assert mean_interval(values, SETTINGS) == mean_interval(values, SETTINGS)


def test_differences_are_paired_by_seed():
    ours, dense = pd.Series({0: 0.9, 1: 0.8, 2: 0.7}), pd.Series({2: 0.5, 1: 0.7, 5: 0.1})
    np.testing.assert_allclose(paired_differences(ours, dense), [0.1, 0.2])
