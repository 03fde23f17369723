"""The claims ledger: how it is read, and what is measured for it. Verdicts: test_verdicts.py."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from disentangle.claims.judging import COLUMNS, judge, read_claims
from disentangle.config import Statistics
from disentangle.errors import InputError
from disentangle.statistics.spectral_tests import Distances
from tests.conftest import ROOT

SETTINGS = Statistics(resamples=499)
SPREAD = np.array([-0.01, 0, 0.01, 0.005, -0.005])

CLAIM = {
    "paper": "Someone 2020",
    "statement": "Their networks are as good.",
    "published": None,
    "source": "abstract",
    "kind": "replication",
    "measure": "difference",
    "family": "edge_popup",
    "against": "dense",
    "criterion": {"rule": "at_least", "threshold": -0.01, "reason": "ours"},
}
SEPARATION = CLAIM | {"measure": "separation", "version": "raw"}


def cell(family, density, test, validation=None, dataset="digits", network="mlp"):
    key = {"dataset": dataset, "network": network, "family": family, "density": density}
    accuracies = {"test_accuracy": test, "validation_accuracy": test if validation is None else validation}
    return pd.DataFrame(key | {"seed": range(len(test))} | accuracies)


METRICS = pd.concat([
    cell("dense", "1.0", 0.95 + SPREAD),
    cell("edge_popup", "0.1", 0.94 + SPREAD, validation=0.97 + SPREAD),
    cell("edge_popup", "0.5", 0.97 + SPREAD, validation=0.93 + SPREAD),
])  # fmt: skip


@pytest.fixture
def ledger(tmp_path):
    def write(content):
        path = tmp_path / "claims.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return read_claims(path)

    return write


@pytest.fixture
def row(ledger):
    """The only row that a claim gets."""

    def judged(claim, metrics=METRICS, comparisons=None, experiment="embedded"):
        found = {"metrics": metrics} | ({"comparisons": comparisons} if comparisons else {})
        table = judge(ledger({"made_up": claim}), found, experiment, SETTINGS)
        assert tuple(table.columns) == COLUMNS and len(table) == 1
        return table.iloc[0]

    return judged


# A row


def test_the_whole_row_of_a_confirmed_claim(row):
    metrics = pd.concat([cell("dense", "1.0", 0.95 + SPREAD), cell("edge_popup", "0.5", 0.97 + 1.2 * SPREAD)])
    found = row(CLAIM | {"density": 0.5, "note": "Ours.", "published": "equal"}, metrics)
    assert found[["claim", "dataset", "network", "published", "source"]].tolist() == [
        *("made_up", "digits", "mlp", "equal", "abstract")
    ]
    assert found["measured"] == "test accuracy of edge_popup at density 0.5 minus that of dense"
    assert found["value"] == pytest.approx(0.02) and found["replicates"] == 5
    assert found["criterion"] == "at least -0.01 (ours)"
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


def test_a_row_for_each_dataset_and_network_that_a_claim_is_about(ledger):
    places = [("digits", "mlp"), ("digits", "wide"), ("mnist", "mlp")]
    metrics = pd.concat([METRICS.assign(dataset=d, network=n) for d, n in places])
    claims = {"all": CLAIM, "some": CLAIM | {"datasets": ["mnist", "cifar10"]}, "wide": CLAIM | {"networks": ["wide"]}}
    claims["none"] = CLAIM | {"without": ["digits", "mnist"]}
    claims["not"] = CLAIM | {"without": ["digits"]}
    claims = ledger(claims | {"two": CLAIM | {"networks": ["wide", "deep", "deeper"]}})
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


def comparison(gap, metrics=METRICS):
    keys = metrics[["family", "density"]].reset_index(drop=True)
    places = np.where(keys["family"] == "dense", 0, gap) + 0.001 * metrics["seed"].to_numpy()
    matrix = np.abs(places[:, None] - places)
    networks = keys.assign(replicate=metrics["seed"].to_numpy())
    matrices = {"raw": matrix, "matched": 0 * matrix, "floor": np.full(len(places), 0.0003)}
    return {("digits", "mlp"): Distances(networks, matrices)}


def test_one_network_a_family_has_no_distance_within(row):
    alone = METRICS[METRICS["seed"] == 0]
    found = row(SEPARATION, alone, comparison(0.05, alone))
    assert found["verdict"] == "not measured" and "two replicates of edge_popup" in found["note"]


def test_separation_of_spectra(row):
    claim = SEPARATION | {"criterion": {"rule": "above", "threshold": 0, "reason": "ours"}}
    far, near = row(claim, comparisons=comparison(0.05)), row(claim, comparisons=comparison(0.0))
    assert far["value"] == pytest.approx(0.05 - 0.002) and far["verdict"] == "confirmed"
    assert "raw spectral distance of edge_popup at density 0.1 (best on validation) and dense" in far["measured"]
    assert "0.0003" in far["measured"]
    assert near["verdict"] != "confirmed"
    same = row(claim | {"version": "matched"}, comparisons=comparison(0.05))
    assert (same["value"], same["p"], same["verdict"]) == (0, 1, "undecided")


def test_separation_without_spectra_is_not_measured(row):
    assert "the spectral comparison of edge_popup" in row(SEPARATION)["note"]


# The file


def test_the_ledger_of_the_project_can_be_judged_without_any_cell():
    claims = read_claims(ROOT / "workflow/claims.yaml")
    table = judge(claims, {"metrics": METRICS[:0]}, "embedded", SETTINGS)
    assert (table["verdict"] == "not measured").all() and set(table["claim"]) == set(claims)
    assert (table["source"] != "").all()


def test_a_claim_asks_for_what_its_measure_needs_and_for_nothing_else():
    """Whatever else it asked for, nothing would ever be found for it."""

    class Noting(dict):
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)

    for name, claim in read_claims(ROOT / "workflow/claims.yaml").items():
        asked = set()
        found = Noting(metrics=METRICS.assign(family=getattr(claim, "family", "dense"), density="0.1"))
        judge({name: claim.model_copy(update={"datasets": ["digits"], "networks": ["mlp"]})}, found, "embedded", SETTINGS)
        assert asked <= {"metrics", *claim.needs}, name


MISTAKES = [
    ({"familly": "dense"}, "claims.made_up.familly is not a setting; did you mean 'family'?"),
    ({"measure": "diference"}, "claims.made_up: measure 'diference' does not exist; did you mean 'difference'?"),
    ({"density": 1.5}, "claims.made_up.density is 1.5; write a share of edges in (0, 1], best or free."),
    ({"density": "bst"}, "claims.made_up.density is 'bst'; write a share of edges in (0, 1], best or free."),
    ({"source": ""}, "claims.made_up.source is ''; string should have at least 1 character."),
    ({"measure": "separation"}, "claims.made_up.version is missing; write a value for it."),
    (
        {"criterion": {"rule": "over", "threshold": 0, "reason": "ours"}},
        "claims.made_up.criterion.rule is 'over'; input",
    ),
    (
        {"criterion": {"rule": "above", "treshold": 0, "reason": "ours"}},
        "claims.made_up.criterion.threshold is missing",
    ),
]


@pytest.mark.parametrize(("change", "sentence"), MISTAKES)
def test_a_mistake_in_a_claim_is_one_sentence(ledger, change, sentence):
    with pytest.raises(InputError) as error:
        ledger({"made_up": CLAIM | change})
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["published", "source", "criterion", "statement", "family"])
def test_what_a_claim_cannot_do_without(ledger, key):
    with pytest.raises(InputError, match=f"claims.made_up.{key} is missing"):
        ledger({"made_up": {k: v for k, v in CLAIM.items() if k != key}})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a: [", "is not YAML"), ("", "is not a mapping"), ("- 1", "is not a mapping"), ("a: 1", "is not a mapping")],
)
def test_a_file_that_is_no_ledger(ledger, text, sentence):
    with pytest.raises(InputError, match=rf"\A.*{sentence}.*\Z"):  # on one line
        ledger(text)


def test_density_is_the_text_of_the_tables(ledger):
    claims = ledger({name: CLAIM | {"density": density} for name, density in [("a", 0.50), ("b", 1), ("c", "free")]})
    assert [claim.density for claim in claims.values()] == ["0.5", "1.0", "free"]
