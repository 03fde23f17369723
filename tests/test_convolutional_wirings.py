"""Families on convolutional networks, and what becomes of their wirings."""

import csv

import networkx as nx
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from disentangle import artefacts
from disentangle.cells import list_cells
from disentangle.config import Spectra as SpectraSettings
from disentangle.config import Training, load_experiment
from disentangle.datasets import Dataset, InMemory
from disentangle.evaluation.metrics import evaluate
from disentangle.families import Found, Frame, family, top_share
from disentangle.families.abilities import Adopts
from disentangle.families.pruning_shares import kept_after
from disentangle.masks.extraction import extract
from disentangle.masks.graphs import graphs_of
from disentangle.masks.summary import degrees, summarise
from disentangle.masks.wiring import Wiring, load_wiring
from disentangle.networks import Layer, Network, layout
from disentangle.spectra.cell import cell_spectra
from disentangle.stages.masks import Masks
from disentangle.stages.prepare import Prepare
from disentangle.stages.spectra import Spectra
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from tests.random_graphs import full_spectrum
from tests.running import of_training, prepare, product, run, train
from tests.test_convolutional_networks import CONVOLUTIONAL, SHAPES

FAMILIES = {"dense": {}, "random": {}, "pruned": {}, "weight_free": {"on_off": True}, "edge_popup": {},
            "pruned_at_start": {"score": "grasp"}, "biprop": {}, "supermask": {"initial_logit": 0.1},
            "control": {"of": "edge_popup", "mask": "shuffled_by_degrees", "trained": True}}  # fmt: skip
SMALLEST = {"conv2": 8, "conv4": 8, "conv6": 8, "conv8": 16, "conv13": 32, "resnet18": 8, "resnet_laperm": 8}


@pytest.fixture(scope="module", params=CONVOLUTIONAL)
def wirings(request):
    """One cohort of each family, trained for a few steps on tiny images."""
    kind, side = request.param, SMALLEST.get(request.param, 32)
    shape = SHAPES[kind] if kind == "conv7" else (3, side, side)
    generator = torch.Generator().manual_seed(0)
    inputs, labels = torch.randn(60, *shape, generator=generator), torch.arange(60) % 3
    splits = [InMemory(inputs[rows], labels[rows]) for rows in torch.arange(60).split([40, 10, 10])]
    data = Dataset("toy", ("a", "b", "c"), *splits)
    found = {}
    for name, settings in FAMILIES.items():
        made = family(name, settings, "test")
        network = Network(kind, layout(kind, {"width": 0.04}, "test"), shape, 3, made.on_off)
        frame = Frame(network.layers, 0.5 if made.density in ("chosen", "inherited") else 1.0)
        source = found["edge_popup"][0] if isinstance(made, Adopts) else None
        masks = {layer: torch.from_numpy(mask) for layer, mask in source.masks.items()} if source else {}
        values = {layer: torch.from_numpy(value) for layer, value in source.initial.items()} if source else {}
        cohort = start_cohort(made, frame, [0, 1], torch.device("cpu"), Found(masks, values) if source else None)
        Trainer(network, made, frame, Training(epochs=1, batch_size=20), data).fit(cohort, [0, 1], lambda _: None)
        wiring = extract(network, made, frame, cohort.state, data)
        rows = evaluate(wiring, data, [0, 1])
        found[name] = wiring, rows, frame
    return found


def test_every_family_trains_every_network(wirings):
    for name, (wiring, rows, frame) in wirings.items():
        for layer in wiring.network.layers:
            weight, mask = wiring.weights[layer.name], wiring.masks[layer.name]
            assert weight.shape == mask.shape == (2, *layer.shape) and not weight[~mask].any()
            if name in ("random", "edge_popup", "biprop", "control"):
                assert mask.reshape(2, -1).sum(1).tolist() == [frame.kept[layer.name]] * 2
        assert all(np.isfinite(list(row.values())).all() for row in rows)
        assert name != "pruned" or {row["edges"] for row in rows} == {-(-sum(x.edges for x in frame.layers) // 2)}


def test_every_wiring_has_degrees_and_spectra(wirings):
    for wiring, _, _ in wirings.values():
        counts, sizes = degrees(wiring), [x.shape[0] for x in wiring.network.layers if not x.shortcut]
        for layer in wiring.network.layers:
            assert counts[f"{layer.name}.in_degree"].shape == (2, layer.shape[0])
        first = wiring.network.layers[0]
        assert counts[f"{first.name}.out_degree"].shape == (2, first.shape[1])
        assert len(summarise(wiring)) == 2 * len(wiring.network.layers)
        found = cell_spectra(graphs_of(wiring), [0, 1], 2)
        assert found["magnitude"].shape == (2, sum(sizes) + wiring.network.inputs[0])


@pytest.mark.parametrize(("convolutions", "rate"), [(2, 0.9), (4, 0.9), (6, 0.85), (16, 0.85)])
def test_pruning_keeps_more_of_convolutions_and_of_the_output(convolutions, rate):
    kernels = (Layer(f"conv{i}", (100, 100, 3, 3)) for i in range(convolutions))
    layers = (*kernels, Layer("hidden1", (1000, 1000)), Layer("output", (100, 1000)))
    kept = kept_after(Frame(layers, 0.3), 0.5)
    power = np.log(kept["hidden1"] / 1_000_000) / np.log(0.8)
    assert kept["conv0"] / 90_000 == pytest.approx(rate**power, abs=1e-4)
    assert kept["output"] / 100_000 == pytest.approx(0.9**power, abs=1e-4)


def test_top_mask_is_exact_for_kernels_in_channels_last_memory():
    scores = torch.randint(4, (2, 8, 5, 3, 3)).float()
    last = scores.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    assert not last.is_contiguous()
    assert torch.equal(top_share.top_mask(last, 77), top_share.top_mask(scores, 77))
    assert top_share.top_mask(last, 77).flatten(1).sum(1).tolist() == [77, 77]


def wiring_of(kind, shape, on_off, **weights):
    network = Network(kind, layout(kind, {"width": 2 / 64}, "test"), shape, 2, on_off)
    arrays = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
    return Wiring(network, arrays, {name: array != 0 for name, array in arrays.items()}, {}, {})


@pytest.mark.parametrize("on_off", [False, True, "hidden"])
def test_the_graph_of_a_convolutional_network_is_that_of_its_channels(on_off):
    network = Network("conv2", layout("conv2", {"width": 2 / 64}, "test"), (1, 4, 4), 2, on_off)
    generator = np.random.default_rng(0)
    draw = {x.name: generator.normal(size=(1, *x.shape)) * (generator.random((1, *x.shape)) < 0.3) for x in network.layers}
    wiring = wiring_of("conv2", (1, 4, 4), on_off, **draw)
    graph, sizes = nx.Graph(), [1, 2, 2, 8, 8, 2]
    for depth, (name, weight) in enumerate(wiring.weights.items(), start=1):
        if depth == 1 and on_off is True:  # x and -x
            weight = weight[:, :, :1] - weight[:, :, 1:]
        for place, value in np.ndenumerate(weight[0]):
            source = place[1] % (weight.shape[2] // 2) if on_off and depth > 1 else place[1]  # ON block, then OFF block
            source = source // 4 if name == "hidden1" else source  # 2 × 2 places of each channel
            u, v = (depth, place[0]), (depth - 1, source)
            if value:
                graph.add_edge(u, v, weight=abs(float(value)) + graph.get_edge_data(u, v, {"weight": 0})["weight"])
    assert [group.size for group in graphs_of(wiring)[0].groups] == sizes
    found = cell_spectra(graphs_of(wiring), [0], 2)
    for kind, weight in (("magnitude", "weight"), ("edges", None)):
        np.testing.assert_allclose(found[kind][0][: len(graph)], full_spectrum(graph, weight), atol=1e-10)
        assert np.isnan(found[kind][0][len(graph) :]).all()


def test_a_cell_passes_through_all_stages_and_an_independent_evaluation_agrees(small_config, tmp_path):
    small_config |= {"networks": {"conv2": {"width": 0.1}}, "datasets": {"digits": {"network": "conv2"}}}
    small_config |= {"training": {"epochs": 1, "batch_size": 64}}
    cell = {cell.family: cell for cell in list_cells(load_experiment(small_config))}["weight_free_on_off"]
    prepare("digits", tmp_path)
    train(cell, tmp_path)
    run(Masks(cell=cell.path, kind=cell.kind), tmp_path)
    run(Spectra(cell=cell.path, kind=cell.kind, seeds=cell.seeds, given=SpectraSettings(null_draws=2)), tmp_path)
    with of_training(tmp_path, cell, "metrics").open() as file:
        recorded = [float(row["test_accuracy"]) for row in csv.DictReader(file)]
    arrays, _ = artefacts.load_arrays(product(tmp_path, Prepare, "data", dataset="digits"))
    wiring = load_wiring(of_training(tmp_path, cell, "wiring"))
    for replicate, accuracy in enumerate(recorded):
        h = torch.from_numpy(arrays["test.inputs"])
        h = torch.cat([h, -h], dim=1)
        for name, weights in wiring.weights.items():
            weight = torch.from_numpy(weights[replicate])
            h = F.conv2d(h, weight, padding=1) if weight.dim() == 4 else F.linear(h.flatten(1), weight)
            mean, variance = (torch.from_numpy(wiring.statistics[f"{name}.{x}"][replicate]) for x in ("mean", "variance"))
            h = F.batch_norm(h, mean, variance)
            if name == "output":
                break
            h = torch.cat([h.relu(), (-h).relu()], dim=1)
            h = F.max_pool2d(h, 2) if name == "conv2" else h
        assert (h.argmax(1) == torch.from_numpy(arrays["test.labels"])).double().mean() == pytest.approx(accuracy, abs=0.003)
