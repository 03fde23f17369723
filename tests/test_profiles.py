"""Weight profiles: their nulls must be calibrated, and what differs must be seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, probplot, wasserstein_distance

from disentangle.errors import InputError
from disentangle.masks.wiring import Wiring
from disentangle.profiles.cell import profile_curves, profile_rows
from disentangle.profiles.likeness import distance, likeness
from disentangle.profiles.straightness import by_count, chance_spread, p_values, straightness
from disentangle.profiles.units import starting_units, units_of
from tests.random_wirings import draw_cohort, gaussian, ones


def units(columns, edges=None):
    """Units (unit, place) of which each has so many edges, at random places; all where no number is given."""
    columns = np.asarray(columns)
    if edges is None:
        return units_of(columns, np.ones(columns.shape, dtype=bool))
    places = np.random.default_rng(0).random(columns.shape).argsort(1)
    return units_of(columns, places < np.asarray(edges)[:, None])


# The table of research notes: R² of independent samples, mean and 95%, from 300 draws of ours.
CALIBRATION = [
    ("gaussian", 27, (0.965, 0.909, 0.989)),
    ("gaussian", 576, (0.997, 0.995, 0.999)),
    ("gaussian", 784, (0.998, 0.996, 0.999)),
    ("uniform", 27, (0.950, 0.902, 0.979)),
    ("uniform", 576, (0.955, 0.945, 0.964)),
    ("uniform", 784, (0.956, 0.947, 0.964)),
]


@pytest.mark.parametrize(("kind", "edges", "expected"), CALIBRATION)
def test_the_calibration_is_what_was_found_before(kind, edges, expected):
    found = chance_spread(kind, np.array([edges]), 999)
    assert found == pytest.approx(expected, abs=0.02 if edges == 27 else 0.002)


def test_straightness_is_the_squared_correlation_of_a_probability_plot():
    sample = np.random.default_rng(0).standard_t(4, size=200)
    _, (_, _, r) = probplot(sample)  # Filliben's medians instead of Blom's quantiles
    assert straightness(np.sort(sample)) == pytest.approx(r**2, abs=2e-3)
    assert straightness(np.sort(5 - 3 * sample)[::-1][::-1]) == pytest.approx(straightness(np.sort(-sample)))
    assert straightness(np.full(9, 2.0)) == 0


def test_p_values_are_uniform_under_the_null_and_small_elsewhere():
    random = np.random.default_rng(1)
    counts = random.choice([20, 50, 300], size=400)
    null, tails = np.zeros((2, 400, 300))
    for i, edges in enumerate(counts):
        null[i, :edges] = np.sort(random.normal(3, 0.2, edges))
        tails[i, :edges] = np.sort(random.standard_t(2, edges))
    assert kstest(p_values(by_count(null, counts), counts, 999), "uniform").pvalue > 0.05
    assert np.median(p_values(by_count(tails, counts), counts, 999)) < 0.01


@given(st.integers(2, 6), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_distance_is_the_mean_over_pairs(number, edges, seed):
    columns = np.random.default_rng(seed).exponential(size=(number, edges))
    standard = (columns - columns.mean(1, keepdims=True)) / columns.std(1, keepdims=True)
    pairs = [wasserstein_distance(standard[i], standard[j]) for i in range(number) for j in range(i)]
    assert distance(units(columns)) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_units_of_unlike_in_degrees_are_compared_by_their_quantiles():
    columns = np.random.default_rng(0).exponential(size=(2, 400))
    both = units(columns, [200, 400])
    one, other = ((v[:n] - v[:n].mean()) / v[:n].std() for v, n in zip(both.values, both.counts, strict=True))
    assert distance(both) == pytest.approx(wasserstein_distance(one, other), rel=1e-9)  # 400 places are exact here


@pytest.mark.parametrize("edges", [None, np.arange(30, 90)])
@pytest.mark.parametrize("draw", ["normal", "uniform"])  # heavy tails err towards a difference, as docs/methods.md says
def test_independent_units_are_as_alike_as_re_dealt_ones(draw, edges):
    scores = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        columns = getattr(random, draw)(size=(60, 100)) * random.uniform(0.5, 2, (60, 1)) + random.normal(size=(60, 1))
        scores.append(likeness(units(columns, edges), 99, seed, 0).z)
    assert abs(np.mean(scores)) < 1.2 and np.max(np.abs(scores)) < 4


@pytest.mark.parametrize("edges", [None, np.arange(30, 90)])
def test_units_of_other_marginals_differ_and_copies_are_alike(edges):
    random = np.random.default_rng(0)
    mixed = np.concatenate([random.normal(size=(30, 100)), random.exponential(size=(30, 100))])
    found = likeness(units(mixed, edges), 99, 0, 0)
    assert found.z > 10 and found.p == 0.01
    copies = random.permuted(np.tile(random.normal(size=100), (60, 1)), axis=1)
    alike = likeness(units(copies), 99, 0, 0)
    assert alike.distance == pytest.approx(0, abs=1e-12) and alike.z < -10 and alike.p == 1


def rows_of(wiring, draws=99):
    layers = starting_units(wiring, wiring.weights)
    return profile_rows({"end": layers}, range(wiring.replicates), draws), profile_curves(layers)


def test_rows_and_curves_of_a_cohort():
    rows, curves = rows_of(draw_cohort(0, 0.5, gaussian))
    assert [(row["moment"], row["replicate"], row["layer"]) for row in rows[:4]] == [
        *(("end", 0, f"hidden{i}") for i in (1, 2, 3)),
        ("end", 1, "hidden1"),
    ]
    assert len({tuple(row) for row in rows}) == 1
    for row in rows:
        assert row["gaussian_low"] < row["r2"] < row["gaussian_high"] and row["r2"] > row["uniform_low"]
        assert row["rejected"] <= 0.4 and abs(row["z"]) < 4 and 0 < row["p"] <= 1
    assert curves["hidden1.end"].shape == (30, 101) and curves["hidden3.end"].shape == (5, 101)
    band = curves["hidden1.band"]
    inside = (band[0] <= curves["hidden1.end"]) & (curves["hidden1.end"] <= band[1])
    assert 0.8 < inside.mean() < 1 and (np.diff(curves["hidden1.end"]) >= 0).all()


def test_a_replicate_has_the_same_numbers_alone():
    wiring = draw_cohort(0, 0.5, gaussian)
    alone = Wiring(wiring.network, *({k: v[1:2] for k, v in part.items()} for part in (wiring.weights, wiring.masks)), {}, {})
    layers = starting_units(alone, alone.weights)
    rows = profile_rows({"end": layers}, [1], 99)
    assert [row | {"replicate": 1} for row in rows] == [row for row in rows_of(wiring)[0] if row["replicate"] == 1]


def test_a_layer_of_too_few_edges_a_unit_says_nothing():
    rows, curves = rows_of(draw_cohort(0, 0.08, gaussian))
    (last,) = (row for row in rows if row["layer"] == "hidden1" and row["replicate"] == 0)
    assert last["units"] < 2 and last["r2"] is last["z"] is None
    assert len(curves["hidden1.end"]) == last["units"]


def test_a_layer_without_a_unit_of_edges_enough_has_a_band_that_draws_nothing():
    _, curves = rows_of(draw_cohort(0, 0.02, gaussian))
    assert curves["hidden1.end"].shape == (0, 101)
    assert curves["hidden1.band"].shape == (2, 101) and np.isnan(curves["hidden1.band"]).all()


def test_weights_of_one_value_are_refused():
    with pytest.raises(InputError, match=r"^the weights of layer hidden1 have no more than two values, .* be few"):
        rows_of(draw_cohort(0, 0.5, ones))
