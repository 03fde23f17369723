"""Augmentation: the crops and flips of the definition, the same for a replicate alone, in a cohort and after a resume."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from disentangle.cells import list_cells
from disentangle.config import Training, load_experiment
from disentangle.datasets.augmentation import black_of, crop_flip, draw
from disentangle.datasets.preparation import prepare
from disentangle.errors import InputError
from disentangle.evaluation.metrics import evaluate
from disentangle.families import Frame, family
from disentangle.masks.extraction import extract
from disentangle.networks import Network, layout
from disentangle.networks.scoring import score
from disentangle.tables.stacking import stack
from disentangle.training.checkpoint import resume, save_checkpoint
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer

CPU = torch.device("cpu")


def trainer(data, augment="crop_flip", epochs=3):
    made = family("edge_popup", {}, "test")
    network = Network("mlp", layout("mlp", {"widths": [16]}, "test"), data.shape, len(data.classes), made.on_off)
    frame = Frame(network.layers, 0.5)
    return Trainer(network, made, frame, Training(epochs=epochs, batch_size=64), data, augment)


def fit(trained, seeds, after_epoch=lambda cohort: None):
    cohort = start_cohort(trained.family, trained.frame, seeds, CPU)
    trained.fit(cohort, seeds, after_epoch)
    return cohort


def test_every_image_is_cut_and_flipped_as_drawn():
    inputs = torch.randn(2, 5, 3, 6, 8, generator=torch.Generator().manual_seed(0))
    draws, black = draw([0, 1], 0, 5), torch.tensor([-5.0, -6.0, -7.0])
    found = crop_flip(inputs, draws, black)
    for r in range(2):
        for i in range(5):
            top, left, flip = draws[r, i].tolist()
            padded = torch.stack([functional.pad(inputs[r, i, c], (4, 4, 4, 4), value=black[c].item()) for c in range(3)])
            expected = padded[:, top : top + 6, left : left + 8]
            assert torch.equal(found[r, i], expected.flip(-1) if flip else expected)


def test_draws_cover_their_range_and_belong_to_a_seed_and_an_epoch():
    draws = draw([3, 4], 7, 5000)
    for column, values in enumerate((9, 9, 2)):
        assert torch.bincount(draws[0, :, column]).shape == (values,)
        assert torch.bincount(draws[0, :, column]).min() > 0.85 * 5000 / values
    assert torch.equal(draws[1:], draw([4], 7, 5000))
    assert not torch.equal(draws[0], draws[1])
    assert not torch.equal(draws, draw([3, 4], 8, 5000))


def test_black_is_the_darkest_value_of_a_channel(digits):
    assert black_of(digits.train.inputs).tolist() == [digits.train.inputs.min().item()]
    with pytest.raises(InputError, match=r"the inputs of this data set are not images; write augment: none\."):
        trainer(prepare("breast_cancer"))


def test_an_augmented_training_resumes_to_the_same_bits(digits, tmp_path):
    t, path = trainer(digits), tmp_path / "checkpoint.safetensors"
    whole = fit(t, [0, 1], lambda cohort: save_checkpoint(path, cohort, "cell") if cohort.epochs == 2 else None)
    resumed = start_cohort(t.family, t.frame, [0, 1], CPU)
    assert resume(path, resumed, t.family, "cell")
    assert resumed.epochs == 2
    t.fit(resumed, [0, 1], lambda cohort: None)
    assert all(torch.equal(tensor, resumed.state.trained[key]) for key, tensor in whole.state.trained.items())
    plain = fit(trainer(digits, augment="none"), [0, 1])
    assert not torch.equal(plain.history[-1]["train_loss"], whole.history[-1]["train_loss"])


def test_augmentation_is_a_setting_of_the_cell(small_config):
    (plain, *_) = list_cells(load_experiment(small_config))
    small_config["datasets"]["digits"]["augment"] = "crop_flip"
    (augmented, *_) = list_cells(load_experiment(small_config))
    assert (plain.augment, augmented.augment) == ("none", "crop_flip")
    assert plain.model_copy(update={"augment": "crop_flip"}) == augmented
    small_config["datasets"]["digits"]["augment"] = "flip"
    with pytest.raises(InputError, match=r"config\.datasets\.digits\.augment is 'flip'"):
        load_experiment(small_config)


def test_accuracy_without_inexact_test_images_stands_beside_the_other(digits):
    t = trainer(digits, augment="none", epochs=1)
    cohort = fit(t, [0, 1])
    exact = torch.arange(len(digits.test.labels)) % 3 != 0
    marked = replace(digits, test=replace(digits.test, exact=exact))
    wiring = extract(t.network, t.family, t.frame, cohort.state, digits)
    rows, plain = evaluate(wiring, marked, [0, 1]), evaluate(wiring, digits, [0, 1])
    weights = {name: torch.from_numpy(array).double() for name, array in wiring.weights.items()}
    statistics = {name: torch.from_numpy(array) for name, array in wiring.statistics.items()}
    alone = score(t.network, weights, statistics, digits.test.take(exact)).accuracy
    assert np.allclose([row["test_accuracy_exact"] for row in rows], alone, rtol=1e-12)
    assert [row["test_accuracy"] for row in rows] == [row["test_accuracy"] for row in plain]
    assert "test_accuracy_exact" not in plain[0]
    stacked = stack({("a", "m", "f", "0.5"): pd.DataFrame(plain), ("b", "m", "f", "0.5"): pd.DataFrame(rows)})
    assert stacked["test_accuracy_exact"].isna().tolist() == [True, True, False, False]
