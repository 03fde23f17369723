"""Weight-free networks: what each estimator computes, how the density is steered, and what the history tells of it."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.config import Training
from disentangle.errors import InputError
from disentangle.families import Frame, Moment, family, gates
from disentangle.networks import Layer, Network, layout
from disentangle.streams import torch_generator
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer

LAYERS = (Layer("hidden1", (12, 20)), Layer("hidden2", (7, 12)), Layer("output", (3, 7)))
CPU = torch.device("cpu")
ESTIMATORS = ("hard_forward", "soft", "identity", "stochastic")


def moment(progress=0.5, seeds=(0, 1, 2), step=0):
    return Moment(progress, lambda stream: [torch_generator(seed, stream, step) for seed in seeds])


def start(name="weight_free", density=1.0, **settings):
    made, frame = family(name, settings, "test"), Frame(LAYERS, density)
    return made, frame, start_cohort(made, frame, range(3), CPU).state


def loss_of(weights):
    """Something curved in every weight, and between them."""
    flat = torch.cat([w.flatten(1).double() for w in weights.values()], 1)
    return (flat.cumsum(1).sin() + flat.square()).sum(1)


def gradients(made, frame, state, at):
    loss = loss_of(made.training_weights(frame, state, at)).sum()
    return dict(zip(state.trained, torch.autograd.grad(loss, list(state.trained.values())), strict=True))


@given(st.floats(0.5, 50), st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_the_approximate_gradient_is_that_of_the_loss_at_hard_gates_times_the_slope_of_soft_ones(hardness, values):
    latent = torch.tensor([values], dtype=torch.float64, requires_grad=True)
    gate = gates.estimate("hard_forward", gates.hard(latent), latent, hardness)
    assert gate.tolist() == [[float(v > 0) for v in values]]
    upstream = torch.arange(1.0, len(values) + 1, dtype=torch.float64)
    (found,) = torch.autograd.grad((gate * upstream).sum(), latent)
    copy = latent.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(torch.sigmoid(hardness * copy).sum(), copy)
    assert torch.allclose(found, upstream * slope, rtol=1e-12, atol=0)


def test_the_soft_gradient_is_exact_by_finite_differences():
    made, frame, state = start(estimator="soft", hardness=7.0)
    for name, latent in state.trained.items():
        state.trained[name] = latent.detach().double().requires_grad_()
    found, step = gradients(made, frame, state, moment()), 1e-6
    for name, latent in state.trained.items():
        direction = torch.randn(latent.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        ends = []
        for sign in (1, -1):
            moved = {**state.trained, name: latent.detach() + sign * step * direction}
            ends.append(loss_of(made.training_weights(frame, type(state)(trained=moved), moment())))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert torch.allclose((found[name] * direction).flatten(1).sum(1), slope, rtol=1e-5)


def test_hard_forward_and_identity_see_the_same_network_and_differ_by_the_slope_of_the_gate():
    found = {}
    for estimator in ("hard_forward", "identity"):
        made, frame, state = start(estimator=estimator, hardness=3.0)
        weights, training = made.weights(frame, state), made.training_weights(frame, state, moment())
        assert all(torch.equal(weights[layer], training[layer]) for layer in weights)
        found[estimator] = gradients(made, frame, state, moment())
    for name, latent in state.trained.items():
        gate = torch.sigmoid(3.0 * latent)
        assert torch.allclose(found["hard_forward"][name], found["identity"][name] * 3 * gate * (1 - gate), rtol=1e-4)


def test_stochastic_gates_are_on_as_often_as_the_soft_gate_says_and_belong_to_a_seed_and_a_step():
    made, frame, state = start(estimator="stochastic", hardness=10.0)
    draws = [made.training_weights(frame, state, moment(step=step))["hidden1"] > 0 for step in range(400)]
    again = made.training_weights(frame, state, moment(step=7))["hidden1"] > 0
    assert torch.equal(again, draws[7]) and not torch.equal(draws[7], draws[8])
    expected = torch.sigmoid(10 * state.role("latent")["hidden1"])
    error = (torch.stack(draws).float().mean(0) - expected) / (expected * (1 - expected) / 400).sqrt()
    assert error.square().mean().item() == pytest.approx(1, abs=0.25)
    alone = made.training_weights(
        frame, type(state)(trained={k: v[1:2] for k, v in state.trained.items()}), moment(step=7, seeds=(1,))
    )
    assert torch.equal(alone["hidden1"] > 0, again[1:2])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_network_that_is_evaluated_has_hard_gates(estimator):
    made, frame, state = start(estimator=estimator)
    for layer in LAYERS:
        weights, latent = made.weights(frame, state)[layer.name], state.role("latent")[layer.name]
        assert torch.equal(weights, (latent > 0) * (2 / layer.fan_in) ** 0.5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"hardness": [1, 16]}, [1, 2, 4, 8, 16]),
        ({"hardness": 5}, [5, 5, 5, 5, 5]),
        ({"hardness": [1, 16], "stages": 2}, [1, 1, 16, 16, 16]),
        ({"hardness": [1, 16], "stages": 3}, [1, 1, 4, 16, 16]),
        ({"hardness": [1, 16], "stages": 1}, [1, 1, 1, 1, 1]),
    ],
)
def test_hardness_over_the_training(settings, expected):
    made = family("weight_free", settings, "test")
    assert [made.hardness_at(progress / 4) for progress in range(5)] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("weight_free", {"hardness": [1, 2, 3]}, "families.x.hardness"),
        ("weight_free", {"hardness": 0}, "families.x.hardness"),
        ("weight_free", {"estimator": "straight"}, "estimator"),
        ("weight_free_top_share", {"edge_penalty": 1}, "edge_penalty steers a density that densities fixes"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, settings, words):
    with pytest.raises(InputError, match=words):
        family(name, settings, "families.x")


def test_the_penalty_is_the_expected_share_of_edges_and_its_gradient_lowers_every_latent_variable():
    made, frame, state = start(edge_penalty=3.0, hardness=10.0)
    expected = torch.cat([torch.sigmoid(10 * w).flatten(1) for w in state.trained.values()], 1).mean(1)
    penalty = made.penalty(frame, state, moment())
    assert torch.allclose(penalty, 3 * expected)
    assert all((g > 0).all() for g in torch.autograd.grad(penalty.sum(), list(state.trained.values())))


@pytest.mark.parametrize("density", [0.05, 0.37, 1.0])
@pytest.mark.parametrize("scope", ["layer", "network"])
@pytest.mark.parametrize("tied", [False, True])
def test_the_top_share_is_exact_also_with_ties(density, scope, tied):
    made, frame, state = start("weight_free_top_share", density, scope=scope)
    if tied:
        for latent in state.trained.values():
            latent.data.clamp_(-0.05, 0.05)
    masks = made.masks(frame, state)
    counts = {layer: mask.flatten(1).sum(1).tolist() for layer, mask in masks.items()}
    if scope == "layer":
        assert counts == {layer: [kept] * 3 for layer, kept in frame.kept.items()}
    else:
        assert [sum(column) for column in zip(*counts.values(), strict=True)] == [sum(frame.kept.values())] * 3
    latent = state.role("latent")
    for replicate in range(3):
        groups = [list(masks)] if scope == "network" else [[layer] for layer in masks]
        for group in groups:
            values, chosen = (torch.cat([t[layer][replicate].flatten() for layer in group]) for t in (latent, masks))
            assert chosen.all() or values[chosen].min() >= values[~chosen].max()
    weights, training = made.weights(frame, state), made.training_weights(frame, state, moment())
    for layer in LAYERS:
        assert torch.equal(weights[layer.name] != 0, masks[layer.name])
        assert torch.equal(weights[layer.name], training[layer.name])


def test_the_slope_of_a_top_share_is_steepest_at_its_threshold():
    made, frame, state = start("weight_free_top_share", 0.3, hardness=10.0)
    masks = made.masks(frame, state)
    for layer, (_, latent) in made.decided(frame, state).items():
        assert latent[masks[layer]].min() == 0 and latent[~masks[layer]].max() < 0


@pytest.fixture
def trainer(digits):
    def make(name="weight_free", density=1.0, epochs=6, **settings):
        made = family(name, settings, "test")
        network = Network("mlp", layout("mlp", {"widths": [32]}, "test"), digits.shape, 10, made.on_off)
        return Trainer(network, made, Frame(network.layers, density), Training(epochs=epochs, batch_size=64), digits)

    return make


def fit(trainer, seeds=(0, 1)):
    cohort = start_cohort(trainer.family, trainer.frame, seeds, CPU)
    trainer.fit(cohort, seeds, lambda cohort: None)
    return cohort


@pytest.mark.parametrize(
    "settings", [{"estimator": e} for e in ESTIMATORS] + [{"stages": 3}, {"on_off": True}, {"on_off": "hidden"}]
)
def test_every_estimator_learns(trainer, settings):
    history = fit(trainer(**settings)).history
    assert history[-1]["validation_accuracy"].min() > 0.7 > 0.4 > history[0]["validation_accuracy"].max()


def test_the_history_tells_densities_flips_and_undecided_gates(trainer):
    t = trainer()
    cohort, before = start_cohort(t.family, t.frame, [0, 1], CPU), []

    def after_epoch(cohort):
        before.append({layer: mask.clone() for layer, mask in t.family.masks(t.frame, cohort.state).items()})

    t.fit(cohort, [0, 1], after_epoch)
    places = sum(layer.edges for layer in t.frame.layers)
    for row, masks in zip(cohort.history, before, strict=True):
        for layer, mask in masks.items():
            assert row[f"density_{layer}"].tolist() == pytest.approx(mask.double().flatten(1).mean(1).tolist())
    for (then, now), row in zip(pairwise(before), cohort.history[1:], strict=True):
        flips = sum((now[layer] ^ then[layer]).flatten(1).sum(1) for layer in now)
        assert row["flipped"].tolist() == pytest.approx((flips / places).tolist())
    assert cohort.history[0]["flipped"].tolist() == [0, 0]
    undecided = torch.stack([row["undecided"] for row in cohort.history])
    assert (undecided[0] > 0.9).all() and (undecided[-1] < undecided[1]).all()


def test_a_penalty_lowers_the_density_and_a_top_share_keeps_it(trainer):
    densities = [fit(trainer(edge_penalty=penalty)).history[-1]["density"].max().item() for penalty in (0.0, 3.0, 30.0)]
    assert densities == sorted(densities, reverse=True) and densities[2] < densities[0] / 2
    steered = fit(trainer("weight_free_top_share", 0.1))
    kept = sum(steered_layer for steered_layer in Frame(tuple(trainer().frame.layers), 0.1).kept.values())
    places = sum(layer.edges for layer in trainer().frame.layers)
    assert all(row["density"].tolist() == pytest.approx([kept / places] * 2) for row in steered.history)


@pytest.mark.parametrize("scope", ["layer", "network"])
def test_clipping_a_top_share_changes_no_mask(scope):
    """Clipped about 0, more latent variables would reach the bound than are kept, and the first places would win."""
    made, frame, state = start("weight_free_top_share", 0.02, scope=scope)
    for latent in state.trained.values():
        latent.data.add_(0.3).mul_(100)
    before = {layer: mask.clone() for layer, mask in made.masks(frame, state).items()}
    with torch.no_grad():
        made.after_step(frame, state, moment(1.0))
    after = made.masks(frame, state)
    assert all(torch.equal(after[layer], mask) for layer, mask in before.items())
    distances = torch.cat([latent.detach().flatten() for _, latent in made.decided(frame, state).values()])
    assert -distances.min().item() == pytest.approx(made.clip, rel=1e-4) and distances.max() <= made.clip * 1.0001
