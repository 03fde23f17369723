"""Pruning before the training: exact totals over all layers, collapse and its avoidance, and what the training meets."""

import csv
from fractions import Fraction
from math import ceil

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle import artefacts
from disentangle.config import Training, load_experiment
from disentangle.errors import InputError
from disentangle.families import Frame, family
from disentangle.networks import Network, layout
from disentangle.networks.scoring import losses
from disentangle.pipeline.plan import Plan
from disentangle.stages.compare import Compare
from disentangle.stages.masks import Masks
from disentangle.stages.spectra import Spectra
from disentangle.stages.train import Train
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from disentangle.training.probe import NetworkProbe
from tests.running import prepare, product, run

CPU = torch.device("cpu")
SCORES = ["snip", "grasp", "synflow", "magnitude", "random"]
ARCHITECTURES = {"mlp": ({"widths": [8, 8]}, (40,)), "conv2": ({"width": 0.1}, (1, 8, 8)),
                 "resnet18": ({"width": 0.05}, (3, 8, 8))}  # fmt: skip


class Recording(NetworkProbe):
    """Notes which edges exist whenever the flow is asked for."""

    def flow(self, weights):
        self.__dict__.setdefault("seen", []).append(torch.cat([w.detach().flatten(1) > 0 for w in weights.values()], 1))
        return super().flow(weights)


def parts(kind, score, density, **settings):
    """The family with that score, and a network of that kind with its frame."""
    own, shape = ARCHITECTURES[kind]
    network = Network(kind, layout(kind, own, "test"), shape, 3)
    return family("pruned_at_start", {"score": score} | settings, "test"), network, Frame(network.layers, density)


def pruned(score, density, kind="mlp", seeds=(0, 1), **settings):
    """Masks of a cohort as it is trained, its state, and the probe, of thirty random images."""
    made, network, frame = parts(kind, score, density, **settings)
    state = start_cohort(made, frame, seeds, CPU).state
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(1, 30, *network.inputs, generator=generator).expand(len(seeds), -1, *[-1] * len(network.inputs))
    labels = torch.randint(3, (1, 30), generator=generator).expand(len(seeds), -1)
    probe = Recording(network, lambda: (images, labels))
    made.prepare(frame, state, probe)
    return made.masks(frame, state), state, probe


def kept(masks):
    return sum(mask.flatten(1).sum(1) for mask in masks.values()).tolist()


def edges(masks):
    return sum(mask[0].numel() for mask in masks.values())


@given(st.sampled_from(SCORES), st.integers(1, 1000).map(lambda d: d / 1000))
def test_all_layers_together_keep_exactly_the_density(score, density):
    masks, _, _ = pruned(score, density, iterations=7)
    assert kept(masks) == [ceil(Fraction(str(density)) * edges(masks))] * 2


@pytest.mark.parametrize("kind", ["conv2", "resnet18"])
@pytest.mark.parametrize("score", SCORES)
def test_convolutional_networks_are_pruned_from_the_start_of_dense(kind, score):
    masks, state, _ = pruned(score, 0.2, kind, iterations=5)
    assert kept(masks) == [ceil(0.2 * edges(masks))] * 2
    dense = start_cohort(family("dense", {}, "test"), parts(kind, score, 1.0)[2], [0, 1], CPU).state
    assert all(torch.equal(weight, dense.trained[name]) for name, weight in state.trained.items())


def test_magnitude_keeps_the_largest_weights_of_all_layers_and_random_the_largest_draws():
    masks, state, _ = pruned("magnitude", 0.1)
    mask, magnitude = (torch.cat([t.detach().flatten(1) for t in x.values()], 1) for x in (masks, state.role("weight")))
    for chosen, size in zip(mask, magnitude.abs(), strict=True):
        assert size[chosen].min() >= size[~chosen].max()
    many, _, _ = pruned("random", 0.3, seeds=range(400))
    shares = {layer: mask.double().mean().item() for layer, mask in many.items()}
    assert shares == pytest.approx(dict.fromkeys(shares, 0.3), abs=0.01)
    counts = many["output"].flatten(1).sum(1).double()  # hypergeometric: 24 edges of 408 drawn
    assert counts.var().item() == pytest.approx(24 * 0.3 * 0.7 * (408 - 24) / 407, rel=0.2)
    assert not torch.equal(many["hidden1"][0], many["hidden1"][1])


def test_synflow_prunes_step_by_step_along_the_schedule_and_brings_no_edge_back():
    masks, _, probe = pruned("synflow", 0.05, iterations=20)
    total = edges(masks)
    assert [row.sum(1).tolist() for row in probe.seen] == [[ceil(0.05 ** (t / 20) * total)] * 2 for t in range(20)]
    for before, after in zip(probe.seen[:-1], probe.seen[1:], strict=True):
        assert not (after & ~before).any()


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_a_temperature_of_one_changes_no_edge_and_a_high_one_some(kind):
    class Plain(NetworkProbe):
        """Knows no temperature."""

        def loss(self, weights, temperature):
            inputs, labels = self._batch
            return losses(self.network.training_logits(weights, inputs), labels)

    (one, _, probe), (high, *_) = (pruned("grasp", 0.2, kind, temperature=t) for t in (1, 200))
    made, network, frame = parts(kind, "grasp", 0.2)
    fresh = start_cohort(made, frame, (0, 1), CPU).state
    made.prepare(frame, fresh, Plain(network, probe.first_batch))
    assert all(torch.equal(mask, fresh.role("mask")[layer]) for layer, mask in one.items())
    assert kept(high) == kept(one) and any(not torch.equal(mask, high[layer]) for layer, mask in one.items())


@pytest.mark.parametrize("most", [3, 4, 10])
def test_synflow_leaves_a_path_down_to_one_edge_a_layer_where_magnitude_loses_a_layer(most):
    # Tanaka et al. 2020, theorem 3: pruned one edge at a time, no layer is lost while as many edges as layers are left.
    density = most / 408 - 1e-5
    masks, _, _ = pruned("synflow", density, iterations=2500)
    assert kept(masks) == [most] * 2
    assert all((mask.flatten(1).sum(1) > 0).all() for mask in masks.values())
    for replicate in range(2):
        graph = nx.DiGraph(
            ((depth, into), (depth + 1, out))
            for depth, mask in enumerate(masks.values())
            for out, into in mask[replicate].nonzero().tolist()
        )
        assert nx.dag_longest_path_length(graph) == 3
    alone, _, _ = pruned("magnitude", density)
    assert (alone["hidden1"].flatten(1).sum(1) == 0).any()


@pytest.mark.parametrize("score", SCORES)
def test_a_replicate_is_pruned_as_alone(digits, score):
    def masks(seeds):
        made = family("pruned_at_start", {"score": score}, "test")
        network = Network("mlp", layout("mlp", {"widths": [16]}, "test"), digits.shape, 10)
        trainer = Trainer(network, made, Frame(network.layers, 0.1), Training(epochs=1, batch_size=64), digits)
        cohort = start_cohort(made, trainer.frame, seeds, CPU)
        made.prepare(trainer.frame, cohort.state, NetworkProbe(network, lambda: trainer._first_batch(seeds)))
        return torch.cat([mask.flatten(1) for mask in made.masks(trainer.frame, cohort.state).values()], 1)

    together, alone = masks([0, 1, 2])[1], masks([1])[0]
    assert (together ^ alone).sum() <= 2  # rounding may swap the last edge


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"score": "synflow", "on_off": True}, r"synflow finds no flow where ON and OFF channels cancel; leave on_off out"),
    ({"temperature": 200}, r"temperature has no effect on score snip; leave it out or write score: grasp\.$"),
    ({"score": "grasp", "temperature": 0}, r"temperature"),
    ({"score": "snap"}, r"score"),
    ({"iterations": 0}, r"iterations"),
])  # fmt: skip
def test_bad_settings_are_told(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        family("pruned_at_start", settings, "families.mine")


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_collapsed_networks_pass_through_all_stages(small_config, tmp_path):
    small_config["families"] = {score: {"family": "pruned_at_start", "score": score} for score in SCORES}
    small_config["densities"], small_config["networks"] = [0.0005, 0.002], {"mlp": {"widths": [12, 6]}}
    small_config["training"] = {"epochs": 1, "batch_size": 128}
    small_config["spectra"] = {"null_draws": 2}
    plan = Plan(load_experiment(small_config))
    prepare("digits", tmp_path)
    for stage in (Train, Masks, Spectra, Compare):
        for job in plan.of(stage):
            run(job, tmp_path)
    for cell in plan.cells:
        for stage, name in ((Train, "metrics"), (Train, "history"), (Masks, "masks")):
            found = rows(product(tmp_path, stage, name, cell=cell.path))
            assert np.isfinite([float(value) for row in found for key, value in row.items() if key != "layer"]).all()
            assert name != "metrics" or {row["edges"] for row in found} == {"1" if cell.density == "0.0005" else "2"}
    distances, networks = (
        product(tmp_path, Compare, name, dataset="digits", network="mlp") for name in ("distances", "networks")
    )
    distances, _ = artefacts.load_arrays(distances)
    assert all(np.isfinite(matrix).all() for matrix in distances.values())
    nodes = 64 + 12 + 6 + 10
    for row in rows(networks):  # an edge has two nodes, two edges three or four
        assert nodes - int(row["isolated"]) in ({2} if row["density"] == "0.0005" else {3, 4})
