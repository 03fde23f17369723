"""Claims about the search for weight-free networks: how each is measured."""

import numpy as np
import pandas as pd
import pytest
import torch

from disentangle.theory import gradients
from disentangle.theory.gradients import gradient_rows
from disentangle.theory.quadratic import draw_quadratic
from tests.made_up_claims import ABOUT, judged

METRICS = pd.DataFrame({"dataset": ["digits"], "network": "mlp", "family": "weight_free", "density": "free", "seed": 0})


@pytest.fixture
def row(tmp_path):
    """The only row that a claim gets."""

    def found(claim, **measured):
        return judged(tmp_path, claim, METRICS, **measured)

    return found


GRADIENT = ABOUT | {
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
COSINE = GRADIENT | {
    "kind": "question",
    "measure": "approximation",
    "of": "cosine",
    "hardness": 10,
    "criterion": {"rule": "above", "threshold": 0, "reason": "ours"},
}
BIAS = COSINE | {"of": "relative_bias", "criterion": {"rule": "below", "threshold": 1, "reason": "ours"}}


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


def searched(ranks, masks=1024, kind="network", estimator="hard_forward"):
    """Ranks (problem, start) that a search found."""
    rows = [{"problem": p, "start": s, "rank": rank} for p, of in enumerate(ranks) for s, rank in enumerate(of)]
    return pd.DataFrame(rows).assign(kind=kind, masks=masks, estimator=estimator)


def test_a_search_is_the_share_of_starts_among_the_best_of_each_problem(row):
    ranks = [[1, 10], [11, 1000], [10, 11]]
    others = [searched([[1, 1]] * 3, estimator="soft"), searched([[1, 1]] * 3, kind="quadratic")]
    found = row(SEARCH, enumeration=pd.concat([searched(ranks), *others]))
    assert found["value"] == pytest.approx(0.5) and found["replicates"] == 3
    assert "best 1% of masks, mean over problems (0% to 100%; 2 starts each)" in found["measured"]
    assert row(SEARCH, enumeration=searched([[1, 2], [1, 1]], masks=50))["value"] == 0.75  # 1% of 50 masks is the best one
    assert row(SEARCH | {"problem": "other"}, enumeration=searched(ranks))["verdict"] == "not measured"
    assert row(SEARCH)["verdict"] == row(SEARCH, enumeration=pd.DataFrame())["verdict"] == "not measured"


def test_the_exact_optimum_is_another_claim_than_the_best_masks(row):
    found = row(SEARCH | {"best": 0}, enumeration=searched([[1, 2], [1, 1], [3, 1], [2, 2]]))
    assert found["value"] == pytest.approx(0.5) and "whose mask is the optimum of all masks" in found["measured"]


def test_starts_of_one_problem_are_no_replicates(row):
    """However many starts there are, what decides is how much the problems differ."""
    few, many = (row(SEARCH, enumeration=searched([[1] * n, [500] * n, [1] * n, [1] * n])) for n in (5, 500))
    assert few[["value", "low", "high", "verdict"]].equals(many[["value", "low", "high", "verdict"]])
    assert few["replicates"] == 4 and few["low"] < 0.9 <= few["high"]


# The approximate gradient


def measured(monkeypatch, sign):
    """Rows of gradients.csv of a quadratic, whose curvature is known; the approximate gradient has another sign if told so."""
    true = gradients.gradient

    def gradient(problem, estimator, latent, hardness):
        return (sign if estimator == "hard_forward" else 1) * true(problem, estimator, latent, hardness)

    class Loss:
        def __init__(self, quadratic):
            self.loss = quadratic.loss
            self.steepest = quadratic.lipschitz

        def curvature(self, weights):
            return torch.full((len(weights),), self.steepest, dtype=torch.float64)

    monkeypatch.setattr(gradients, "gradient", gradient)
    generator = torch.Generator().manual_seed(0)
    loss = Loss(draw_quadratic(300, 60, generator))
    latent = torch.randn(5, 300, generator=generator, dtype=torch.float64)
    rows = [{"moment": moment} | row for moment in ("start", "end") for row in gradient_rows(loss, latent, (1.0, 10.0))]
    return pd.DataFrame(rows).assign(dataset="digits", network="mlp", family="weight_free", density="free")


def test_a_gradient_of_the_wrong_sign_is_refuted_and_keeps_to_its_bound(row, monkeypatch):
    right, wrong = measured(monkeypatch, 1), measured(monkeypatch, -1)
    assert row(COSINE, gradients=right)["verdict"] == row(BIAS, gradients=right)["verdict"] == "confirmed"
    assert row(COSINE, gradients=wrong)["verdict"] == row(BIAS, gradients=wrong)["verdict"] == "refuted"
    assert row(GRADIENT, gradients=wrong)["verdict"] == "confirmed"  # which is why the bound is no evidence


def test_the_gradient_is_taken_at_one_moment_and_hardness(row, monkeypatch):
    rows = measured(monkeypatch, 1)
    end = rows[(rows["moment"] == "end") & (rows["hardness"] == 10)]
    rows.loc[rows.index.difference(end.index), "cosine"] = -1.0
    found = row(COSINE, gradients=rows)
    assert found["value"] == pytest.approx(end["cosine"].mean()) and found["replicates"] == 5
    assert (
        found["measured"] == "cosine of the approximate and the exact gradient, weight_free after the training at hardness 10"
    )
    assert row(COSINE | {"moment": "start"}, gradients=rows)["value"] == -1
    for claim in (COSINE | {"hardness": 3}, COSINE | {"family": "weight_free_on_off"}):
        assert "gradients of weight_free" in row(claim, gradients=rows)["note"]
    assert row(COSINE)["verdict"] == "not measured"
