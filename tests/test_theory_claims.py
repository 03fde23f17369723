"""Claims about the search for weight-free networks: how each is measured."""

import numpy as np
import pandas as pd
import pytest
import yaml

from disentangle.claims.judging import judge, read_claims
from disentangle.config import Statistics

METRICS = pd.DataFrame({"dataset": ["digits"], "network": "mlp", "family": "weight_free", "density": "free", "seed": 0})


@pytest.fixture
def row(tmp_path):
    """The only row that a claim gets."""

    def judged(claim, **found):
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump({"made_up": claim}))
        table = judge(read_claims(path), {"metrics": METRICS} | found, "embedded", Statistics(resamples=499))
        assert len(table) == 1
        return table.iloc[0]

    return judged


GRADIENT = {"paper": "Someone 2020", "statement": "It converges.", "published": None, "source": "abstract"} | {
    "kind": "theorem",
    "measure": "gradient",
    "family": "weight_free",
    "criterion": {"rule": "at_most", "threshold": 1, "reason": "the bound itself"},
}
CONVERGENCE = {k: v for k, v in GRADIENT.items() if k != "family"} | {"measure": "convergence"}
SEARCH = CONVERGENCE | {
    "kind": "replication",
    "measure": "search",
    "problem": "network",
    "criterion": {"rule": "at_least", "threshold": 0.9, "reason": "ours"},
}


def gradients_of(biases):
    rows = [
        {"replicate": replicate, "hardness": hardness, "bias_norm": bias / hardness, "bound": 2.0}
        for replicate, bias in enumerate(biases)
        for hardness in (1.0, 2.0)
    ]
    return pd.DataFrame(rows).assign(dataset="digits", network="mlp", family="weight_free", density="free")


@pytest.mark.parametrize(
    ("biases", "verdict"), [([1.0, 1.2, 1.4], "confirmed"), ([2.18, 2.2, 2.23], "refuted"), ([1.0, 3.2, 1.9], "undecided")]
)
def test_the_largest_bias_of_each_replicate_is_held_against_its_bound(row, biases, verdict):
    found = row(GRADIENT, gradients=gradients_of(biases))
    assert found["value"] == pytest.approx(np.mean(biases) / 2) and found["replicates"] == 3
    assert found["verdict"] == verdict


def test_gradients_that_were_not_measured_are_said_to_be(row):
    for measured in ({}, {"gradients": gradients_of([1.0]).assign(family="weight_free_on_off")}):
        found = row(GRADIENT, **measured)
        assert found["verdict"] == "not measured" and "gradients of weight_free" in found["note"]


@pytest.mark.parametrize(("fullest", "verdict"), [([0.2, 0.9], "confirmed"), ([0.2, 1.1], "refuted")])
def test_convergence_is_the_largest_of_all_cases_and_belongs_to_no_dataset(row, fullest, verdict):
    runs = pd.DataFrame({"run": "constant", "gradient": "hard_forward", "hardness": [1, 10], "starts": 20, "fullest": fullest})
    exact = runs.assign(gradient="soft", fullest=7.0)
    found = row(CONVERGENCE, convergence=pd.concat([runs, exact]))
    assert (found["value"], found["verdict"], found["replicates"]) == (max(fullest), verdict, 20)
    assert (found["dataset"], found["network"]) == ("", "")


def test_a_search_is_the_share_of_starts_among_the_best(row):
    ranks = [1, 10, 11, 1000]
    found = pd.DataFrame(
        {"kind": "network", "problem": [0, 0, 1, 1], "masks": 1024, "estimator": "hard_forward", "rank": ranks}
    )
    others = [found.assign(estimator="soft", rank=1), found.assign(kind="quadratic", rank=1)]
    verdict = row(SEARCH, enumeration=pd.concat([found, *others]))
    assert verdict["value"] == 0.5 and "0% to 100% by problem" in verdict["measured"]
    few = found.assign(masks=50, rank=[1, 2, 1, 1])  # the best 1% of 50 masks is the best one
    assert row(SEARCH, enumeration=few)["value"] == 0.75
    assert row(SEARCH | {"problem": "other"}, enumeration=found)["verdict"] == "not measured"
    assert row(SEARCH)["verdict"] == row(SEARCH, enumeration=pd.DataFrame())["verdict"] == "not measured"
