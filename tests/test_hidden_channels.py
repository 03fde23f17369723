"""ON and OFF channels of the hidden units alone: the first layer reads x, and stays {0, 1}."""

import numpy as np
import pytest
import torch

from disentangle.networks import Network, layout, rebuild
from tests.test_variants import CLASSES, KINDS, draw, make


@pytest.mark.parametrize("kind", KINDS)
def test_hidden_channels_double_every_layer_but_the_first(kind):
    plain, hidden, doubled = (make(kind, on_off=on_off).layers for on_off in (False, "hidden", True))
    assert hidden == (plain[0], *doubled[1:]) and doubled[0].fan_in == 2 * plain[0].fan_in
    assert rebuild(make(kind, on_off="hidden").describe()) == make(kind, on_off="hidden") != make(kind, on_off=True)


def test_hidden_channels_leave_a_linear_classifier_as_it_is():
    linear = [Network("mlp", layout("mlp", {"widths": []}, "test"), (6,), CLASSES, on_off) for on_off in (False, "hidden")]
    weights, inputs = draw(linear[0])
    assert torch.equal(*(network.training_logits(weights, inputs[None]) for network in linear))


def test_a_network_with_hidden_channels_is_what_numpy_makes_of_its_weights():
    network = make("mlp", on_off="hidden")
    weights, inputs = draw(network, images=30)
    masks = {name: (weight > 0).double() for name, weight in weights.items()}
    for replicate in range(2):
        h = inputs.numpy()
        for name, mask in masks.items():
            h = h if name == "hidden1" else np.concatenate([h.clip(0), (-h).clip(0)], axis=1)
            h = h @ mask[replicate].numpy().T
            h = (h - h.mean(0)) / np.sqrt(h.var(0) + 1e-5)
        assert np.allclose(network.training_logits(masks, inputs[None])[replicate].T, 2 * h)


@pytest.mark.parametrize(("on_off", "values"), [(False, {0, 1}), ("hidden", {0, 1}), (True, {-1, 0, 1})])
def test_what_a_first_layer_of_0_and_1_makes_of_single_inputs(on_off, values):
    """The input that is 1 where all others are 0 shows the effective weight of each unit."""
    network = make("mlp", norm="none", on_off=on_off)
    masks = {name: (weight > 0).double() for name, weight in draw(network)[0].items()}
    seen = {}
    network.logits(masks, torch.eye(6, dtype=torch.float64)[None], lambda name, h: seen.setdefault(name, h))
    assert set(seen["hidden1"].unique().tolist()) == values
