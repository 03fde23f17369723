"""Claims about networks found among frozen weights: how each is measured."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.made_up_claims import ABOUT, SPREAD, cell, judged

CLAIM = ABOUT | {"family": "edge_popup", "criterion": {"rule": "above", "threshold": 0, "reason": "ours"}}
HUMP = CLAIM | {"measure": "hump", "low": 0.1, "high": 0.9}
VALUES = CLAIM | {"measure": "values", "criterion": {"rule": "at_most", "threshold": 3, "reason": "as published"}}
NETWORKS = CLAIM | {"measure": "networks", "against": "dense", "networks": ["deep"], "other": "shallow"}


def hump(low, middle, high, **changes):
    return pd.concat(
        [cell("edge_popup", "0.9", high), cell("edge_popup", "0.1", low), cell("edge_popup", "0.5", middle, **changes)]
    )


def layers(values, family="edge_popup", density="0.5"):
    """Summaries of masks; ``values`` (replicate, layer)."""
    rows = [
        {"replicate": r, "layer": f"hidden{i + 1}", "weight_values": n} for r, of in enumerate(values) for i, n in enumerate(of)
    ]
    return pd.DataFrame(rows).assign(dataset="digits", network="mlp", family=family, density=density)


def gaps(shallow, deep):
    """Edge-popup below dense by so much on a shallow and on a deep network, whose replicates vary nearly alike."""
    levels = {"shallow": (0.8, shallow), "deep": (0.9, deep)}
    return pd.concat([
        cell(family, density, level - less + (1 + depth) * (1 + less) * SPREAD, network=network)
        for depth, (network, (level, gap)) in enumerate(levels.items())
        for family, density, less in (("dense", "1.0", 0), ("edge_popup", "0.5", gap))
    ])  # fmt: skip


@pytest.fixture
def row(tmp_path):
    """The only row that a claim gets."""

    def found(claim, metrics, masks=None):
        return judged(tmp_path, claim, metrics, **({} if masks is None else {"masks": masks}))

    return found


# A hump


def test_a_hump_is_the_smaller_fall_and_pairs_the_seeds(row):
    found = row(HUMP, hump(0.6 + SPREAD, 0.9 + SPREAD, 0.85 + 1.01 * SPREAD))
    assert found["value"] == pytest.approx(0.05) and 0 < found["high"] - found["low"] < 0.001
    assert found["verdict"] == "confirmed" and found["replicates"] == 5
    assert "at density 0.5 (best of those between on validation) minus that at 0.1 or 0.9" in found["measured"]


def test_a_curve_that_only_rises_is_no_hump(row):
    found = row(HUMP, hump(0.6 + SPREAD, 0.8 + SPREAD, 0.85 + 1.01 * SPREAD))
    assert found["value"] == pytest.approx(-0.05) and found["verdict"] == "refuted"


def test_one_end_that_may_not_fall_leaves_a_hump_undecided(row):
    found = row(HUMP, hump(0.6 + SPREAD, 0.9 + SPREAD, 0.898 - SPREAD))
    assert found["low"] < 0 < found["high"] and found["verdict"] == "undecided"


def test_the_interval_of_two_falls_that_are_as_large_covers_the_smaller_of_each_resample(row):
    noise = np.array([0.02, -0.02, 0.01, -0.01, 0.0])
    found = row(HUMP, hump(0.8 + noise, 0.9 + 0 * noise, 0.8 - noise))
    assert found["value"] == pytest.approx(0.1) == found["high"]  # the mean of one end falls as the other's rises
    assert 0.08 <= found["low"] < 0.1


def test_the_top_of_a_hump_is_chosen_on_validation(row):
    chosen = pd.concat(
        [hump(0.6 + SPREAD, 0.7 + SPREAD, 0.65 + SPREAD, validation=0.95 + SPREAD), cell("edge_popup", "0.3", 0.9 + SPREAD)]
    )
    assert row(HUMP, chosen)["value"] == pytest.approx(0.05)


def test_densities_beyond_the_ends_of_a_hump_do_not_count(row):
    whole = hump(0.6 + SPREAD, 0.9 + SPREAD, 0.85 + SPREAD)
    beyond = [cell("edge_popup", density, 0.95 + SPREAD) for density in ("0.02", "0.98")]
    assert row(HUMP, pd.concat([whole, *beyond]))["value"] == pytest.approx(0.05)


def test_a_hump_needs_both_ends_a_density_between_them_and_a_common_seed(row):
    whole = hump(0.6 + SPREAD, 0.9 + SPREAD, 0.85 + SPREAD)
    for density in ("0.1", "0.9"):
        found = row(HUMP, whole[whole["density"] != density])
        assert found["verdict"] == "not measured" and f"does not have edge_popup at density {density}" in found["note"]
    assert "a density of edge_popup between 0.1 and 0.9" in row(HUMP, whole[whole["density"] != "0.5"])["note"]
    apart = whole.assign(seed=whole["seed"] + 10 * (whole["density"] == "0.9"))
    assert "a seed that the densities 0.1, 0.5, 0.9 of edge_popup share" in row(HUMP, apart)["note"]
    assert row(HUMP, cell("dense", "1.0", 0.9 + SPREAD))["verdict"] == "not measured"


# Values of weights

METRICS = cell("edge_popup", "0.5", 0.9 + SPREAD)


@pytest.mark.parametrize(("values", "most", "verdict"), [([[3, 3], [3, 2]], 3, "confirmed"), ([[3, 3], [3, 4]], 4, "refuted")])
def test_values_are_the_most_of_any_layer_of_any_replicate(row, values, most, verdict):
    found = row(VALUES, METRICS, pd.concat([layers(values), layers([[900, 900]], family="dense")]))
    assert found["value"] == found["low"] == found["high"] == most
    assert (found["verdict"], found["replicates"], found["note"]) == (verdict, 2, "")


def test_values_of_every_density_count(row):
    found = row(VALUES, METRICS, pd.concat([layers([[3], [3]]), layers([[3], [5]], density="0.9")]))
    assert (found["value"], found["replicates"]) == (5, 2) and "of 4 networks" in found["measured"]


def test_masks_that_were_summarised_before_values_were_counted_decide_nothing(row):
    for masks in (None, layers([[3]]).drop(columns="weight_values"), layers([[3]], family="dense")):
        found = row(VALUES, METRICS, masks)
        assert found["verdict"] == "not measured" and "the numbers of weights of edge_popup" in found["note"]


# Networks


def test_a_gap_is_compared_between_networks_by_seed(row):
    found = row(NETWORKS, gaps(shallow=0.05, deep=0.02))
    assert found["value"] == pytest.approx(0.03) and found["high"] - found["low"] < 0.001
    assert (found["network"], found["verdict"], found["replicates"]) == ("deep", "confirmed", 5)
    assert found["measured"].startswith("test accuracy of edge_popup minus dense on deep less the same on shallow")
    assert row(NETWORKS, gaps(shallow=0.02, deep=0.02))["value"] == pytest.approx(0)


def test_the_best_density_of_each_network_is_its_own(row):
    more = [cell("edge_popup", "0.3", level + SPREAD, network=network) for network, level in (("shallow", 0.79), ("deep", 0.1))]
    found = row(NETWORKS, pd.concat([gaps(shallow=0.05, deep=0.02), *more]))
    assert found["value"] == pytest.approx(-0.01)
    assert "on deep" in found["measured"] and "0.3 (best on validation) minus dense" in found["measured"]


@pytest.mark.parametrize("absent", [("shallow", "dense"), ("shallow", "edge_popup"), ("deep", "dense")])
def test_a_network_without_one_of_the_families_is_said_to_be(row, absent):
    whole = gaps(shallow=0.05, deep=0.02)
    found = row(NETWORKS, whole[(whole["network"] != absent[0]) | (whole["family"] != absent[1])])
    where = f"{absent[1]} on shallow" if absent[0] == "shallow" else f"{absent[1]} here"
    assert found["verdict"] == "not measured" and where in found["note"] and math.isnan(found["value"])


def test_an_experiment_without_either_network_measures_nothing(row):
    deep = gaps(shallow=0.05, deep=0.02).query("network == 'deep'")
    assert "on shallow" in row(NETWORKS, deep)["note"]
    assert row(NETWORKS, METRICS)[["network", "verdict"]].tolist() == ["deep", "not measured"]
