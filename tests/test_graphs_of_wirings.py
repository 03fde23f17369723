"""Wirings of layers read as graphs."""

from typing import Literal

import numpy as np
import pytest
import torch

from disentangle.errors import InputError
from disentangle.graphs.paths import depths
from disentangle.masks.graphs import graphs_of
from disentangle.masks.wiring import Wiring
from disentangle.networks import Layer, Network, layout
from disentangle.networks.mlp import Mlp
from disentangle.networks.normalisation import NORMALISATIONS
from disentangle.networks.shortcuts import INPUTS, Bypasses, Shortcut
from disentangle.spectra.cell import cell_spectra
from disentangle.spectra.laplacian import two_colouring
from tests.random_graphs import full_spectrum, joined
from tests.random_wirings import cohort, draw_cohort, gaussian
from tests.reference import outputs_of_nodes


def matrices(wiring):
    """The blocks of the first replicate."""
    return [block.weights.tolist() for block in graphs_of(wiring)[0].blocks]


def drawn(network, replicates=1, density=0.5, seed=0):
    """A wiring of normal weights at random places."""
    generator, shapes = np.random.default_rng(seed), {x.name: (replicates, *x.shape) for x in network.layers}
    weights = {name: generator.normal(size=s) * (generator.random(s) < density) for name, s in shapes.items()}
    weights = {name: weight.astype(np.float32) for name, weight in weights.items()}
    return Wiring(network, weights, {name: weight != 0 for name, weight in weights.items()}, {}, {})


def test_layers_are_blocks_one_after_the_other_and_keep_their_signs():
    wiring = draw_cohort(0, 0.4, gaussian)
    graphs = graphs_of(wiring)
    for replicate, graph in enumerate(graphs):
        assert [(block.source, block.target, block.fixed) for block in graph.blocks] == [(i, i + 1, False) for i in range(3)]
        assert [group.role for group in graph.groups] == ["input", "hidden", "hidden", "output"]
        assert [group.activation for group in graph.groups] == ["linear", "relu", "relu", "linear"]
        for block, weight in zip(graph.blocks, wiring.weights.values(), strict=True):
            assert np.array_equal(block.weights, weight[replicate])
        assert len(graph.edges.weight) == sum(int((weight[replicate] != 0).sum()) for weight in wiring.weights.values())


def test_on_and_off_channels_fold():
    on_off = np.array([[[1.0, 0, 2, 3, 0, 0], [0, 0, -1, 0, 0, 4]]])
    assert matrices(cohort(on_off, on_off=True)) == [[[-2, 0, 2], [0, 0, -5]]]  # of x and -x: 1 - 3, 2 - 0 and -1 - 4
    for reads_x in (False, "hidden"):
        assert matrices(cohort(on_off, on_off=reads_x)) == on_off.tolist()
    first, second = matrices(cohort(np.ones((1, 3, 4)), on_off, on_off="hidden"))
    assert first == [[1] * 4] * 3 and second == [[4, 0, 2], [0, 0, 5]]  # of relu(h) and relu(-h): sums of magnitudes


@pytest.mark.parametrize("activation", ["relu", "tanh", "abs", "alternating"])
@pytest.mark.parametrize("widths", [[], [7, 5]])
def test_a_graph_evaluated_node_by_node_gives_the_logits_of_the_network(activation, widths):
    settings = {"widths": widths, "normalisation": "none", "activation": activation, "logit_scale": 1}
    wiring = drawn(Network("mlp", layout("mlp", settings, "test"), (6,), 3), replicates=2)
    weights = {name: torch.from_numpy(weight).double() for name, weight in wiring.weights.items()}
    inputs = torch.randn(40, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = wiring.network.logits(weights, inputs.unsqueeze(0), NORMALISATIONS["none"].in_training(weights))
    for replicate, graph in enumerate(graphs_of(wiring)):
        found = outputs_of_nodes(inputs.numpy(), graph.activations, zip(*graph.edges, strict=True), 3)
        np.testing.assert_allclose(found, expected[replicate].T, atol=1e-12)


def test_the_first_layer_of_on_and_off_channels_evaluates_too():
    settings = {"widths": [], "normalisation": "none", "logit_scale": 1}
    wiring = drawn(Network("mlp", layout("mlp", settings, "test"), (6,), 3, True))
    weights = {name: torch.from_numpy(weight).double() for name, weight in wiring.weights.items()}
    inputs = torch.randn(10, 6, dtype=torch.float64)
    graph = graphs_of(wiring)[0]
    found = outputs_of_nodes(inputs.numpy(), graph.activations, zip(*graph.edges, strict=True), 3)
    np.testing.assert_allclose(found, wiring.network.logits(weights, inputs.unsqueeze(0), lambda _, h: h)[0].T, atol=1e-12)


def test_resnet18_has_the_nodes_and_edges_that_one_counts_by_hand():
    network = Network("resnet18", layout("resnet18", {}, "test"), (3, 32, 32), 10)
    ones = {x.name: np.ones((1, *x.shape), np.float32) for x in network.layers}
    graph = graphs_of(Wiring(network, ones, ones, {}, {}))[0]
    # Colours, stem, and four stages of two blocks of two convolutions; classes.
    assert graph.nodes == 3 + 64 + 4 * (64 + 128 + 256 + 512) + 10 == 3917
    stem, stage1 = 3 * 64, 4 * 64 * 64
    others = sum(half * 2 * half + 3 * (2 * half) ** 2 for half in (64, 128, 256))
    projections, identities = sum(half * 2 * half for half in (64, 128, 256)), 2 * 64 + 128 + 256 + 512
    counted = stem + stage1 + others + projections + identities + 512 * 10
    assert len(graph.edges.weight) == counted == 1_398_976
    fixed = [block for block in graph.blocks if block.fixed]
    assert len(graph.blocks) == 18 + 8 and len(fixed) == 5 and sum(int(b.weights.sum()) for b in fixed) == identities
    assert all(np.array_equal(block.weights, np.eye(len(block.weights))) for block in fixed)
    assert depths(graph).max() == 18
    assert {block.weights.max() for block in graph.blocks} == {9, 1}  # kernels of 3 x 3; 1 x 1, identities and output


def residual_by_hand(wiring, blocks, convolutions):
    """Edges of a residual network of one channel a unit: those of a block's last layer add what its shortcut brings."""
    edges, main = [], "conv1"

    def layer(name, before, after):
        kernels = wiring.weights[name][0].astype(float)
        for unit, source in np.ndindex(kernels.shape[:2]):
            if kernels[unit, source].any():
                edges.append(((before, source), (after, unit), np.abs(kernels[unit, source]).sum()))

    layer("conv1", "image", "conv1")
    for block in blocks:
        before, start = main, main
        for i in range(convolutions):
            main = f"{block}.conv{i + 1}"
            layer(main, before, main)
            before = main
        if f"{block}.shortcut" in wiring.weights:
            layer(f"{block}.shortcut", start, main)
        else:
            edges += [((start, i), (main, i), 1) for i in range(wiring.weights[main].shape[1])]
    layer("output", main, "output")
    return edges


@pytest.mark.parametrize(
    ("kind", "width", "stages", "convolutions"),
    [("resnet18", 4 / 64, (2, 2, 2, 2), 2), ("resnet_laperm", 3 / 16, (8, 8, 8), 2), ("resnet50", 2 / 64, (3, 4, 6, 3), 3)],
)
def test_spectra_of_residual_networks_are_those_of_networkx_shortcuts_included(kind, width, stages, convolutions):
    wiring = drawn(Network(kind, layout(kind, {"width": width}, "test"), (3, 16, 16), 5), density=0.1)
    blocks = [f"stage{s}.block{b}" for s, count in enumerate(stages, start=1) for b in range(1, count + 1)]
    graphs = graphs_of(wiring)
    # A block of two layers and its shortcut are a triangle; a bottleneck and its shortcut are a square.
    assert (two_colouring(graphs[0]) is None) == (convolutions == 2)
    found, edges = cell_spectra(graphs, [0], 2), residual_by_hand(wiring, blocks, convolutions)
    graph = joined(edges)
    for name, weight in (("magnitude", "weight"), ("edges", None)):
        np.testing.assert_allclose(found[name][0][: len(graph)], full_spectrum(graph, weight), atol=1e-9)
        assert np.isnan(found[name][0][len(graph) :]).all()
    assert len(graphs[0].edges.weight) == len(edges)


def test_of_on_and_off_channels_an_identity_shortcut_adds_the_difference_and_a_layer_folds():
    network = Network("resnet18", layout("resnet18", {"width": 2 / 64}, "test"), (3, 8, 8), 4, True)
    ones = {x.name: np.ones((1, *x.shape), np.float32) for x in network.layers}
    graph = graphs_of(Wiring(network, ones, ones, {}, {}))[0]
    names = [group.name for group in graph.groups]
    blocks = {(names[b.source], names[b.target]): b for b in graph.blocks}
    identity, projection = (
        blocks[pair] for pair in (("conv1", "stage1.block1.conv2"), ("stage1.block2.conv2", "stage2.block1.conv2"))
    )
    assert identity.fixed and identity.weights.tolist() == [[1, 0], [0, 1]]
    assert not projection.fixed and projection.weights.tolist() == [[2, 2]] * 4
    assert not blocks["inputs", "conv1"].weights.any()  # ON minus OFF


class Skipping(Mlp, Bypasses):
    """One hidden layer, past which inputs lead to the output through a layer, as they are, or in a way it forgets to tell."""

    past: Literal["by_layer", "as_they_are", "untold"]

    def layers(self, inputs, classes, channels):
        past = Layer("past", (classes, *inputs), shortcut=True)
        return (*super().layers(inputs, classes, channels), *([] if self.past == "as_they_are" else [past]))

    def shortcuts(self, layers):
        how = {"by_layer": (Shortcut(INPUTS, "output", "past"),), "as_they_are": (Shortcut(INPUTS, "output"),)}
        return how.get(self.past, ())


def skipping(past, inputs):
    return drawn(Network("skipping", Skipping(widths=[4], past=past), (inputs,), 3))


def test_a_shortcut_may_lead_from_the_inputs_to_the_output():
    wiring = skipping("by_layer", 6)
    graph = graphs_of(wiring)[0]
    assert [(b.source, b.target, b.fixed) for b in graph.blocks] == [(0, 1, False), (1, 2, False), (0, 2, False)]
    assert np.array_equal(graph.blocks[2].weights, wiring.weights["past"][0])
    last = graphs_of(skipping("as_they_are", 3))[0].blocks[2]
    assert (last.source, last.target, last.fixed) == (0, 2, True) and np.array_equal(last.weights, np.eye(3))


def test_wirings_that_are_no_graph_are_refused():
    layer = np.ones((1, 2, 3))
    with pytest.raises(InputError, match="layer hidden2 has a weight that is not finite"):
        graphs_of(cohort(layer, np.ones((1, 3, 2)) * np.nan))
    with pytest.raises(InputError, match="layer hidden2 reads 3 neurons but 2 come before it"):
        graphs_of(cohort(layer, layer))
    with pytest.raises(InputError, match="layer past is marked as a shortcut, but the network does not say what it leads past"):
        graphs_of(skipping("untold", 6))
    with pytest.raises(InputError, match="output adds 6 neurons to 3; give that shortcut a layer"):
        graphs_of(skipping("as_they_are", 6))
