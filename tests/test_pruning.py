"""Pruning by magnitude: which edges go, how many at a time, and what becomes of the others."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.config import Training
from disentangle.errors import InputError
from disentangle.families import Frame, family
from disentangle.families.pruned import PRUNING, PRUNINGS, lamp, prunings
from disentangle.families.pruning_shares import kept_after
from disentangle.networks import Network, layout
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from tests.test_families import LAYERS

EDGES = sum(layer.edges for layer in LAYERS)


def pruned_by_hand(settings, density):
    """The state of three replicates after a pruning at the end of the first round, and the weights before it."""
    made, frame = family("pruned", settings, "test"), Frame(LAYERS, density)
    cohort = start_cohort(made, frame, [0, 1, 2], torch.device("cpu"))
    with torch.no_grad():
        for weight in cohort.state.trained.values():
            weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
        trained = {layer: weight.clone() for layer, weight in cohort.state.role("weight").items()}
        made.after_round(frame, cohort.state, 1)
    return made, frame, cohort.state, trained


def trained_on(digits, settings, density, note, epochs=4):
    network = Network("mlp", layout("mlp", {"widths": [20]}, "test"), digits.shape, 10)
    made, frame = family("pruned", settings, "test"), Frame(network.layers, density)
    trainer = Trainer(network, made, frame, Training(epochs=epochs, batch_size=60), digits)
    cohort = start_cohort(made, frame, [0, 1], torch.device("cpu"))
    trainer.fit(cohort, [0, 1], lambda cohort: note(made.masks(frame, cohort.state)))
    return made, frame, cohort.state


@given(st.floats(0.02, 0.98).map(lambda d: round(d, 3)))
def test_layers_reach_the_density_together_exactly_and_the_output_is_pruned_less(density):
    frame = Frame(LAYERS, density)
    kept = kept_after(frame, 1)
    assert sum(kept.values()) == -(-round(density * 1000) * EDGES // 1000)
    assert kept["output"] / 21 >= kept["hidden2"] / 84 - 1 / 21
    assert all(kept_after(frame, 0)[layer.name] == layer.edges for layer in LAYERS)


@pytest.mark.parametrize("rewind_to", [0, None])
def test_the_smallest_weights_of_each_layer_go_and_the_rest_is_rewound(rewind_to):
    made, frame, state, trained = pruned_by_hand({"schedule": "one_shot", "rewind_to": rewind_to}, 0.4)
    initial, masks = state.role("initial"), made.masks(frame, state)
    for layer, kept in kept_after(frame, 1).items():
        for replicate in range(3):
            mask, magnitude = masks[layer][replicate], trained[layer][replicate].abs()
            assert mask.sum() == kept
            assert magnitude[mask].min() >= magnitude[~mask].max()
        survivors = (trained if rewind_to is None else initial)[layer] * masks[layer]
        assert torch.equal(made.weights(frame, state)[layer], survivors)


@pytest.mark.parametrize("density", [0.05, 0.4, 0.9])
def test_one_threshold_for_all_layers(density):
    made, frame, state, trained = pruned_by_hand({"schedule": "one_shot", "scope": "network"}, density)
    masks = made.masks(frame, state)
    for replicate in range(3):
        magnitudes, mask = (np.concatenate([of[layer][replicate].flatten() for layer in masks]) for of in (trained, masks))
        assert mask.sum() == np.ceil(density * EDGES)
        assert np.abs(magnitudes)[mask].min() >= np.abs(magnitudes)[~mask].max()


def test_lamp_of_a_layer_by_hand():
    scores = lamp({"one": torch.tensor([[[3.0, -4.0], [0.0, 0.0]]]), "other": torch.tensor([[[0.1]]])})
    assert scores["one"].tolist() == [[[pytest.approx(9 / 25), 1.0], [0.0, 0.0]]]
    assert scores["other"].item() == 1  # the largest of a layer always stays, however small


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=30, unique_by=abs))
def test_lamp_as_it_is_defined(weights):
    tensor = torch.tensor(weights).view(1, -1)
    squares = tensor[0].double() ** 2
    expected = [(s / squares[squares >= s].sum()).item() if s else 0.0 for s in squares]
    assert lamp({"layer": tensor})["layer"][0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("settings", [{}, {"scope": "network"}, {"scope": "network", "criterion": "lamp"}])
def test_a_gradual_schedule_is_the_published_cubic_and_brings_no_edge_back(digits, settings):
    history = []
    _made, frame, _state = trained_on(
        digits, settings, 0.05, lambda masks: history.append({k: m.clone() for k, m in masks.items()}), 5
    )
    edges = sum(layer.edges for layer in frame.layers)
    shares = [sum(mask[0].sum().item() for mask in masks.values()) / edges for masks in history]
    assert shares[:6] == [1.0] * 6  # before the training, and the round that trains dense
    done = [min(1, epoch / 5 / PRUNING) for epoch in range(1, 6)]
    assert shares[6:] == pytest.approx([0.05 + 0.95 * (1 - x) ** 3 for x in done], abs=2 / edges + 0.02 * (1 - min(done)))
    assert shares[-1] == np.ceil(0.05 * edges) / edges
    for before, after in pairwise(history):
        assert not any((after[layer] & ~before[layer]).any() for layer in after)
    assert all(len(mask[0]) and mask.flatten(1).any(1).all() for mask in history[-1].values())


def test_all_prunings_are_due_in_time_and_each_once():
    due = [prunings(step, 4000) for step in range(4001)]
    assert (due[0], due[-1], due[2400]) == (0, PRUNINGS, PRUNINGS)
    assert set(np.diff(due)) == {0, 1}
    assert prunings(3, 5) == PRUNINGS  # also where there are fewer steps than prunings


@pytest.mark.parametrize("scope", ["layer", "network"])
def test_rounds_take_about_a_fifth_each(digits, scope):
    left = []
    made, frame, _ = trained_on(
        digits, {"schedule": "iterative", "scope": scope}, 0.3,
        lambda masks: left.append(sum(mask[0].sum().item() for mask in masks.values())), 1,
    )  # fmt: skip
    edges = sum(layer.edges for layer in frame.layers)
    assert len(left) == made.rounds(frame) + 1 and left[-1] == np.ceil(0.3 * edges)
    kept = [after / before for before, after in pairwise(left[1:])]
    assert all(0.8 <= share < 0.87 for share in kept)


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"rewind_to": 0.1}, "gradual goes on from those it has; leave rewind_to out"),
    ({"schedule": "one_shot", "criterion": "lamp"}, "lamp compares layers.*; write scope: network"),
    ({"schedule": "one_shot", "rewind_to": 1.0}, "rewind_to"), ({"schedule": "one_shot", "rewind_to": -0.1}, "rewind_to"),
])  # fmt: skip
def test_settings_without_an_effect_are_refused(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        family("pruned", settings, "families.pruned")
