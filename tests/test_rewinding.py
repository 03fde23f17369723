"""Rewinding: pruned networks return to exactly the weights of the step that was asked for."""

from math import ceil

import pytest
import torch

from disentangle.config import Training
from disentangle.families import Frame, family
from disentangle.families.pruned import Pruned
from disentangle.networks import Network, layout
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer


@pytest.mark.parametrize("schedule", ["one_shot", "iterative"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.3, 0.5, 0.55, 0.99])
def test_survivors_return_to_the_weights_of_the_step(digits, monkeypatch, schedule, share):
    trained, starts = [], []
    after_step, after_round = Pruned.after_step, Pruned.after_round

    def noted_step(self, frame, state, moment):
        after_step(self, frame, state, moment)
        if moment.round == 0:
            trained.append({layer: weight.detach().clone() for layer, weight in state.role("weight").items()})

    def noted_round(self, frame, state, finished):
        after_round(self, frame, state, finished)
        starts.append({layer: weight.detach().clone() for layer, weight in state.role("weight").items()})

    monkeypatch.setattr(Pruned, "after_step", noted_step)
    monkeypatch.setattr(Pruned, "after_round", noted_round)
    made = family("pruned", {"schedule": schedule, "rewind_to": share}, "test")
    network = Network("mlp", layout("mlp", {"widths": [8]}, "test"), digits.shape, 10)
    frame = Frame(network.layers, 0.5)
    cohort = start_cohort(made, frame, [0, 1], torch.device("cpu"))
    first = {layer: weight.detach().clone() for layer, weight in cohort.state.role("weight").items()}
    Trainer(network, made, frame, Training(epochs=3, batch_size=120), digits).fit(cohort, [0, 1], lambda _: None)
    steps = len(digits.train) // 120 * 3
    assert len(trained) == steps == 30 and len(starts) == made.rounds(frame) - 1
    expected = [first, *trained][ceil(round(share * steps, 6))]
    for start in starts:
        assert all(torch.equal(weight, expected[layer]) for layer, weight in start.items())
    assert all(torch.equal(weight, first[layer]) for layer, weight in cohort.state.role("initial").items())
