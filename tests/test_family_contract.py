"""A family that breaks its contract is told so in one sentence, before its training where that can be seen."""

import pytest
import torch

from disentangle.config import Training
from disentangle.errors import InputError
from disentangle.families import Frame, abilities
from disentangle.families.abilities import Logs, Penalises
from disentangle.families.contract import check_class
from disentangle.families.dense import Dense
from disentangle.families.random import Random
from disentangle.families.registry import family
from disentangle.masks.extraction import extract
from disentangle.networks import Network, layout
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer


class LacksALayer(Dense):
    def weights(self, frame, state):
        return dict(list(super().weights(frame, state).items())[:-1])


class Transposes(Dense):
    def weights(self, frame, state):
        return {layer: weight.transpose(1, 2) for layer, weight in super().weights(frame, state).items()}


class SoftMask(Dense):
    def masks(self, frame, state):
        return {layer: mask.float() for layer, mask in super().masks(frame, state).items()}


class OutsideItsMask(Dense):
    def masks(self, frame, state):
        return {layer: torch.zeros_like(mask) for layer, mask in super().masks(frame, state).items()}


class NotANumber(Dense):
    def weights(self, frame, state):
        return {layer: weight * float("nan") for layer, weight in super().weights(frame, state).items()}


class Detached(Dense):
    def weights(self, frame, state):
        return {layer: weight.detach() for layer, weight in super().weights(frame, state).items()}


class NothingToTrain(Random):
    def rounds(self, frame):
        return 1


class OtherDensity(Dense):
    def masks(self, frame, state):
        return {layer: mask & (torch.arange(mask.shape[-1]) % 2 == 0) for layer, mask in super().masks(frame, state).items()}

    def weights(self, frame, state):
        masks = self.masks(frame, state)
        return {layer: weight * masks[layer] for layer, weight in super().weights(frame, state).items()}


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (LacksALayer, r"LacksALayer\.weights returns the layers hidden1; it must return hidden1, output, in this order\."),
        (Transposes, r"Transposes\.weights gives layer hidden1 as \(2, 64, 8\) of torch\.float32; it must be \(2, 8, 64\)"),
        (SoftMask, r"SoftMask\.masks gives layer hidden1 as .* of torch\.float32; it must be .* of torch\.bool"),
        (OutsideItsMask, r"OutsideItsMask\.weights has weights outside OutsideItsMask\.masks in layer hidden1"),
        (NotANumber, r"a weight of layer hidden1 of family NotANumber is not finite"),
        (Detached, r"Detached\.weights does not depend on the trained tensors"),
        (NothingToTrain, r"NothingToTrain\.start leaves nothing to train"),
        (OtherDensity, r"OtherDensity keeps \[\d+, \d+\] edges where its density 1 asks for 592; mend its masks"),
    ],
)
def test_a_broken_contract_is_told_in_one_sentence(digits, kind, sentence):
    network = Network("mlp", layout("mlp", {"widths": [8]}, "test"), digits.shape, 10)
    made, seeds = kind(), [0, 1]
    trainer = Trainer(network, made, Frame(network.layers), Training(epochs=1), digits)
    cohort = start_cohort(made, trainer.frame, seeds, torch.device("cpu"))
    with pytest.raises(InputError, match=sentence):
        trainer.fit(cohort, seeds, lambda cohort: None)
        extract(network, made, trainer.frame, cohort.state, digits)


def test_a_misspelt_density_rule_is_told(monkeypatch):
    monkeypatch.setattr(Dense, "density", "ful")
    with pytest.raises(InputError, match=r"the density rule of class Dense 'ful' does not exist; did you mean 'full'\?"):
        family("dense", {}, "families.dense")


def test_a_misspelt_trait_is_told(monkeypatch):
    monkeypatch.setattr(Dense, "traits", frozenset({"base_line"}))
    with pytest.raises(InputError, match=r"the trait of class Dense 'base_line' does not exist; did you mean 'baseline'\?"):
        family("dense", {}, "families.dense")


class ForgetsToList(Dense):
    def penalty(self, frame, state, moment):
        return 1.0


class ForgetsToWrite(Dense, Penalises, Logs):
    pass


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (ForgetsToList, r"x: ForgetsToList\.penalty would never be called; list Penalises, from .*, among the bases of Forg"),
        (ForgetsToWrite, r"x: class ForgetsToWrite lacks log, penalty; write what its bases ask for\."),
    ],
)
def test_abilities_are_listed_and_written(kind, sentence):
    with pytest.raises(InputError, match=sentence):
        check_class(kind, "x")


def test_every_ability_can_be_forgotten_and_is_then_told():
    listed = {cls for cls in vars(abilities).values() if isinstance(cls, type) and cls.__module__ == abilities.__name__}
    assert listed == {*abilities.ABILITIES, abilities.Drifts}
