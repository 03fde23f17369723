"""Wiring files: enough to evaluate a network without the code that made it."""

import csv

import numpy as np
import pytest
import torch

from disentangle.datasets import InMemory, load
from disentangle.errors import InputError
from disentangle.evaluation.metrics import evaluate
from disentangle.masks.wiring import Wiring, load_wiring
from disentangle.networks import Network, layout, rebuild
from disentangle.networks.normalisation import Frozen, GatherStatistics, by_batch
from disentangle.networks.scoring import statistics_of
from disentangle.stages.prepare import Prepare
from tests.reference import accuracies
from tests.running import of_training, prepare, product, train


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Four trained cells on disk."""
    from disentangle.cells import list_cells
    from disentangle.config import load_experiment
    from tests.conftest import SMALL

    root = tmp_path_factory.mktemp("results")
    prepare("digits", root)
    hidden = {"weight_free_on_off_hidden": {"family": "weight_free", "on_off": "hidden"}}
    cells = list_cells(load_experiment(SMALL | {"families": SMALL["families"] | hidden}))
    for cell in cells:
        train(cell, root)
    return root, cells


def test_an_independent_evaluation_gives_the_recorded_accuracies(results):
    root, cells = results
    for cell in cells:
        with of_training(root, cell, "metrics").open() as file:
            rows = list(csv.DictReader(file))
        assert [int(row["seed"]) for row in rows] == cell.seeds
        for split in ("train", "validation", "test"):
            found, _ = accuracies(of_training(root, cell, "wiring"), product(root, Prepare, "data", dataset="digits"), split)
            assert found == pytest.approx([float(row[f"{split}_accuracy"]) for row in rows], abs=1e-12)


def test_a_wiring_holds_promised_counts_values_and_edges(results):
    root, cells = results
    for cell in cells:
        wiring = load_wiring(of_training(root, cell, "wiring"))
        for layer in wiring.network.layers:
            weight, mask = wiring.weights[layer.name], wiring.masks[layer.name]
            assert weight.shape == mask.shape == (2, *layer.shape)
            assert not weight[~mask].any()
            if cell.family == "dense":
                assert mask.all()
            if cell.family == "edge_popup":
                assert mask.reshape(2, -1).sum(1).tolist() == [-(-3 * layer.edges // 10)] * 2
                assert np.array_equal(weight, wiring.initial[layer.name] * mask)
                assert len(np.unique(weight)) == 3
            if cell.method == "weight_free":
                assert np.unique(weight).tolist() == pytest.approx([0, (2 / layer.fan_in) ** 0.5])


def test_metrics_of_each_replicate_are_those_it_has_alone(results):
    root, cells = results
    data = load(product(root, Prepare, "data", dataset="digits"))
    for cell in cells:
        wiring = load_wiring(of_training(root, cell, "wiring"))
        rows = evaluate(wiring, data, cell.seeds)
        for replicate, row in enumerate(rows):
            parts = (getattr(wiring, part) for part in ("weights", "masks", "initial", "statistics"))
            own = Wiring(wiring.network, *({k: v[replicate : replicate + 1] for k, v in part.items()} for part in parts))
            assert row["edges"] == sum(int(mask.sum()) for mask in own.masks.values())
            assert row["density"] == row["edges"] / sum(layer.edges for layer in wiring.network.layers)
            (alone,) = evaluate(own, data, [cell.seeds[replicate]])
            assert row == pytest.approx(alone | {"replicate": replicate})
        for name in ("test_loss", *(["density"] if cell.density == "free" else [])):
            assert rows[0][name] != rows[1][name]


def test_a_history_has_a_row_for_every_epoch_and_replicate(results):
    root, cells = results
    for cell in cells:
        with of_training(root, cell, "history").open() as file:
            rows = list(csv.DictReader(file))
        assert [(int(r["epoch"]), int(r["replicate"])) for r in rows] == [(e, r) for e in range(5) for r in range(2)]


def test_nothing_but_the_promised_files_stays(results):
    root, cells = results
    promised = {"wiring.safetensors", "metrics.csv", "history.csv", "meta.json"}
    for cell in cells:
        assert {path.name for path in (root / "cells" / cell.path).iterdir()} == promised


def test_a_truncated_wiring_is_refused_in_one_sentence(results, tmp_path):
    root, cells = results
    torn = tmp_path / "wiring.safetensors"
    torn.write_bytes(of_training(root, cells[0], "wiring").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cannot read .*wiring\.safetensors: .*; delete it and run the workflow again\."):
        load_wiring(torn)


def test_layers_of_an_mlp():
    network = Network("mlp", layout("mlp", {"widths": [300, 100]}, "test"), (1, 28, 28), 10)
    assert [layer.shape for layer in network.layers] == [(300, 784), (100, 300), (10, 100)]
    assert sum(layer.edges for layer in network.layers) == 266_200  # Ramanujan et al. 2020, FC on MNIST
    doubled = Network("mlp", network.layout, (1, 28, 28), 10, on_off=True)
    assert [layer.fan_in for layer in doubled.layers] == [1568, 600, 200]
    assert rebuild(doubled.describe()) == doubled
    hidden = Network("mlp", network.layout, (1, 28, 28), 10, on_off="hidden")
    assert [layer.fan_in for layer in hidden.layers] == [784, 600, 200]


def test_frozen_statistics_of_a_batch_are_the_batch_normalisation():
    network = Network("mlp", layout("mlp", {"widths": [8, 8]}, "test"), (6,), 3, on_off=True)
    weights = {layer.name: torch.randn(2, *layer.shape, dtype=torch.float64) for layer in network.layers}
    inputs = torch.randn(50, 6, dtype=torch.float64)
    frozen = network.logits(
        weights, inputs.unsqueeze(0), Frozen(statistics_of(network, weights, InMemory(inputs, torch.zeros(50))))
    )
    assert torch.allclose(frozen, network.logits(weights, inputs.unsqueeze(0), by_batch), atol=1e-10)
    assert torch.allclose(frozen, network.logits(weights, inputs.unsqueeze(0), GatherStatistics()), atol=1e-10)


def test_no_replicate_sees_another(digits):
    network = Network("mlp", layout("mlp", {"widths": [8]}, "test"), digits.shape, 10)
    weights = {layer.name: torch.randn(3, *layer.shape) for layer in network.layers}
    inputs = digits.test.inputs[:64].expand(3, -1, -1, -1, -1)
    together = network.logits(weights, inputs, by_batch)
    alone = network.logits({name: w[1:2] for name, w in weights.items()}, inputs[1:2], by_batch)
    assert torch.allclose(together[1:2], alone, atol=1e-5)
