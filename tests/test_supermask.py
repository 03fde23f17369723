"""Supermask: the law of its masks, their gradient, rescaling, what is evaluated, and the accuracy of masks that are drawn."""

import csv

import pytest
import torch
from scipy.stats import binom

from disentangle.cells import list_cells
from disentangle.config import Training, load_experiment
from disentangle.evaluation.draws import DRAWS, evaluate_draws
from disentangle.evaluation.metrics import evaluate
from disentangle.families import Frame, Moment, family
from disentangle.masks.extraction import extract
from disentangle.networks import Layer, Network, layout
from disentangle.networks.scoring import score, statistics_of
from disentangle.streams import torch_generator
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from tests.running import of_training, prepare, train

LAYERS = (Layer("hidden1", (40, 50)), Layer("output", (10, 40)))
CPU = torch.device("cpu")


def generators(step=0, seeds=(0, 1, 2)):
    return [torch_generator(seed, "gates", 0, step) for seed in seeds]


def start(**settings):
    made, frame = family("supermask", settings, "test"), Frame(LAYERS)
    return made, frame, start_cohort(made, frame, range(3), CPU).state


@pytest.mark.parametrize("logit", [-1.5, 0.0, 2.0])
def test_edges_are_drawn_with_the_probability_of_their_logit(logit):
    made, frame, state = start(initial_logit=logit, rescaling=False)
    drawn = torch.stack([made.draw(frame, state, generators(step))["hidden1"] != 0 for step in range(20)])
    chance, places = torch.tensor(logit).sigmoid().item(), drawn[:, 0].numel()
    low, high = binom.interval(1 - 1e-6, places, chance)
    assert all(low <= drawn[:, replicate].sum() <= high for replicate in range(3))
    assert not torch.equal(drawn[0, 0], drawn[0, 1]) and not torch.equal(drawn[0], drawn[1])
    moment = Moment(0.3, lambda stream: generators(7))
    trained, again = made.training_weights(frame, state, moment), made.draw(frame, state, generators(7))
    assert all(torch.equal(trained[layer], again[layer]) for layer in again)
    assert made.log(frame, state, 0.0)["density_drawn"].tolist() == pytest.approx([chance] * 3)


def test_frozen_weights_are_constants_of_he_scale_and_either_sign():
    _, _, state = start()
    for layer in LAYERS:
        frozen = state.role("initial")[layer.name]
        assert frozen.abs().unique().tolist() == pytest.approx([(2 / layer.fan_in) ** 0.5])
        assert (frozen > 0).float().mean().item() == pytest.approx(0.5, abs=0.1)


def test_the_network_that_is_evaluated_has_the_edges_of_probability_above_one_half():
    made, frame, state = start(rescaling=False)
    assert not any(mask.any() for mask in made.masks(frame, state).values())  # a logit that never moved decides for no edge
    with torch.no_grad():
        for latent in state.trained.values():
            latent.copy_(torch.randn(latent.shape, generator=torch.Generator().manual_seed(0)))
    weights, masks = made.weights(frame, state), made.masks(frame, state)
    for layer, latent in state.role("latent").items():
        assert torch.equal(masks[layer], latent.sigmoid() > 0.5)
        assert torch.equal(weights[layer], state.role("initial")[layer] * masks[layer])


@pytest.mark.parametrize("rescaling", [False, True])
def test_the_gradient_is_that_of_the_probabilities_in_place_of_the_mask(rescaling):
    made, frame, state = start(rescaling=rescaling, values="kaiming_normal", initial_logit=0.4)
    upstream = torch.randn(3, 40, 50, generator=torch.Generator().manual_seed(1))
    weights = made.draw(frame, state, generators())["hidden1"]
    (found,) = torch.autograd.grad((weights * upstream).sum(), state.trained["hidden1.latent"])
    value = state.role("initial")["hidden1"].double()
    mask = (weights.detach() != 0).double().requires_grad_()
    factor = 2000 / mask.sum((1, 2), keepdim=True) if rescaling else 1.0
    (of_mask,) = torch.autograd.grad((value * mask * factor * upstream).sum(), mask)
    chance = torch.tensor(0.4).double().sigmoid()
    assert torch.allclose(found.double(), of_mask * chance * (1 - chance), rtol=1e-4, atol=1e-6)


def test_rescaling_is_by_places_over_edges_of_the_mask_in_force():
    (plain, frame, state), (made, _, _) = start(rescaling=False, initial_logit=-1.0), start(initial_logit=-1.0)
    for layer, weight in made.draw(frame, state, generators()).items():
        drawn = plain.draw(frame, state, generators())[layer]
        edges = (drawn != 0).flatten(1).sum(1)
        assert torch.allclose(weight, drawn * (drawn[0].numel() / edges).view(-1, 1, 1))
    assert all(weight.isfinite().all() and not weight.any() for weight in made.weights(frame, state).values())  # no edge at all


def trainer(digits, **settings):
    network = Network("mlp", layout("mlp", {"widths": [24]}, "test"), digits.shape, 10)
    made = family("supermask", settings, "test")
    return Trainer(network, made, Frame(network.layers), Training(epochs=6, batch_size=32), digits)


def test_the_accuracy_of_draws_is_the_mean_over_fresh_masks_with_statistics_of_their_own(digits):
    t, seeds = trainer(digits), [0, 1]
    cohort = start_cohort(t.family, t.frame, seeds, CPU)
    t.fit(cohort, seeds, lambda cohort: None)
    rows = evaluate_draws(t.network, t.family, t.frame, cohort.state, digits, seeds, 6)
    alone = []
    for draw in range(DRAWS):
        with torch.no_grad():
            weights = t.family.draw(t.frame, cohort.state, [torch_generator(seed, "gates", 6, draw) for seed in seeds])
        precise = {layer: weight.double() for layer, weight in weights.items()}
        alone.append(score(t.network, precise, statistics_of(t.network, precise, digits.train), digits.test).accuracy)
    assert DRAWS >= 10 and len({tuple(accuracy.tolist()) for accuracy in alone}) > 1
    assert [row["test_accuracy_drawn"] for row in rows] == pytest.approx(torch.stack(alone).mean(0).tolist())
    rounded = evaluate(extract(t.network, t.family, t.frame, cohort.state, digits), digits, seeds)
    assert all(row["test_accuracy"] > 0.8 for row in rounded)
    assert all(row["test_accuracy_drawn"] > 0.8 for row in rows)


def test_metrics_have_the_column_of_families_that_draw_and_of_no_other(small_config, tmp_path):
    small_config["families"] = {"dense": {}, "supermask": {}}
    prepare("digits", tmp_path)
    for cell in list_cells(load_experiment(small_config)):
        train(cell, tmp_path)
        with of_training(tmp_path, cell, "metrics").open() as file:
            rows = list(csv.DictReader(file))
        assert [("test_accuracy_drawn" in row) for row in rows] == [cell.family == "supermask"] * 2
