"""Scores of untrained edges: closed forms, what removing an edge really does, and path counting."""

from dataclasses import dataclass
from itertools import product

import networkx as nx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.families import Frame, family
from disentangle.families.pruned_at_start import grasp, snip, synflow
from disentangle.networks import Network, layout
from disentangle.training.cohort import start_cohort
from disentangle.training.probe import NetworkProbe

SHAPES = {"hidden1": (3, 2), "output": (2, 3)}
EDGES = 12


@dataclass
class Quadratic:
    """L = wᵀAw / 2 + bᵀw of each replicate, over the weights of both layers in one row."""

    a: torch.Tensor
    b: torch.Tensor

    def loss(self, weights, temperature=1.0):
        w = torch.cat([weight.flatten(1) for weight in weights.values()], dim=1)
        return torch.einsum("ri,rij,rj->r", w, self.a, w) / 2 + (self.b * w).sum(1)


def drawn(seed):
    """A quadratic of two replicates, and weights as a row each."""
    generator = torch.Generator().manual_seed(seed)
    a, b, w = (
        torch.randn(2, *shape, generator=generator, dtype=torch.float64) for shape in [(EDGES, EDGES), (EDGES,), (EDGES,)]
    )
    return Quadratic(a + a.mT, b), w


def layered(row):
    parts = torch.split(row, [6, 6], dim=1)
    return {name: part.view(2, *shape).requires_grad_() for (name, shape), part in zip(SHAPES.items(), parts, strict=True)}


def flat(scores):
    return torch.cat([score.flatten(1) for score in scores.values()], dim=1)


@given(st.integers(0, 1000))
def test_snip_and_grasp_of_a_quadratic(seed):
    probe, w = drawn(seed)
    g = torch.einsum("rij,rj->ri", probe.a, w) + probe.b
    assert torch.allclose(flat(snip(probe, layered(w))), (w * g).abs())
    assert torch.allclose(flat(grasp(probe, layered(w))), w * torch.einsum("rij,rj->ri", probe.a, g))


@given(st.integers(0, 1000), st.integers(0, EDGES - 1))
def test_an_edge_that_grasp_keeps_is_one_whose_removal_lowers_the_squared_gradient(seed, edge):
    probe, w = drawn(seed)

    def squared(row):
        return (torch.einsum("rij,rj->ri", probe.a, row) + probe.b).square().sum(1)

    removed = w.clone()
    removed[:, edge] = 0
    second_order = w[:, edge].square() * probe.a[:, :, edge].square().sum(1)
    assert torch.allclose(squared(removed) - squared(w), -2 * flat(grasp(probe, layered(w)))[:, edge] + second_order)


def small(kind="mlp", shape=(5,), on_off=False, **settings):
    """A small network of three classes, its frame at density 1, He-normal weights in float64, and a probe of random images."""
    network = Network(kind, layout(kind, settings, "test"), shape, 3, on_off)
    frame = Frame(network.layers)
    state = start_cohort(family("dense", {}, "test"), frame, [0, 1], torch.device("cpu")).state
    weights = {layer: weight.detach().double().requires_grad_() for layer, weight in state.role("weight").items()}
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.randn(2, 30, *shape, generator=generator), torch.randint(3, (2, 30), generator=generator)
    return network, weights, NetworkProbe(network, lambda: (images, labels))


def test_normalisation_balances_the_scores_of_every_unit():
    # The loss does not depend on the length of a unit's weights: by Euler, w · g = 0 and w · Hg = -|g|² summed over its edges.
    _, weights, probe = small(widths=[8, 6])
    gradients = torch.autograd.grad(probe.loss(weights).sum(), list(weights.values()))
    for (layer, score), gradient in zip(grasp(probe, weights).items(), gradients, strict=True):
        assert torch.allclose(score.sum(2), -gradient.square().sum(2), rtol=1e-2, atol=1e-6)
        assert torch.allclose((weights[layer] * gradient).sum(2), torch.zeros(score.shape[:2], dtype=torch.float64), atol=1e-4)


@pytest.mark.parametrize("temperature", [0.5, 3.0, 200.0])
@pytest.mark.parametrize("normalisation", ["measured", "none"])
def test_grasp_at_a_temperature_is_that_of_a_network_of_smaller_logits(temperature, normalisation):
    settings = {"widths": [8, 6], "normalisation": normalisation}
    _, weights, probe = small(**settings, logit_scale=3.0)
    _, _, cooler = small(**settings, logit_scale=3.0 / temperature)
    for score, expected in zip(grasp(probe, weights, temperature).values(), grasp(cooler, weights).values(), strict=True):
        assert torch.allclose(score, expected, rtol=1e-9, atol=0)


def test_grasp_at_a_high_temperature_takes_the_logits_as_they_are():
    # The loss is ln(classes) + (mean logit - right logit) / temperature, and what falls with its square.
    network, weights, probe = small(widths=[8, 6])

    class Linear:
        def loss(self, weights, temperature):
            inputs, labels = probe.first_batch()
            logits = network.training_logits(weights, inputs.double())
            return (logits.mean(1) - logits.gather(1, labels[:, None])[:, 0]).mean(1)

    for score, expected in zip(grasp(probe, weights, 1e6).values(), grasp(Linear(), weights).values(), strict=True):
        assert torch.allclose(1e12 * score, expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())


def test_synflow_is_what_all_paths_through_an_edge_carry():
    _, weights, probe = small(shape=(4,), widths=[3, 2], logit_scale=1.0)
    for replicate in range(2):
        graph = nx.DiGraph()
        for depth, weight in enumerate(weights.values()):
            for out, into in product(*map(range, weight.shape[1:])):
                graph.add_edge((depth, into), (depth + 1, out), weight=abs(weight[replicate, out, into].item()))
        carried = dict.fromkeys(graph.edges, 0.0)
        for source, target in product(range(4), range(3)):
            for path in nx.all_simple_edge_paths(graph, (0, source), (3, target)):
                share = torch.tensor([graph.edges[edge]["weight"] for edge in path]).double().prod().item()
                for edge in path:
                    carried[edge] += share
        for depth, score in enumerate(synflow(probe, weights).values()):
            for out, into in product(*map(range, score.shape[1:])):
                assert score[replicate, out, into].item() == pytest.approx(carried[(depth, into), (depth + 1, out)], rel=1e-6)


@pytest.mark.parametrize(("kind", "shape", "settings"), [("mlp", (5,), {"widths": [7, 4]}), ("mlp", (5,), {"widths": []}),
                         ("conv2", (1, 8, 8), {"width": 0.1}), ("conv6", (2, 8, 8), {"width": 0.1})])  # fmt: skip
def test_synflow_is_conserved_from_layer_to_layer(kind, shape, settings):
    _, weights, probe = small(kind, shape, **settings)
    flow = probe.flow({layer: weight.abs() for layer, weight in weights.items()})
    scores = synflow(probe, weights)
    assert all((score >= 0).all() for score in scores.values())
    assert all(torch.allclose(score.flatten(1).sum(1), flow) for score in scores.values())
    if not kind.startswith("conv"):  # and through every hidden unit: what enters it leaves it
        for before, after in zip(list(scores.values())[:-1], list(scores.values())[1:], strict=True):
            assert torch.allclose(before.sum(2), after.sum(1))


def test_synflow_of_a_network_of_fifty_layers_is_finite():
    _, weights, probe = small("resnet_laperm", (3, 32, 32), width=0.5)
    assert all(score.isfinite().all() and (score > 0).all() for score in synflow(probe, weights).values())
