"""Verdicts of claims: by what p they are decided, how it is corrected, and what the choice of test images adds."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from disentangle.claims.base import Criterion
from disentangle.claims.evidence import Measurement
from disentangle.claims.judging import judge
from disentangle.claims.own_split import own_draw
from disentangle.claims.registry import measures
from disentangle.claims.verdicts import p_value, verdict
from disentangle.config import Statistics
from disentangle.statistics.hypotheses import holm
from disentangle.statistics.intervals import alone, counted, mean_estimate
from tests.made_up_claims import CLAIM, SPREAD, cell

SETTINGS = Statistics()
DIGITS = {"train": 1259, "validation": 179, "test": 359}


def claim(**changes):
    settings = CLAIM | changes
    return measures()[settings["measure"]].model_validate(settings)


def judged(claims, metrics, settings=SETTINGS, **found):
    return judge(claims, {"metrics": metrics} | found, "embedded", settings).set_index("claim")


def criterion(rule, threshold=0.0):
    return Criterion(rule=rule, threshold=threshold, reason="made up")


# One claim

SIDES = [(rule, side) for rule in ("at_least", "above", "at_most", "below") for side in (-1, 1)]


@pytest.mark.parametrize(("rule", "side"), SIDES)
def test_a_value_far_beyond_the_threshold_is_decided_by_its_side(rule, side):
    far = Measurement("", mean_estimate(0.1 * side + SPREAD, SETTINGS), 5)
    p = p_value(criterion(rule), far)
    assert p == pytest.approx(stats.ttest_1samp(0.1 * side + SPREAD, 0).pvalue) and p < 0.001
    wanted = (side == 1) == (rule in ("at_least", "above"))
    assert verdict(criterion(rule), far, p, 0.95) == ("confirmed" if wanted else "refuted")


@pytest.mark.parametrize("rule", ["at_least", "below"])
def test_a_value_that_chance_explains_is_undecided_at_a_higher_level_only(rule):
    near = Measurement("", mean_estimate(0.005 + SPREAD, SETTINGS), 5)
    p = p_value(criterion(rule), near)
    assert 0.05 < p < 0.3
    assert verdict(criterion(rule), near, p, 0.95) == "undecided" != verdict(criterion(rule), near, p, 0.7)


def test_one_replicate_decides_nothing():
    one = Measurement("", alone(0.5), 1)
    assert math.isnan(p_value(criterion("above"), one)) and verdict(criterion("above"), one, math.nan, 0.95) == "undecided"


@pytest.mark.parametrize(("rule", "expected"), [("at_most", "confirmed"), ("below", "refuted"), ("above", "refuted")])
def test_what_counts_all_there_are_is_decided_by_its_value(rule, expected):
    every = Measurement("", counted(3.0), 1, sampled=False)
    assert math.isnan(p_value(criterion(rule, 3), every)) and verdict(criterion(rule, 3), every, math.nan, 0.95) == expected


def test_five_equal_replicates_are_not_enough():
    metrics = pd.concat([cell("dense", "1.0", 0.95 + SPREAD), cell("edge_popup", "0.5", 0.97 + SPREAD)])
    found = judged({"a": claim()}, metrics).loc["a"]
    assert found["p"] == 2 / 2**5 and found["verdict"] == "undecided"


# Several claims


def several(thresholds, kinds):
    rules = [{"rule": "at_least", "threshold": threshold, "reason": "ours"} for threshold in thresholds]
    return {f"c{i}": claim(kind=kind, criterion=rule) for i, (rule, kind) in enumerate(zip(rules, kinds, strict=True))}


NOISE = np.array([0.006, -0.004, 0.001, -0.005, 0.002])
PAIR = pd.concat([cell("dense", "1.0", 0.9 + SPREAD), cell("edge_popup", "0.5", 0.9 + SPREAD + NOISE)])


def test_replications_are_corrected_for_each_other_and_for_nothing_else():
    thresholds = [-0.008, -0.009, -0.05, -0.008, -0.008]
    kinds = ["replication", "replication", "replication", "question", "theorem"]
    found = judged(several(thresholds, kinds), PAIR)
    tested = [stats.ttest_1samp(NOISE, threshold).pvalue for threshold in thresholds]
    np.testing.assert_allclose(found["p"], tested)
    np.testing.assert_allclose(found["p_corrected"], [*holm(tested[:3]), math.nan, math.nan])
    assert found["verdict"].tolist() == ["confirmed"] * 5


def test_a_replication_that_is_one_of_many_needs_more():
    threshold = -0.008
    alone_ = judged(several([threshold], ["replication"]), PAIR)
    among = judged(several([threshold] * 20, ["replication"] * 20), PAIR)
    asked = judged(several([threshold] * 20, ["question"] * 20), PAIR)
    assert set(alone_["verdict"]) == set(asked["verdict"]) == {"confirmed"}
    assert set(among["verdict"]) == {"undecided"} and (among["low"] > threshold).all()


def test_what_is_not_measured_counts_for_no_correction():
    claims = several([-0.008], ["replication"])
    absent = {f"absent{i}": claim(family="laperm") for i in range(30)}
    found = judged(claims | absent, PAIR)
    assert found.loc["c0", "p_corrected"] == found.loc["c0", "p"] and found["p_corrected"].notna().sum() == 1


# The test images


def test_which_splits_are_our_own_draw():
    for images in (DIGITS, {"train": 399, "validation": 57, "test": 113}, {"train": 125, "validation": 18, "test": 35}):
        assert own_draw(images)
    for images in ({"train": 55000, "validation": 5000, "test": 10000}, {"train": 45000, "validation": 5000, "test": 10000}):
        assert not own_draw(images)


def widths(found, plain):
    """How much wider, in squares, an interval is below and above than without the test images."""
    return [(found["value"] - found[end]) ** 2 - (plain["value"] - plain[end]) ** 2 for end in ("low", "high")]


def test_a_difference_is_widened_by_the_errors_of_both():
    own, published, plain = (
        judged({"a": claim()}, PAIR, **found).loc["a"]
        for found in ({"images": {"digits": DIGITS}}, {"images": {"digits": DIGITS | {"train": 9000}}}, {})
    )
    variance = (0.9 * 0.1 + 0.9 * 0.1) / 359
    np.testing.assert_allclose(widths(own, plain), [stats.norm.ppf(0.975) ** 2 * variance] * 2)
    assert own["measured"] == plain["measured"] + "; the interval allows for the choice of 359 test images"
    assert plain["verdict"] == "confirmed" and own["verdict"] == "undecided" and own["p"] > plain["p"]
    pd.testing.assert_series_equal(published, plain)


def spread(scale):
    return np.array([-0.01, 0, 0.01, 0.005, -0.005]) * scale


TWO_NETWORKS = pd.concat([
    cell("dense", "1.0", 0.9 + spread(1)),
    cell("edge_popup", "0.5", 0.8 + spread(2)),
    cell("dense", "1.0", 0.7 + spread(3), network="shallow"),
    cell("edge_popup", "0.5", 0.6 + spread(1), network="shallow"),
])  # fmt: skip
HUMP = pd.concat([cell("edge_popup", f"0.{d}", level + spread(d)) for d, level in ((1, 0.6), (5, 0.9), (9, 0.8))])
TRANSPLANTS = pd.DataFrame(
    {"dataset": "digits", "network": "mlp", "family": "dense", "density": "1.0", "replicate": range(5)}
    | {"treatment": treatment, "test_accuracy": level + spread(scale)}
    for treatment, level, scale in (("own", 0.9, 1), ("start", 0.7, 2))
).explode(["replicate", "test_accuracy"])
WIDENED = [
    ("accuracy", {}, TWO_NETWORKS, [0.8]),
    ("networks", {"against": "dense", "other": "shallow", "networks": ["mlp"]}, TWO_NETWORKS, [0.9, 0.8, 0.7, 0.6]),
    ("hump", {"low": 0.1, "high": 0.9}, HUMP, [0.9, 0.8]),  # the fall to 0.8 is the smaller one
    ("transplant", {"family": "dense", "treatment": "start"}, TWO_NETWORKS, [0.9, 0.7]),
]


@pytest.mark.parametrize(("measure", "changes", "metrics", "accuracies"), WIDENED)
def test_each_accuracy_that_a_claim_is_about_adds_its_error(measure, changes, metrics, accuracies):
    base = {key: value for key, value in CLAIM.items() if key != "against"}
    about = {"a": measures()[measure].model_validate(base | changes | {"measure": measure})}
    own, plain = (
        judged(about, metrics, transplants=TRANSPLANTS, **found).query("network == 'mlp'").loc["a"]
        for found in ({"images": {"digits": DIGITS}}, {})
    )
    variance = sum(p * (1 - p) for p in accuracies) / 359
    np.testing.assert_allclose(widths(own, plain), [stats.norm.ppf(0.975) ** 2 * variance] * 2)


def test_one_replicate_has_no_interval_to_widen():
    found = judged({"a": claim()}, PAIR[PAIR["seed"] == 0], images={"digits": DIGITS}).loc["a"]
    assert math.isnan(found["low"]) and found["verdict"] == "undecided" and "images" not in found["measured"]
