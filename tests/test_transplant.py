"""The value transplant: ranks or values are kept to the last one, and the network's own weights give its own accuracy."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from disentangle.config import load_experiment
from disentangle.datasets import Dataset, InMemory
from disentangle.evaluation.metrics import evaluate
from disentangle.families.registry import FAMILIES, family
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network, layout
from disentangle.networks.normalisation import Frozen
from disentangle.networks.scoring import statistics_of
from disentangle.pipeline.plan import Plan
from disentangle.profiles.transplant import transplant
from disentangle.profiles.treatments import NOISE, PLACES, VALUES, treat
from disentangle.profiles.units import starting_units, trained_units, units_of
from disentangle.stages.figure import Figure
from disentangle.stages.profiles import Profiles

RANKS = ("own", "start", "centred", "gaussian", "uniform", "two_level", "sign")


@st.composite
def layers(draw):
    """Weights and a mask (replicate, unit, place), each unit with an edge or more, and starting weights."""
    shape = tuple(draw(st.integers(1, size)) for size in (2, 4, 9))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = random.random(shape) < draw(st.floats(0.2, 1))
    mask[..., 0] = True
    weights, start = random.normal(0.3, 1, (2, *shape)).astype(np.float32)
    return weights * mask, mask, start, random.random(shape)


def of(weights, mask):
    """The edges of each unit, one array a unit."""
    flat = (array.reshape(-1, weights.shape[-1]) for array in (weights, mask))
    return [unit[edges].astype(np.float64) for unit, edges in zip(*flat, strict=True)]


@given(layers())
def test_ranks_are_kept_and_the_values_are_those_said(layer):
    weights, mask, start, random = layer
    units, starts = units_of(weights, mask), units_of(start, mask)
    new = {name: treat(name, units, starts, random) for name in VALUES}
    assert list(VALUES) == list(RANKS) and (new["own"] == weights).all()
    for name, array in new.items():
        assert not array[~mask].any()
        for ours, theirs, first in zip(of(weights, mask), of(array, mask), of(start, mask), strict=True):
            assert (np.diff(theirs[np.argsort(ours)]) >= -1e-12).all(), name
            n = len(ours)
            if name in ("gaussian", "uniform", "two_level"):
                assert theirs.mean() == pytest.approx(ours.mean(), abs=1e-6)
                assert theirs.std() == pytest.approx(ours.std() if n > 1 else 0, abs=1e-6)
            if name == "start":
                assert np.sort(theirs).tolist() == np.sort(first).tolist()
            if name == "sign":
                assert theirs == pytest.approx(np.sign(ours) * np.abs(ours).mean())
            if name == "centred":
                assert theirs == pytest.approx(ours - ours.mean())
            if name == "two_level":
                assert len(np.unique(theirs.round(9))) == min(n, 2) and (theirs == theirs.max()).sum() >= n - n // 2
            if name == "gaussian" and n > 2:
                scores = norm.ppf((rankdata(ours) - 0.375) / (n + 0.25))
                assert np.corrcoef(scores, theirs)[0, 1] == pytest.approx(1)


@given(layers())
def test_places_change_and_the_values_are_kept_to_the_last_one(layer):
    weights, mask, _, random = layer
    for name in PLACES:
        whole = name == "permuted_in_layer"
        shape = (len(weights), 1, -1) if whole else weights.shape
        units = units_of(weights.reshape(shape), mask.reshape(shape))
        new = treat(name, units, units, random.reshape(shape)).reshape(weights.shape)
        assert not new[~mask].any()
        ours, edges, theirs = (array.reshape(shape) for array in (weights, mask, new))
        for one, other in zip(of(ours, edges), of(theirs, edges), strict=True):
            assert np.sort(one).tolist() == np.sort(other).tolist()
        if name == "permuted_in_sign":
            assert (np.sign(new) == np.sign(weights)).all()


def test_every_place_is_as_likely():
    units = units_of(np.tile(np.arange(1.0, 5), (20000, 1)), np.ones((20000, 4), dtype=bool))
    new = treat("permuted_in_unit", units, units, np.random.default_rng(0).random((20000, 4)))
    shares = [[(new[:, place] == value).mean() for value in range(1, 5)] for place in range(4)]
    assert np.allclose(shares, 0.25, atol=0.015)


def test_noise_is_as_far_as_what_it_controls():
    weights = np.random.default_rng(0).laplace(0.2, 1, (1, 5, 4000))
    units = units_of(weights, np.ones(weights.shape, dtype=bool))
    random = np.random.default_rng(1).random(weights.shape)
    for control, name in NOISE.items():
        far, noise = (units.r2(treat(which, units, units, random)) for which in (name, control))
        assert noise == pytest.approx(far, abs=0.03) and (far > 0.1).all() and (far < 0.99).all()
    expected = [np.corrcoef(w, treat("sign", units, units, random)[0, i])[0, 1] ** 2 for i, w in enumerate(weights[0])]
    assert units.r2(treat("sign", units, units, random))[0] == pytest.approx(expected)


def test_starting_values_are_those_of_the_kept_edges_or_of_the_edges_that_were():
    weights, mask = np.array([[[0, 3, 1, 0]]], np.float32), np.array([[[False, True, True, False]]])
    network = Network("mlp", layout("mlp", {"widths": []}, "test"), (4,), 2)
    wiring = Wiring(network, {"output": weights}, {"output": mask}, {}, {})
    for start, expected in (
        ([[[9, 5, 6, 9]]], [0, 6, 5, 0]),
        ([[[7, 0, 0, 8]]], [0, 8, 7, 0]),
        ([[[7, 0, 0, 0]]], [0, 7, 7, 0]),
    ):
        units = starting_units(wiring, {"output": np.array(start, np.float32)})["output"]
        assert treat("start", trained_units(wiring)["output"], units, np.zeros((1, 1, 4)))[0, 0].tolist() == expected
    frozen = Wiring(network, wiring.weights, wiring.masks, {"output": np.array([[[1, 2, 4, 3]]], np.float32)}, {})
    assert starting_units(frozen, {"output": np.zeros((1, 1, 4))})["output"].values[0, 0, :2].tolist() == [2, 4]


@pytest.fixture(params=["mlp", "conv2"])
def trained(request):
    """A cohort of random real weights, and data whose labels are what the first replicate says."""
    shape, settings = ((6,), {"widths": [20]}) if request.param == "mlp" else ((1, 8, 8), {"width": 0.1})
    network = Network(request.param, layout(request.param, settings, "test"), shape, 3)
    random = np.random.default_rng(0)
    masks = {x.name: random.random((2, *x.shape)) < 0.7 for x in network.layers}
    weights = {name: (random.normal(0.1, 1, mask.shape) * mask).astype(np.float32) for name, mask in masks.items()}
    inputs = torch.from_numpy(random.normal(size=(90, *shape)).astype(np.float32))
    precise = {name: torch.from_numpy(w).to(getattr(torch, network.layout.precision)) for name, w in weights.items()}
    statistics = statistics_of(network, precise, InMemory(inputs, torch.zeros(90, dtype=torch.int64)))
    logits = network.logits(precise, inputs.to(precise["output"].dtype)[None], Frozen(statistics))
    images = InMemory(inputs, logits[0].argmax(0))
    wiring = Wiring(network, weights, masks, {}, {name: statistic.numpy() for name, statistic in statistics.items()})
    return wiring, Dataset("tiny", ("a", "b", "c"), images, images, images)


def test_own_weights_have_the_networks_own_accuracy_and_random_places_lose_it(trained):
    wiring, data = trained
    starts = starting_units(wiring, {layer: weight + 1 for layer, weight in wiring.weights.items()})
    table = pd.DataFrame(transplant(wiring, starts, data, [0, 1], 2))
    found = table.pivot(index="treatment", columns="replicate", values="test_accuracy")
    assert found.loc["own"].tolist() == [row["test_accuracy"] for row in evaluate(wiring, data, [0, 1])]
    assert found.loc["own", 0] == 1 and found.loc["gaussian", 0] > 0.7 > found.loc["permuted_in_layer", 0]
    assert set(found.index) == {*VALUES, *PLACES, *NOISE}
    r2 = table.groupby("treatment")["r2"].mean()
    assert r2["own"] == pytest.approx(1) and r2["centred"] == pytest.approx(1) and r2["permuted_in_layer"] < 0.5
    again = pd.DataFrame(transplant(wiring, starts, data, [0, 1], 2))
    assert again.equals(table)


def test_only_families_with_weights_of_their_own_are_profiled_at_the_density_nearest_one_half(small_config):
    real = {name for name in FAMILIES if name != "control" and family(name, {}, "test").edge_weights == "own"}
    assert real == {"dense", "pruned", "pruned_at_start", "random", "laperm"}
    assert family("laperm", {"values": "shared"}, "test").edge_weights == "shared"
    small_config["families"]["pruned"] = {"densities": [0.1, 0.4, 0.6]}

    def planned():
        plan = Plan(load_experiment(small_config))
        return [job.cell.path for job in plan.of(Profiles)], {job.figure for job in plan.of(Figure)}

    cells, drawn = planned()
    assert cells == ["digits/mlp/dense/1.0", "digits/mlp/pruned/0.4"]
    assert {"weight_profiles", "value_transplant"} <= drawn
    small_config["profiles"] = {"draws": 0}
    cells, drawn = planned()
    assert cells == [] and not {"weight_profiles", "value_transplant"} & drawn
