"""Claims about the spectra of two kinds of families: what takes part, and what the contrast of the kinds is."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle.config import Statistics
from disentangle.statistics.groups import contrast_estimate
from disentangle.statistics.spectral_tests import Distances
from tests.made_up_claims import ABOUT, SPREAD, cell, judged

SETTINGS = Statistics(resamples=199)
CLAIM = ABOUT | {
    "measure": "separation",
    "version": "raw",
    "families": ["dense", "pruned", "snip"],
    "against": ["weight_free", "weight_free_on_off"],
    "criterion": {"rule": "above", "threshold": 0, "reason": "ours"},
}
PLACES = {"dense": 0.0, "pruned": 0.1, "weight_free": 5.0, "weight_free_on_off": 5.1}


@pytest.fixture
def row(tmp_path):
    """The only row that a claim gets."""
    return partial(judged, tmp_path)


def networks(families, density="0.5"):
    return pd.concat([cell(family, density, 0.9 + SPREAD) for family in families])


def compared(metrics, place):
    """Networks on a line, each at the place of its family and density and a little beyond."""
    keys = metrics[["family", "density"]].reset_index(drop=True)
    places = np.array([place(*key) for key in zip(keys["family"], keys["density"], strict=True)])
    places = places + 0.001 * metrics["seed"].to_numpy()
    matrix = np.abs(places[:, None] - places)
    matrices = {"raw": matrix, "matched": 0 * matrix, "floor": np.full(len(places), 0.0003)}
    return {("digits", "mlp"): Distances(keys.assign(replicate=metrics["seed"].to_numpy()), matrices)}


def at(family, density):
    return PLACES[family]


def test_kinds_apart_are_told_from_families_apart(row):
    metrics = networks(PLACES)
    found = row(CLAIM, metrics, comparisons=compared(metrics, at))
    assert found["value"] == pytest.approx(5 - 0.1, abs=0.001) and found["verdict"] == "confirmed" and found["replicates"] == 5
    assert "dense 0.5, pruned 0.5 and weight_free 0.5, weight_free_on_off 0.5" in found["measured"]  # snip is not there
    assert "raw spectral distance" in found["measured"] and "0.0003" in found["measured"]
    assert row(CLAIM | {"version": "matched"}, metrics, comparisons=compared(metrics, at))["verdict"] != "confirmed"


def test_a_family_that_lies_with_the_other_kind_refutes_it(row):
    """As ON/OFF networks do that lie nearer to dense than pruned ones."""
    metrics = networks(PLACES)
    places = PLACES | {"weight_free_on_off": 0.01, "pruned": 4.0}
    found = row(CLAIM, metrics, comparisons=compared(metrics, lambda family, density: places[family]))
    assert found["value"] < 0 and found["verdict"] == "refuted"


def test_each_family_takes_part_at_its_best_density_on_validation(row):
    metrics = pd.concat([networks(PLACES), cell("pruned", "0.1", 0.1 + SPREAD, validation=0.99 + SPREAD)])
    comparisons = compared(metrics, lambda family, density: 100.0 if density == "0.1" else PLACES[family])
    found = row(CLAIM, metrics, comparisons=comparisons)
    assert "pruned 0.1 and" in found["measured"]
    assert found["value"] == pytest.approx((5 + 95 + 5.1 + 94.9) / 4 - (100 + 0.1) / 2, abs=0.01)


ABSENT = [
    (["dense", "weight_free"], "does not have a second family beside dense or weight_free here"),
    (["dense", "pruned"], "does not have the spectral comparison of weight_free or weight_free_on_off here"),
    (["weight_free", "weight_free_on_off"], "does not have the spectral comparison of dense or pruned or snip here"),
]


@pytest.mark.parametrize(("families", "note"), ABSENT)
def test_one_kind_alone_or_one_family_of_each_is_no_contrast(row, families, note):
    metrics = networks(families)
    found = row(CLAIM, metrics, comparisons=compared(metrics, at))
    assert found["verdict"] == "not measured" and note in found["note"]


def test_without_spectra_it_is_not_measured(row):
    assert "the spectral comparison of dense or pruned or snip" in row(CLAIM, networks(PLACES))["note"]


# The statistic


def line(random, sizes):
    """Distances of networks at random places of a line, and the rows of each group."""
    places = random.normal(size=sum(sizes))
    return np.abs(places[:, None] - places), np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])


@given(st.integers(0, 1000), st.lists(st.integers(2, 4), min_size=3, max_size=5), st.integers(1, 2))
def test_the_contrast_is_a_mean_over_pairs_of_groups(seed, sizes, of_first):
    distances, groups = line(np.random.default_rng(seed), sizes)
    kinds = [int(i >= of_first) for i in range(len(groups))]
    means = {False: [], True: []}
    for i, a in enumerate(groups):
        for j, b in enumerate(groups[:i]):
            means[kinds[i] == kinds[j]].append(np.mean([distances[x, y] for x in a for y in b]))
    found = contrast_estimate(distances, groups[:of_first], groups[of_first:], SETTINGS)
    assert found.interval.value == pytest.approx(np.mean(means[False]) - np.mean(means[True]))


def test_where_the_kind_says_nothing_the_contrast_is_zero_on_average():
    random = np.random.default_rng(0)
    drawn = [line(random, [2] * 5) for _ in range(300)]
    found = [contrast_estimate(d, groups[:3], groups[3:], Statistics(resamples=99)).interval.value for d, groups in drawn]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


def test_networks_are_resampled_within_their_group():
    """Groups without spread have none in their contrast either, however far apart they are."""
    distances = np.abs(np.repeat([0.0, 1.0, 5.0], 3)[:, None] - np.repeat([0.0, 1.0, 5.0], 3))
    first, second = [np.arange(3), np.arange(3, 6)], [np.arange(6, 9)]
    assert tuple(contrast_estimate(distances, first, second, SETTINGS).interval) == (3.5, 3.5, 3.5)
    assert contrast_estimate(distances, first[:1], second, SETTINGS) is None
