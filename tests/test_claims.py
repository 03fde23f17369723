"""The claims ledger: how it is read, and what is measured for it. Verdicts: test_verdicts.py."""

import math
from functools import partial

import pandas as pd
import pytest

from disentangle.claims.judging import judge
from disentangle.config import Statistics
from tests.made_up_claims import CLAIM, METRICS, SPREAD, cell, judged, read

SETTINGS = Statistics(resamples=499)


@pytest.fixture
def row(tmp_path):
    """The only row that a claim gets."""
    return partial(judged, tmp_path)


# A row


def test_the_whole_row_of_a_confirmed_claim(row):
    metrics = pd.concat([cell("dense", "1.0", 0.95 + SPREAD), cell("edge_popup", "0.5", 0.97 + 1.2 * SPREAD)])
    found = row(CLAIM | {"density": 0.5, "note": "Ours.", "published": "equal"}, metrics)
    assert found[["claim", "dataset", "network", "published", "source"]].tolist() == [
        *("made_up", "digits", "mlp", "equal", "abstract")
    ]
    assert found["measured"] == "test accuracy of edge_popup at density 0.5 minus that of dense"
    assert found["value"] == pytest.approx(0.02) and found["replicates"] == 5
    assert found["criterion"] == "at least -0.01 (ours)" and found["kind"] == "replication"
    assert found["fixed"] == "2020-01-31, after results of it were seen on mnist" and found["before"]
    assert found["fails_if"] == "they are worse"
    assert found["verdict"] == "confirmed" and found["note"] == "Ours."
    assert found["p"] == found["p_corrected"] < 0.001 and 0.018 < found["low"] < found["high"] < 0.022


def test_a_published_value_that_is_not_at_hand_is_said_to_be_so(row):
    assert row(CLAIM)["published"] == "none at hand"


def test_differences_are_paired_so_that_a_common_spread_drops_out(row):
    found = row(CLAIM | {"density": 0.5})
    assert found["high"] - found["low"] < 1e-9


def test_a_value_near_the_threshold_decides_nothing(row):
    spread = pd.concat([cell("dense", "1.0", 0.95 + SPREAD), cell("edge_popup", "0.1", 0.94 - SPREAD)])
    found = row(CLAIM, spread)
    assert found["low"] < -0.01 < found["high"] and found["verdict"] == "undecided"


def test_one_replicate_decides_nothing(row):
    found = row(CLAIM | {"density": 0.5}, METRICS[METRICS["seed"] == 0])
    assert found["verdict"] == "undecided" and found["replicates"] == 1
    assert math.isnan(found["low"]) and found["note"] == "One replicate has no interval."


def test_few_replicates_are_said_to_be_few(row):
    assert row(CLAIM, METRICS[METRICS["seed"] < 3])["note"] == "An interval of 3 replicates is rough."


# No selection on test


def test_a_small_density_is_written_as_in_the_tables(row):
    few = cell("edge_popup", "0.00005", 0.9 + SPREAD)
    assert row(CLAIM | {"density": 0.00005}, pd.concat([METRICS, few]))["measured"].startswith("test accuracy of edge_popup at")


def test_the_best_density_is_chosen_on_validation_even_where_test_says_otherwise(row):
    test = METRICS[METRICS["family"] == "edge_popup"].groupby("density")["test_accuracy"].mean()
    assert test.idxmax() == "0.5"
    found = row(CLAIM)
    assert found["measured"] == "test accuracy of edge_popup at density 0.1 (best on validation) minus that of dense"
    assert found["value"] == pytest.approx(-0.01)


def test_equally_good_densities_leave_the_first(row):
    tied = pd.concat([cell("dense", "1.0", 0.9 + SPREAD), cell("edge_popup", "0.3", 0.9 + SPREAD)])
    tied = pd.concat([tied, cell("edge_popup", "0.5", 0.9 + SPREAD[::-1])])
    assert "at density 0.3 (best on validation)" in row(CLAIM, tied)["measured"]


# What is not measured

ABSENT = [
    ({"density": 0.3}, "embedded does not have edge_popup at density 0.3 here; the default config.yaml measures it."),
    ({"against": "laperm"}, "embedded does not have laperm here; the default config.yaml measures it."),
    ({"family": "laperm", "preset": "paper"}, "embedded does not have laperm here; the preset paper measures it."),
    ({"family": "laperm", "preset": "embedded"}, "embedded does not have laperm here."),
]


@pytest.mark.parametrize(("change", "note"), ABSENT)
def test_no_cells_no_verdict(row, change, note):
    found = row(CLAIM | change)
    assert found["verdict"] == "not measured" and found["note"] == note
    assert found["replicates"] == 0 and math.isnan(found["value"]) and found["measured"] == ""


def test_cells_without_a_common_seed_are_no_pair(row):
    apart = METRICS.assign(seed=METRICS["seed"] + 100 * (METRICS["family"] == "dense"))
    assert "a seed that edge_popup" in row(CLAIM, apart)["note"]


def test_a_claim_about_data_that_the_experiment_lacks(row):
    found = row(CLAIM | {"datasets": ["cifar10"], "networks": ["resnet18"], "preset": "cifar"})
    assert found[["dataset", "network", "verdict"]].tolist() == ["cifar10", "resnet18", "not measured"]


def test_a_row_for_each_dataset_and_network_that_a_claim_is_about(tmp_path):
    places = [("digits", "mlp"), ("digits", "wide"), ("mnist", "mlp")]
    metrics = pd.concat([METRICS.assign(dataset=d, network=n) for d, n in places])
    claims = {"all": CLAIM, "some": CLAIM | {"datasets": ["mnist", "cifar10"]}, "wide": CLAIM | {"networks": ["wide"]}}
    claims["none"] = CLAIM | {"without": ["digits", "mnist"]}
    claims["not"] = CLAIM | {"without": ["digits"]}
    claims = read(tmp_path, claims | {"two": CLAIM | {"networks": ["wide", "deep", "deeper"]}})
    table = judge(claims, {"metrics": metrics}, "embedded", SETTINGS)
    assert table[["claim", "dataset", "network"]].to_numpy().tolist() == [
        *(["all", *place] for place in places),
        *(["none", "", ""], ["not", "mnist", "mlp"]),
        *(["some", "mnist", "mlp"], ["some", "cifar10", ""]),
        *(["two", "digits", "wide"], ["two", "digits", "deep, deeper"], ["wide", "digits", "wide"]),
    ]


# What is measured


def test_accuracy_of_a_cell(row):
    claim = {k: v for k, v in CLAIM.items() if k != "against"} | {"measure": "accuracy", "density": 0.5}
    found = row(claim | {"criterion": {"rule": "above", "threshold": 0.9, "reason": "as published"}})
    assert found["value"] == pytest.approx(0.97) and found["verdict"] == "confirmed"
    assert found["measured"] == "test accuracy of edge_popup at density 0.5"


def test_the_best_of_several_replicates_is_one_number_chosen_on_test(row):
    claim = {k: v for k, v in CLAIM.items() if k != "against"} | {"measure": "accuracy", "density": 0.5}
    claim |= {"of": "best_replicate", "criterion": {"rule": "at_least", "threshold": 0.987, "reason": "as published"}}
    metrics = METRICS.assign(best_test_accuracy=METRICS["test_accuracy"] + 0.01)
    found = row(claim, metrics)
    assert found["value"] == found["low"] == found["high"] == pytest.approx(0.99) and found["replicates"] == 5
    assert found["verdict"] == "confirmed" and found["measured"].endswith("of the best of 5 replicates; both chosen on test")
    assert row(claim, metrics[metrics["seed"] != 2])["verdict"] == "refuted"  # without the luckiest
    assert row(claim)["verdict"] == "not measured"
