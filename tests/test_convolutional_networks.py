"""Convolutional networks: their tables, and their forward pass against one built from torch.nn."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from disentangle.datasets import InMemory
from disentangle.errors import InputError
from disentangle.networks import Network, layout, rebuild
from disentangle.networks.convolution import max_pool
from disentangle.networks.normalisation import Frozen, GatherStatistics, by_batch
from disentangle.networks.registry import KINDS
from disentangle.networks.scoring import score, statistics_of

CONVOLUTIONAL = [kind for kind in KINDS if kind != "mlp"]
SHAPES = {"conv7": (1, 28, 28), "resnet50": (3, 64, 64)}


def small(kind, on_off=False, width=0.1):
    """A thin network of that kind for five classes, random weights of two replicates, and twelve images."""
    shape = SHAPES.get(kind, (3, 32, 32))
    network = Network(kind, layout(kind, {"width": width}, "test"), shape, 5, on_off)
    generator = torch.Generator().manual_seed(0)
    weights = {x.name: torch.randn(2, *x.shape, dtype=torch.float64, generator=generator) for x in network.layers}
    return network, weights, torch.randn(12, *shape, dtype=torch.float64, generator=generator)


def alone(weights, replicate):
    return {name: weight[replicate : replicate + 1] for name, weight in weights.items()}


@pytest.mark.parametrize(
    ("kind", "weights", "layers"),
    [("conv2", 4_300_992, 5), ("conv4", 2_425_024, 7), ("conv6", 2_261_184, 9), ("conv8", 5_275_840, 11),  # Ramanujan et al.
     ("conv13", 14_710_464 + 512 * 512 + 512 * 10, 15), ("resnet_laperm", 754_736, 52), ("resnet18", 11_164_352, 21)],
)  # fmt: skip
def test_tables_on_cifar(kind, weights, layers):
    network = Network(kind, layout(kind, {}, "test"), (3, 32, 32), 10)
    assert sum(layer.edges for layer in network.layers) == weights
    assert len(network.layers) == layers and network.layers[-1].name == "output"
    doubled = Network(kind, network.layout, (3, 32, 32), 10, on_off=True)
    assert [b.fan_in for b in doubled.layers] == [2 * a.fan_in for a in network.layers]
    assert rebuild(doubled.describe()) == doubled


def test_tables_on_mnist_and_imagenet():
    conv7 = Network("conv7", layout("conv7", {}, "test"), (1, 28, 28), 10)
    biases = sum(layer.shape[0] for layer in conv7.layers)
    assert sum(layer.edges for layer in conv7.layers) + biases == 325_578  # Qiu & Suda's notebook has biases
    resnet50 = Network("resnet50", layout("resnet50", {}, "test"), (3, 224, 224), 1000)
    normalisation = 2 * sum(layer.shape[0] for layer in resnet50.layers[:-1])
    assert sum(layer.edges for layer in resnet50.layers) + normalisation + 1000 == 25_557_032  # as torchvision counts it
    assert len(resnet50.layers) == 54 and sum(layer.shortcut for layer in resnet50.layers) == 4


def test_layers_of_conv8_and_width():
    edges = [x.edges for x in Network("conv8", layout("conv8", {}, "test"), (3, 32, 32), 10).layers]
    assert edges == [1728, 36_864, 73_728, 147_456, 294_912, 589_824, 1_179_648, 2_359_296, 524_288, 65_536, 2560]
    wide = Network("conv4", layout("conv4", {"width": 1.51}, "test"), (3, 32, 32), 10).layers
    assert [x.shape[0] for x in wide] == [96, 96, 193, 193, 386, 386, 10]  # rounded down
    assert wide[0].shape[1] == 3


def norm2d(h):
    return nn.BatchNorm2d(h.shape[1], affine=False, track_running_stats=False, dtype=h.dtype)(h)


def top(h, weights, replicate, activate):
    """The fully connected layers."""
    h = h.flatten(1)
    for name in [name for name in weights if name.startswith("hidden")] + ["output"]:
        h = F.linear(h, weights[name][replicate])
        h = nn.BatchNorm1d(h.shape[1], affine=False, track_running_stats=False, dtype=h.dtype)(h)
        h = activate(h) if name != "output" else h
    return 2 * h


def on_off(h):
    return torch.cat([h.relu(), (-h).relu()], dim=1)


def reference(kind, weights, inputs, replicate, doubled):
    """Logits (image, class) of one replicate by torch.nn alone."""
    activate = on_off if doubled else torch.relu
    h = torch.cat([inputs, -inputs], dim=1) if doubled else inputs
    if kind.startswith("resnet"):
        return residual_reference(kind, weights, h, replicate, activate, doubled)
    pooled = {"conv2": [2], "conv4": [2, 4], "conv13": [2, 4, 7, 10, 13]}.get(kind, [])
    for i in range(1, 1 + sum(name.startswith("conv") for name in weights)):
        strided = {"stride": 2, "padding": 2} if i in (3, 6) else {}
        arguments = strided if kind == "conv7" else {"padding": 1}
        h = activate(norm2d(F.conv2d(h, weights[f"conv{i}"][replicate], **arguments)))
        h = nn.MaxPool2d(2)(h) if i in pooled else h
    return top(h, weights, replicate, activate)


def residual_reference(kind, weights, h, replicate, activate, doubled):
    def conv(name, h, stride, padding):
        return norm2d(F.conv2d(h, weights[name][replicate], stride=stride, padding=padding))

    deep = kind == "resnet50"
    s = conv("conv1", h, 2, 3) if deep else conv("conv1", h, 1, 1)
    pooled = nn.MaxPool2d(3, 2, 1)(activate(s)) if deep else None
    blocks = dict.fromkeys(name.rsplit(".", 1)[0] for name in weights if name.startswith("stage"))
    for block in blocks:
        if pooled is not None:
            h, carried, pooled = pooled, None, None  # the stem of resnet50 is followed by a block that changes the shape
        else:
            h, carried = activate(s), s if doubled else s.relu()
        stride = 2 if block.endswith("block1") and "stage1" not in block else 1
        if f"{block}.shortcut" in weights:
            carried = conv(f"{block}.shortcut", h, stride, 0)
        if deep:
            s = conv(f"{block}.conv2", activate(conv(f"{block}.conv1", h, 1, 0)), stride, 1)
            s = conv(f"{block}.conv3", activate(s), 1, 0) + carried
        else:
            s = conv(f"{block}.conv2", activate(conv(f"{block}.conv1", h, stride, 1)), 1, 1) + carried
    return top(nn.AdaptiveAvgPool2d(1)(activate(s)), weights, replicate, activate)


@pytest.mark.parametrize("doubled", [False, True])
@pytest.mark.parametrize("kind", ["conv2", "conv4", "conv7", "conv13", "resnet18", "resnet_laperm", "resnet50"])
def test_forward_is_that_of_torch_nn(kind, doubled):
    network, weights, inputs = small(kind, doubled)
    logits = network.logits(weights, inputs.unsqueeze(0), by_batch)
    for replicate in range(2):
        expected = reference(kind, weights, inputs, replicate, doubled)
        assert torch.allclose(logits[replicate].T, expected, atol=1e-8)


@pytest.mark.parametrize("doubled", [False, True])
@pytest.mark.parametrize("kind", CONVOLUTIONAL)
def test_no_replicate_sees_another_and_frozen_statistics_of_a_batch_are_those_of_the_batch(kind, doubled):
    network, weights, inputs = small(kind, doubled)
    own = torch.stack([inputs, inputs.flip(0)])
    together = network.logits(weights, own, by_batch)
    for r in range(2):
        assert torch.allclose(network.logits(alone(weights, r), own[r : r + 1], by_batch)[0], together[r], atol=1e-8)
    shared = network.logits(weights, inputs.unsqueeze(0), by_batch)
    assert torch.allclose(shared[0], together[0], atol=1e-8)
    statistics = statistics_of(network, weights, InMemory(inputs, torch.zeros(len(inputs))))
    assert {name: s.shape for name, s in statistics.items()} == {
        f"{x.name}.{part}": (2, x.shape[0]) for x in network.layers for part in ("mean", "variance")
    }
    for normalise in (Frozen(statistics), GatherStatistics()):
        assert torch.allclose(network.logits(weights, inputs.unsqueeze(0), normalise), shared, atol=1e-8)


@pytest.mark.parametrize("kind", ["conv2", "mlp"])
def test_chunks_of_images(kind, monkeypatch):
    shape = (3, 8, 8)
    network = Network(kind, layout(kind, {"width": 0.1} if kind == "conv2" else {"widths": [9]}, "test"), shape, 5)
    weights = {x.name: torch.randn(2, *x.shape, dtype=torch.float64) for x in network.layers}
    split = InMemory(torch.randn(301, *shape), torch.randint(5, (301,)))
    monkeypatch.setattr(type(network.layout), "chunk", 1000)
    whole = statistics_of(network, weights, split)
    scored = score(network, weights, whole, split)
    monkeypatch.setattr(type(network.layout), "chunk", 100)
    chunked, first = statistics_of(network, weights, split), network.layers[0].name
    for name, statistic in whole.items():  # exact in the first layer, near in the others
        assert torch.allclose(chunked[name], statistic, **({"rtol": 1e-9} if first in name else {"rtol": 0.1, "atol": 0.1}))
    again = score(network, weights, whole, split)
    assert torch.equal(again.accuracy, scored.accuracy) and torch.allclose(again.loss, scored.loss)
    monkeypatch.setattr(type(network.layout), "measured", 151)
    fewer = statistics_of(network, weights, split)
    assert torch.allclose(
        fewer[f"{first}.mean"], statistics_of(network, weights, split.take(slice(None, None, 2)))[f"{first}.mean"]
    )


@pytest.mark.parametrize(("shape", "told"), [((30,), r"\(30\)"), ((1, 8, 8), r"\(1, 8, 8\)")])
def test_inputs_that_a_network_cannot_read_are_refused(shape, told):
    with pytest.raises(InputError, match=rf"Conv8 reads images of at least 16 x 16 pixels, not inputs of shape {told}; give"):
        _ = Network("conv8", layout("conv8", {}, "test"), shape, 10).layers


@pytest.mark.parametrize(("size", "stride", "padding", "side"), [(2, 2, 0, 8), (2, 2, 0, 7), (3, 2, 1, 8), (3, 2, 1, 9)])
def test_max_pool_on_an_accelerator_is_that_of_the_library(size, stride, padding, side, monkeypatch):
    h = torch.randn(2, 3, 4, side, side, dtype=torch.float64, requires_grad=True)
    results = []
    for accelerator in (False, True):
        monkeypatch.setattr("disentangle.networks.convolution.accelerated", lambda tensor, answer=accelerator: answer)
        pooled = max_pool(h, size, stride, padding)
        results.append((pooled, *torch.autograd.grad((pooled * torch.arange(pooled.numel()).view(pooled.shape)).sum(), h)))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*results, strict=True))
