"""Activations and normalisations that any network may have: closed forms, gradients, and what scaling the weights does."""

from itertools import product
from typing import get_args

import pytest
import torch
from torch import tensor

from disentangle.config import Training
from disentangle.datasets import Dataset, InMemory
from disentangle.errors import InputError
from disentangle.families import Frame, Moment
from disentangle.families.abilities import Substitutes
from disentangle.families.registry import family
from disentangle.networks import Layout, Network, layout, rebuild
from disentangle.networks.activation import ACTIVATIONS, ONE_CHANNEL, activation
from disentangle.networks.normalisation import NORMALISATIONS, Frozen
from disentangle.networks.scoring import statistics_of
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer

CLASSES = 3
KINDS = {
    "mlp": ({"widths": [12, 8]}, (6,)),
    "conv2": ({"width": 0.1}, (2, 8, 8)),
    "resnet18": ({"width": 0.07}, (2, 8, 8)),
    "resnet50": ({"width": 0.05}, (2, 32, 32)),
}
VARIANTS = [
    pytest.param(a, n, o, id=f"{a}-{n}{'-on_off' if o else ''}")
    for a, n, o in product(ACTIVATIONS, NORMALISATIONS, [False, True])
    if not (o and a in ONE_CHANNEL)
] + [pytest.param("relu", "measured", "hidden", id="relu-measured-hidden")]
variants = pytest.mark.parametrize(("act", "norm", "on_off"), VARIANTS)
kinds = pytest.mark.parametrize("kind", ["mlp", "conv2", "resnet18"])


def make(kind, act="relu", norm="measured", on_off=False):
    settings, shape = KINDS[kind]
    return Network(kind, layout(kind, settings | {"activation": act, "normalisation": norm}, "test"), shape, CLASSES, on_off)


def draw(network, images=8, replicates=2, dtype=torch.float64):
    """Normal weights of a cohort, and images."""
    generator = torch.Generator().manual_seed(0)
    weights = {
        x.name: torch.randn(replicates, *x.shape, generator=generator, dtype=dtype) / x.fan_in**0.5 for x in network.layers
    }
    return weights, torch.randn(images, *network.inputs, generator=generator, dtype=dtype)


def split(inputs):
    return InMemory(inputs, torch.arange(len(inputs)) % CLASSES)


def test_the_settings_are_those_that_exist():
    assert set(get_args(Layout.model_fields["activation"].annotation)) == set(ACTIVATIONS)
    assert set(get_args(Layout.model_fields["normalisation"].annotation)) == set(NORMALISATIONS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("relu", [1, 0, 3, 0]), ("abs", [1, 2, 3, 4]), ("alternating", [1, 0, 3, 0]), ("tanh", [1, -2, 3, -4])],
)
def test_activations_of_both_kinds_of_layers(name, expected):
    h = tensor([1.0, -2, 3, -4])
    expected = tensor(expected).tanh() if name == "tanh" else tensor(expected).float()
    assert torch.equal(activation(name, False)(h.view(1, 4, 1)).flatten(), expected)
    assert torch.equal(activation(name, False)(h.view(1, 1, 4, 1, 1)).flatten(), expected)


def test_alternating_units_excite_and_inhibit():
    h = tensor([1.0, 2, 3, 4, 5])
    for shape in [(1, 5, 1), (1, 1, 5, 1, 1)]:
        assert activation("alternating", False)(h.view(shape)).flatten().tolist() == [1, -2, 3, -4, 5]


def test_on_and_off_channels_are_of_h_and_of_its_opposite():
    h = tensor([1.0, -2])
    assert activation("relu", True)(h.view(1, 2, 1)).flatten().tolist() == [1, 0, 0, 2]
    assert torch.equal(activation("tanh", True)(h.view(1, 1, 2, 1, 1)).flatten(), torch.cat([h, -h]).tanh())


@pytest.mark.parametrize("on_off", [True, "hidden"])
@pytest.mark.parametrize("name", ONE_CHANNEL)
def test_activations_without_two_channels_are_refused_when_a_network_is_made(name, on_off):
    with pytest.raises(InputError, match=rf"^activation {name} takes no ON and OFF channels \(.*\); choose another .*\.$"):
        make("mlp", name, on_off=on_off)


def test_a_network_described_before_there_were_variants_is_the_same():
    described = make("conv2").describe()
    for setting in ("activation", "normalisation"):
        described["settings"].pop(setting)
    assert rebuild(described) == make("conv2")
    other = make("conv2", "tanh", "in_degree", True)
    assert rebuild(other.describe()) == other != make("conv2", on_off=True)


@pytest.mark.parametrize(("act", "on_off"), [("tanh", False), ("tanh", True), ("alternating", False)])
def test_in_degree_divides_equal_weights_by_the_root_of_their_number(act, on_off):
    network = make("mlp", act, "in_degree", on_off)
    weights, inputs = draw(network)
    masks = {name: (weight > 0).double() for name, weight in weights.items()}
    h, a = torch.cat([inputs, -inputs], dim=1) if on_off else inputs, activation(act, on_off)
    for layer in network.layers:
        mask = masks[layer.name][0]
        h = h @ (mask / mask.sum(1, keepdim=True).clamp(min=1).sqrt()).T
        h = a(h.T[None])[0].T if layer.name != "output" else h
    logits = network.training_logits({name: 7 * mask for name, mask in masks.items()}, inputs[None])
    assert torch.allclose(logits[0].T, 2 * h, atol=1e-5)


def test_in_degree_of_a_channel_counts_its_whole_kernel():
    network = make("conv2", "relu", "in_degree")
    weights, _ = draw(network)
    statistics = network.statistics(weights, [])
    assert torch.allclose(statistics["conv1.variance"], weights["conv1"].square().sum((2, 3, 4)))
    assert not any(statistics[f"{layer.name}.mean"].any() for layer in network.layers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("act", "on_off"), [("relu", True), ("tanh", False), ("alternating", False)])
def test_in_degree_evaluates_from_its_statistics_as_it_trains(kind, act, on_off):
    network = make(kind, act, "in_degree", on_off)
    weights, inputs = draw(network)
    statistics = statistics_of(network, weights, split(inputs))
    assert {n: s.shape for n, s in statistics.items()} == {
        f"{x.name}.{part}": (2, x.shape[0]) for x in network.layers for part in ("mean", "variance")
    }
    trained = network.training_logits(weights, inputs[None])
    assert torch.equal(network.logits(weights, inputs[None], Frozen(statistics)), trained)
    alone = network.training_logits({name: w[1:] for name, w in weights.items()}, inputs[None])
    assert torch.allclose(alone[0], trained[1], atol=1e-12)


@pytest.mark.parametrize("norm", ["in_degree", "none"])
def test_statistics_of_the_weights_alone_read_no_image(norm):
    network = make("mlp", norm=norm)
    weights, inputs = draw(network)

    class Unread(InMemory):
        def pick(self, rows, draws=None):
            yield pytest.fail("an image was read")

    assert statistics_of(network, weights, Unread(inputs, torch.zeros(len(inputs))))


@pytest.mark.parametrize("act", ["relu", "tanh"])
def test_without_normalisation_a_network_is_its_products_and_activations(act):
    network = make("mlp", act, "none")
    weights, inputs = draw(network)
    h, a = inputs.expand(2, -1, -1).mT, activation(act, False)
    for layer in network.layers:
        h = weights[layer.name] @ h
        h = a(h) if layer.name != "output" else h
    assert torch.allclose(network.training_logits(weights, inputs[None]), 2 * h, rtol=1e-12)


@kinds
def test_without_normalisation_it_evaluates_as_it_trains_and_the_scale_of_its_weights_matters(kind):
    network = make(kind, norm="none")
    weights, inputs = draw(network)
    trained = network.training_logits(weights, inputs[None])
    evaluated = network.logits(weights, inputs[None], Frozen(statistics_of(network, weights, split(inputs))))
    assert torch.allclose(evaluated, trained, rtol=1e-9)
    scaled_up = network.training_logits({name: 3 * weight for name, weight in weights.items()}, inputs[None])
    assert not torch.allclose(scaled_up, trained, rtol=1)
    if kind != "resnet18":  # shortcuts pass what was scaled less often
        assert torch.allclose(scaled_up, 3 ** len(network.layers) * trained, rtol=1e-9)


@pytest.mark.parametrize(("kind", "layer"), [("mlp", "hidden1"), ("conv2", "conv1"), ("resnet18", "stage2.block1.shortcut")])
@pytest.mark.parametrize("act", ["tanh", "alternating"])
def test_a_unit_without_edges_is_0_and_its_gradient_finite(kind, layer, act):
    network = make(kind, act, "in_degree")
    weights, inputs = draw(network)
    weights[layer][:, 0] = 0
    weights = {name: weight.requires_grad_() for name, weight in weights.items()}
    seen = {}
    normalise = NORMALISATIONS["in_degree"].in_training(weights)

    def watched(name, h):
        seen[name] = normalise(name, h)
        return seen[name]

    logits = network.logits(weights, inputs[None], watched)
    of_unit = seen[layer][:, 0] if kind == "mlp" else seen[layer][:, :, 0]
    assert not of_unit.any() and logits.isfinite().all()
    gradients = torch.autograd.grad(logits.square().sum(), list(weights.values()))
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("act", ["relu", "tanh", "alternating"])
@pytest.mark.parametrize("kind", ["mlp", "conv2"])
def test_the_gradient_through_in_degree_is_that_of_finite_differences(kind, act):
    network = make(kind, act, "in_degree")
    weights, inputs = draw(network, images=2, replicates=1)
    names = [layer.name for layer in network.layers]

    def logits(*values):
        return network.training_logits(dict(zip(names, values, strict=True)), inputs[None])

    assert torch.autograd.gradcheck(logits, tuple(weights[n].requires_grad_() for n in names), fast_mode=True)


def scaled(weights, factor):
    return {name: factor * weight for name, weight in weights.items()}


@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("norm", ["measured", "in_degree"])
@kinds
def test_one_positive_factor_of_all_weights_is_no_other_network_once_its_statistics_are_taken_anew(kind, norm, act):
    network = make(kind, act, norm)
    weights, inputs = draw(network, images=40)
    weights = scaled(weights, 10)  # large beside epsilon
    logits = [
        network.logits(w, inputs[None], Frozen(statistics_of(network, w, split(inputs))))
        for w in (weights, scaled(weights, 5), scaled(weights, -5))
    ]
    assert torch.allclose(logits[0], logits[1], atol=0.02)
    assert not torch.allclose(logits[0], logits[2], atol=0.5)


@pytest.mark.parametrize(("act", "same"), [("relu", True), ("abs", True), ("alternating", True), ("tanh", False)])
def test_under_frozen_divisors_a_factor_is_no_other_network_where_the_activation_is_homogeneous(act, same):
    network = make("mlp", act, "in_degree")
    weights, inputs = draw(network, images=60)
    divisors = Frozen(statistics_of(network, weights, split(inputs)))
    before, after = (network.logits(scaled(weights, s), inputs[None], divisors) for s in (1, 3))
    assert torch.equal(before.argmax(1), after.argmax(1)) == same
    assert torch.allclose(27 * before, after) == same  # three layers


def test_under_frozen_means_a_factor_is_another_network():
    network = make("mlp")
    weights, inputs = draw(network, images=60)
    weights = scaled(weights, 1).copy() | {"hidden1": weights["hidden1"].abs()}
    statistics = Frozen(statistics_of(network, weights, split(inputs + 1)))
    before, after = (network.logits(scaled(weights, s), inputs[None] + 1, statistics) for s in (1, 3))
    assert not torch.equal(before.argmax(1), after.argmax(1))


@kinds
@variants
def test_every_variant_trains(kind, act, norm, on_off):
    network = make(kind, act, norm, on_off)
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(60) % CLASSES
    prototypes = torch.randn(CLASSES, *network.inputs, generator=generator)
    inputs = prototypes[labels] + 0.5 * torch.randn(60, *network.inputs, generator=generator)
    images = InMemory(inputs, labels)
    data = Dataset("tiny", ("a", "b", "c"), images, images, images)
    for name in ("dense", "weight_free"):
        made = family(name, {"on_off": on_off}, "test")
        frame = Frame(network.layers)
        cohort = start_cohort(made, frame, [0, 1], torch.device("cpu"))
        if isinstance(made, Substitutes):
            weights = made.training_weights(frame, cohort.state, Moment(0.0, lambda stream: []))
        else:
            weights = made.weights(frame, cohort.state)
        loss = network.training_logits(weights, inputs[None]).square().mean()
        assert all(g.isfinite().all() for g in torch.autograd.grad(loss, list(cohort.state.trained.values())))
        Trainer(network, made, frame, Training(epochs=10, batch_size=20), data).fit(cohort, [0, 1], lambda cohort: None)
        losses = torch.stack([row["train_loss"] for row in cohort.history])
        assert losses.isfinite().all() and losses[-1].mean() < losses[0].mean(), (name, losses)
