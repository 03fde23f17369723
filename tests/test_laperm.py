"""LaPerm: what it permutes, when, and that nothing but places is ever learned."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle.config import Training
from disentangle.datasets.preparation import prepare
from disentangle.errors import InputError
from disentangle.families import Frame, Moment, family
from disentangle.families.contract import check_values
from disentangle.families.reconnection import ordered, synchronise
from disentangle.masks.extraction import extract
from disentangle.networks import Layer, Network, layout
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer

LAYERS = (Layer("conv1", (6, 2, 3, 3)), Layer("hidden1", (12, 20)), Layer("output", (3, 12)))
CPU = torch.device("cpu")

# Few distinct values make ties.
currents = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=8), elements=st.sampled_from([-1, 0, 0.5, 2])
)


def start(density=1.0, layers=LAYERS, replicates=3, **settings):
    made, frame = family("laperm", settings, "test"), Frame(layers, density)
    return made, frame, start_cohort(made, frame, range(replicates), CPU).state


def at(step, steps=100):
    return Moment(step / steps, lambda stream: [], step=step, steps=steps)


def sorted_units(tensors):
    return {layer: tensor.detach().flatten(2).sort(dim=2).values for layer, tensor in tensors.items()}


def due(made, steps):
    return [t + 1 for t in range(steps) if made.synchronisations(t + 1, steps) > made.synchronisations(t, steps)]


@given(currents)
def test_values_are_dealt_by_rank_and_ties_by_place(array):
    """Against NumPy's stable ranks of every unit."""
    replicates, units, edges = array.shape
    values = torch.arange(replicates * units * edges, dtype=torch.float32).view(array.shape)
    ranks = array.argsort(axis=2, kind="stable").argsort(axis=2, kind="stable")
    assert np.array_equal(synchronise(torch.from_numpy(array), values).numpy(), np.take_along_axis(values.numpy(), ranks, 2))


def test_memory_layout_changes_no_place():
    current = torch.randn(2, 4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    values = torch.stack([ordered(replicate) for replicate in current])
    channels_last = current.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    assert torch.equal(synchronise(current, values), current)
    assert torch.equal(synchronise(channels_last, values), current)


@pytest.mark.parametrize("values", ["kaiming_uniform", "kaiming_normal", "laplace", "signed_constant", "shared"])
@pytest.mark.parametrize("density", [1.0, 0.3])
def test_only_places_change_whatever_the_optimiser_does(values, density):
    made, frame, state = start(density, values=values)
    assert {layer: mask.flatten(1).sum(1).tolist() for layer, mask in made.masks(frame, state).items()} == {
        layer: [kept] * 3 for layer, kept in frame.kept.items()
    }
    before, generator = sorted_units(state.role("initial")), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in state.trained.values():
            weight.add_(torch.randn(weight.shape, generator=generator))
    weights = made.weights(frame, state)
    after = sorted_units(weights)
    assert all(torch.equal(after[layer], units) for layer, units in before.items())
    assert all(torch.equal(mask, weights[layer] != 0) for layer, mask in made.masks(frame, state).items())
    check_values(made, state, weights)
    moved = torch.cat([(weights[layer] != first).flatten(1) for layer, first in state.role("initial").items()], 1)
    assert made.log(frame, state, 1.0)["moved"].tolist() == pytest.approx(moved.double().mean(1).tolist())


def test_starting_values_have_the_variance_of_he():
    for values in ("kaiming_uniform", "kaiming_normal", "laplace", "signed_constant"):
        _, _, state = start(layers=(Layer("only", (300, 200)),), replicates=1, values=values)
        drawn = state.role("initial")["only"]
        assert drawn.var().item() == pytest.approx(2 / 200, rel=0.03), values
        assert abs(drawn.mean().item()) < 0.002, values


def test_it_starts_where_dense_starts():
    _, frame, state = start(values="kaiming_normal")
    dense = start_cohort(family("dense", {}, "test"), frame, range(3), CPU).state.role("weight")
    assert all(torch.equal(weight, dense[layer]) for layer, weight in state.role("initial").items())


def test_a_shared_value_is_shared():
    made, frame, state = start(0.4, values="shared", shared_value=0.08)
    assert made.edge_weights == "shared" and start()[0].edge_weights == "own"
    assert all(w.unique().tolist() == pytest.approx([0, 0.08]) for w in made.weights(frame, state).values())


def test_weights_synchronise_in_a_step_that_is_due_and_move_freely_in_others():
    made, frame, state = start(period=4)
    with torch.no_grad():
        for step in range(8):
            for weight in state.trained.values():
                weight.add_(0.1)
            made.after_step(frame, state, at(step))
            synchronised = made.weights(frame, state)
            same = all(torch.equal(w, synchronised[layer]) for layer, w in state.role("weight").items())
            assert same == (step in (3, 7))


@given(st.integers(1, 50), st.integers(1, 200))
def test_a_constant_period_is_due_at_its_multiples(period, steps):
    assert due(family("laperm", {"period": period}, "test"), steps) == list(range(period, steps + 1, period))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 300))
def test_a_growing_period_is_due_as_often_as_its_mean_rate_says(first, last, steps):
    made = family("laperm", {"period": [first, last]}, "test")
    t = (np.arange(20_000) + 0.5) / 20_000
    expected = (steps / (first * (last / first) ** t)).mean()
    assert abs(made.synchronisations(steps, steps) - expected) <= 1.001
    assert len(due(made, steps)) == made.synchronisations(steps, steps)
    gaps = np.diff(due(made, steps))
    assert not len(gaps) or (min(first, last) - 1 <= gaps.min() and gaps.max() <= max(first, last) + 1)


def test_layers_can_have_densities_of_their_own():
    """The three shares of the released notebook F2: 1/15, 1/7 and 1/3."""
    layers = (Layer("hidden1", (128, 784)), Layer("hidden2", (64, 128)), Layer("output", (10, 64)))
    edges = sum(layer.edges for layer in layers)
    density = (100352 / 15 + 8192 / 7 + 640 / 3) / edges
    made, frame, state = start(density, layers, replicates=1, emphasis=[7, 15, 35])
    kept = {layer: mask.sum().item() for layer, mask in made.masks(frame, state).items()}
    assert kept == {"hidden1": 6690, "hidden2": 1170, "output": 213}


@pytest.mark.parametrize(("emphasis", "sentence"), [([1, 1], "write one a layer"), ([1, 1, 1000], "lower density")])
def test_an_emphasis_that_does_not_fit_is_refused(emphasis, sentence):
    with pytest.raises(InputError, match=sentence):
        start(0.9, emphasis=emphasis)


def test_trained_networks_hold_the_values_they_started_with():
    data = prepare("digits")
    made = family("laperm", {"period": 40, "learning": {"learning_rate": 0.01}}, "test")
    network = Network("mlp", layout("mlp", {"widths": [64]}, "test"), data.train.shape, 10)
    frame, seeds = Frame(network.layers, 0.5), [0, 1]
    cohort = start_cohort(made, frame, seeds, CPU)
    Trainer(network, made, frame, Training(epochs=6, batch_size=32), data).fit(cohort, seeds, lambda cohort: None)
    wiring = extract(network, made, frame, cohort.state, data)
    for layer, weight in wiring.weights.items():
        assert np.array_equal(np.sort(weight, axis=2), np.sort(wiring.initial[layer], axis=2))
        assert np.array_equal(wiring.masks[layer], weight != 0)
    first, *_, last = (row["validation_accuracy"].min().item() for row in cohort.history)
    assert first < 0.4 and last > 0.8
    spoilt = made.weights(frame, cohort.state) | {"output": torch.zeros(2, 10, 64)}
    with pytest.raises(InputError, match="other values in layer output"):
        check_values(made, cohort.state, spoilt)
