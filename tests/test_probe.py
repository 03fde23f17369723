"""What a family may ask of its network before the training, and when it is asked."""

import pytest
import torch

from disentangle.config import Training
from disentangle.datasets import Dataset
from disentangle.errors import InputError
from disentangle.families import Frame, family
from disentangle.families.pruned_at_start import PrunedAtStart
from disentangle.networks import Network, layout
from disentangle.training.checkpoint import resume, save_checkpoint
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from disentangle.training.probe import NetworkProbe

CPU, SEEDS = torch.device("cpu"), [0, 1]


def trainer(data, name, settings, epochs=1, batch_size=64, augment="none"):
    made = family(name, settings, "test")
    network = Network("mlp", layout("mlp", {"widths": [16]}, "test"), data.shape, len(data.classes), made.on_off)
    frame = Frame(network.layers, 1.0 if made.density == "full" else 0.1)
    return Trainer(network, made, frame, Training(epochs=epochs, batch_size=batch_size), data, augment)


def cohort_of(t):
    return start_cohort(t.family, t.frame, SEEDS, CPU)


def fit(t, after_epoch=lambda cohort: None):
    cohort = cohort_of(t)
    t.fit(cohort, SEEDS, after_epoch)
    return cohort


@pytest.mark.parametrize("settings", [{}, {"on_off": True}, {"on_off": "hidden"}])
def test_the_loss_is_that_of_the_first_step(digits, settings):
    few = Dataset("few", digits.classes, digits.train.take(slice(64)), digits.validation, digits.test)
    t = trainer(few, "dense", settings)
    weights = cohort_of(t).state.role("weight")
    probe = NetworkProbe(t.network, lambda: t._first_batch(SEEDS))
    assert torch.equal(probe.loss(weights).detach().double(), fit(t).history[1]["train_loss"])


def test_the_flow_is_the_product_of_the_layers_whatever_the_activation_and_normalisation():
    generator = torch.Generator().manual_seed(0)
    for settings in ({}, {"activation": "alternating"}, {"activation": "abs", "normalisation": "in_degree"}):
        network = Network("mlp", layout("mlp", {"widths": [4, 3], "logit_scale": 5.0} | settings, "test"), (2, 3), 2)
        weights = {x.name: torch.randn(2, *x.shape, generator=generator, dtype=torch.float64) for x in network.layers}
        first, second, last = weights.values()
        expected = 5 * (last @ second @ first).sum((1, 2))
        assert torch.allclose(NetworkProbe(network, pytest.fail).flow(weights), expected)


@pytest.mark.parametrize("on_off", [True, "hidden"])
def test_the_flow_of_on_and_off_channels_is_refused(on_off):
    network = Network("mlp", layout("mlp", {"widths": [4]}, "test"), (3,), 2, on_off)
    weights = {x.name: torch.ones(1, *x.shape) for x in network.layers}
    with pytest.raises(InputError, match=r"^the flow .* ON and OFF channels is not defined.*; leave on_off out, or .*\.$"):
        NetworkProbe(network, pytest.fail).flow(weights)


@pytest.mark.parametrize(("kind", "shape", "settings"), [
    ("mlp", (6,), {"widths": [8], "activation": "tanh"}), ("conv2", (1, 8, 8), {"width": 0.1}),
    ("resnet18", (3, 8, 8), {"width": 0.05, "normalisation": "in_degree"}),
])  # fmt: skip
def test_second_derivatives_are_those_of_differences(kind, shape, settings):
    network, generator = Network(kind, layout(kind, settings, "test"), shape, 3), torch.Generator().manual_seed(0)
    images, labels = torch.randn(2, 12, *shape, generator=generator), torch.randint(3, (2, 12), generator=generator)
    probe = NetworkProbe(network, lambda: (images, labels))
    weights = {
        x.name: (torch.randn(2, *x.shape, generator=generator, dtype=torch.float64) / x.fan_in**0.5).requires_grad_()
        for x in network.layers
    }
    gradients = torch.autograd.grad(probe.loss(weights).sum(), list(weights.values()), create_graph=True)
    directions = [g.detach() for g in gradients]
    exact = torch.autograd.grad(sum((g * d).sum() for g, d in zip(gradients, directions, strict=True)), list(weights.values()))

    def gradient_at(step):
        moved = {x: (w.detach() + step * d).requires_grad_() for (x, w), d in zip(weights.items(), directions, strict=True)}
        return torch.autograd.grad(probe.loss(moved).sum(), list(moved.values()))

    for product, after, before in zip(exact, gradient_at(1e-6), gradient_at(-1e-6), strict=True):
        assert torch.allclose(product, (after - before) / 2e-6, rtol=1e-3, atol=1e-5 * product.abs().max().item())


def test_only_a_family_that_asks_reads_the_batch(digits, monkeypatch):
    reads = []
    batch = Trainer._first_batch
    monkeypatch.setattr(Trainer, "_first_batch", lambda self, seeds: (reads.append(seeds), batch(self, seeds))[1])
    for settings, expected in [(None, 0), ({"score": "synflow"}, 0), ({"score": "random"}, 0), ({"score": "snip"}, 1)]:
        reads.clear()
        fit(trainer(digits, "dense" if settings is None else "pruned_at_start", settings or {}))
        assert len(reads) == expected


def test_a_family_is_prepared_once_before_the_history_and_not_when_it_resumes(digits, tmp_path, monkeypatch):
    calls, path = [], tmp_path / "checkpoint.safetensors"
    prepare = PrunedAtStart.prepare
    monkeypatch.setattr(PrunedAtStart, "prepare", lambda self, *given: (calls.append(given), prepare(self, *given))[1])
    t = trainer(digits, "pruned_at_start", {"score": "snip"}, epochs=2)
    whole = fit(t, lambda cohort: save_checkpoint(path, cohort, "cell") if cohort.epochs == 1 else None)
    assert len(calls) == 1
    assert whole.history[0]["density"].tolist() == pytest.approx([0.1, 0.1], abs=1e-3)
    assert all((row["flipped"] == 0).all() for row in whole.history)
    resumed = cohort_of(t)
    assert resume(path, resumed, t.family, "cell")
    t.fit(resumed, SEEDS, lambda cohort: None)
    assert len(calls) == 1 and resumed.rows() == whole.rows()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.usefixtures("no_data_at_hand")
@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_images_are_read_for_the_batch_without_their_augmentation(prepared, workers):
    t = trainer(prepared.to(CPU, workers), "pruned_at_start", {}, batch_size=8, augment="resized_crop_flip")
    inputs, labels = t._first_batch(SEEDS)
    order = t._order(t.data.train, SEEDS, 0, 8)[:, :8]
    assert torch.equal(inputs, next(prepared.train.pick([order]))) and torch.equal(labels, prepared.train.labels[order])
    assert fit(t).history[0]["density"].tolist() == pytest.approx([0.1, 0.1], abs=1e-3)
