"""Streamed images: a folder trains as the same images in memory do, whatever number of processes reads it."""

import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from disentangle.config import Training
from disentangle.datasets import SPLITS, Dataset, InMemory
from disentangle.datasets.photographs import SHAPE, cropped, draw, place
from disentangle.datasets.preparation import prepare
from disentangle.errors import InputError
from disentangle.evaluation.metrics import evaluate
from disentangle.families import Frame, family
from disentangle.masks.extraction import extract
from disentangle.networks import Network, layout
from disentangle.training.checkpoint import resume, save_checkpoint
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer
from tests.fake_photographs import names, write_folder

# Newer Pythons warn when a process with threads starts the workers.
pytestmark = [pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"), pytest.mark.usefixtures("no_data_at_hand")]
CPU = torch.device("cpu")


def middle(image):
    """A photograph as ImageNet's networks are evaluated on it, by Pillow and NumPy alone."""
    image = image.convert("RGB")
    short = min(image.size)
    width, height = (int(256 * side / short) for side in image.size)
    left, top = round((width - 224) / 2), round((height - 224) / 2)
    cut = image.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))
    values = (np.asarray(cut) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1)


def in_memory(data):
    """The same images as tensors."""

    def loaded(split):
        return InMemory(torch.stack([middle(Image.open(split.root / name)) for name in names(split)]), split.labels)

    return Dataset(data.name, data.classes, *(loaded(getattr(data, split)) for split in SPLITS))


def trainer(data, augment="none", epochs=2):
    made = family("edge_popup", {}, "test")
    network = Network("mlp", layout("mlp", {"widths": [4]}, "test"), data.shape, len(data.classes))
    return Trainer(network, made, Frame(network.layers, 0.5), Training(epochs=epochs, batch_size=8), data, augment)


def fit(t, after_epoch=lambda cohort: None):
    cohort = start_cohort(t.family, t.frame, [0, 1], CPU)
    t.fit(cohort, [0, 1], after_epoch)
    return cohort


def metrics(t, cohort):
    return evaluate(extract(t.network, t.family, t.frame, cohort.state, t.data), t.data, [0, 1])


def same(first, second):
    return all(torch.equal(tensor, second.state.trained[name]) for name, tensor in first.state.trained.items())


@pytest.mark.parametrize("workers", [0, 2])
def test_a_folder_trains_as_the_same_images_in_memory_do(prepared, workers):
    streamed, memory = trainer(prepared.to(CPU, workers)), trainer(in_memory(prepared))
    assert torch.allclose(next(prepared.to(CPU, workers).test.pick([slice(None)])), memory.data.test.inputs, atol=1e-5)
    found, expected = fit(streamed), fit(memory)
    for row, other in zip(found.history, expected.history, strict=True):
        assert all(torch.allclose(values, other[name], atol=1e-3) for name, values in row.items())
    for row, other in zip(metrics(streamed, found), metrics(memory, expected), strict=True):
        assert row == pytest.approx(other, abs=1e-3)


def test_neither_the_workers_nor_a_resume_change_an_augmented_training(prepared, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    alone, shared = (trainer(prepared.to(CPU, workers), "resized_crop_flip") for workers in (0, 2))
    state = torch.get_rng_state()
    whole = fit(alone, lambda cohort: save_checkpoint(path, cohort, "cell") if cohort.epochs == 1 else None)
    assert torch.equal(torch.get_rng_state(), state)
    assert same(whole, fit(shared))
    resumed = start_cohort(shared.family, shared.frame, [0, 1], CPU)
    assert resume(path, resumed, shared.family, "cell") and resumed.epochs == 1
    shared.fit(resumed, [0, 1], lambda cohort: None)
    assert same(whole, resumed) and whole.rows() == resumed.rows()
    assert not same(whole, fit(trainer(prepared)))


def test_rows_of_streamed_images_stay_on_the_host_and_their_labels_do_not(prepared, monkeypatch):
    """Device meta stands for a GPU; from there no row could come back."""
    t, steps = trainer(prepared.to(torch.device("meta"))), []
    nothing = torch.zeros(2)
    monkeypatch.setattr(t, "_step", lambda cohort, *batch: (steps.append(batch), (nothing, nothing))[1])
    t.observer = SimpleNamespace(masks=lambda cohort: [], row=lambda *arguments: {})
    t._epoch(SimpleNamespace(device=CPU), [0, 1], 0, 0)
    assert len(steps) == 2
    for inputs, labels, *_ in steps:
        assert inputs.is_meta and inputs.shape == (2, 8, *SHAPE) and labels.is_meta and labels.shape == (2, 8)


def test_draws_belong_to_a_seed_and_an_epoch():
    draws = draw([3, 4], 7, 1000)
    assert draws.shape == (2, 1000) and len(draws.unique()) == 2000
    assert torch.equal(draws[1:], draw([4], 7, 1000))
    assert not torch.equal(draws, draw([3, 4], 8, 1000))


@given(st.integers(1, 900), st.integers(1, 900), st.integers(0, 2**63 - 2))
def test_a_random_part_lies_inside_with_the_area_and_aspect_asked_for(height, width, seed):
    torch.manual_seed(seed)
    top, left, h, w = place(torch.empty(3, height, width))
    assert 0 <= top <= top + h <= height and 0 <= left <= left + w <= width and h > 0 and w > 0
    if min(height, width) > 100 and 3 / 4 <= width / height <= 4 / 3:  # else rounding tells, or no such part exists
        assert 0.07 <= h * w / (height * width) <= 1 and 0.73 <= w / h <= 1.37


def test_a_crop_is_a_part_of_the_photograph_flipped_in_half_of_the_cases():
    """Where red rises to the right and green downwards, a crop shows where it was cut and whether it was flipped."""
    y, x = np.mgrid[0:300, 0:400]
    ramp = Image.fromarray(np.stack([x * 255 / 399, y * 255 / 299, 0 * x], -1).round().astype(np.uint8))
    crops = [cropped(ramp, seed).float() for seed in range(200)]
    assert all(crop.shape == SHAPE for crop in crops)
    rising = [bool(crop[0, :, -1].mean() > crop[0, :, 0].mean()) for crop in crops]
    assert 70 < sum(rising) < 130
    assert all((crop[1, -1].mean() > crop[1, 0].mean()) for crop in crops)
    areas = [np.ptp(crop[0].numpy()) * np.ptp(crop[1].numpy()) / 255**2 for crop in crops]
    assert 0.06 < min(areas) < 0.2 and 0.8 < max(areas) <= 1
    assert torch.equal(cropped(ramp, 7).float(), crops[7])


def test_evaluation_picks_the_middle_whatever_the_shape_of_the_rows(prepared):
    (flat,) = prepared.train.pick([torch.tensor([4, 1, 4, 0])])
    (square,) = prepared.train.pick([torch.tensor([[4, 1], [4, 0]])])
    assert flat.shape == (4, *SHAPE) and torch.equal(square.flatten(0, 1), flat) and torch.equal(flat[0], flat[2])
    taken = prepared.train.take(torch.tensor([4, 1]))
    assert torch.equal(next(taken.pick([slice(None)])), flat[:2])
    assert len(prepared.train.thinned(8)) == 7 and len(prepared.train.to_score) == 21


def test_a_large_split_is_scored_on_a_sample(prepared):
    many = prepared.train.take(torch.arange(21).repeat(5000))
    assert len(many.to_score) == 35_000 and len(many) == 105_000


@pytest.mark.parametrize("workers", [0, 2])
def test_a_file_that_cannot_be_read_is_named_in_one_sentence(tmp_path, workers):
    root = write_folder(tmp_path / "root", classes=2, train=3, val=1)
    victim = root / "train/n0001/1.JPEG"
    whole = victim.read_bytes()

    def refused(data):
        with pytest.raises(InputError) as error:
            list(data.to(CPU, workers).train.pick([torch.tensor([0]), slice(None)]))
        text = str(error.value)
        assert text.startswith(str(victim)) and text.endswith(".") and "\n" not in text
        return text

    def everything(data):
        return replace(data, train=replace(data.train, **{
            part: torch.cat([getattr(getattr(data, s), part) for s in ("train", "validation")])
            for part in ("paths", "sizes", "labels")}))  # fmt: skip

    data = everything(prepare("imagenet", root))
    victim.write_bytes(whole[:-100])
    assert "is not the file that the data set was prepared from" in refused(data)
    assert "is no whole image (" in refused(everything(prepare("imagenet", root)))
    victim.write_bytes(b"not an image")
    assert "is no whole image (cannot identify image file" in refused(everything(prepare("imagenet", root)))
    victim.unlink()
    assert "does not exist any more; put it back" in refused(data)


def test_a_photograph_larger_than_pillow_reads_is_named_in_one_sentence(prepared, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(InputError, match=r"^/.* is no whole image \(Image size .* exceeds limit .*\); replace it.*\.$"):
        next(prepared.train.pick([slice(None)]))


def test_each_kind_of_split_refuses_the_augmentation_of_the_other(prepared, digits):
    with pytest.raises(InputError, match=r"those of this data set are streamed from their folder; write augment: resized_crop"):
        trainer(prepared, "crop_flip")
    with pytest.raises(InputError, match=r"those of this data set are in memory; write augment: crop_flip or none\."):
        trainer(digits, "resized_crop_flip")


def test_a_reading_process_that_dies_is_told_with_the_remedy(prepared, monkeypatch):
    monkeypatch.setattr(type(prepared.train), "read", lambda *_: os._exit(1))
    with pytest.raises(InputError, match=r"a process that reads images died \(.*\); give the job more memory.*threads\.$"):
        list(prepared.to(CPU, 2).train.pick([slice(None), slice(None)]))


def test_what_fails_in_a_reading_process_that_lives_is_told_as_it_is(prepared, monkeypatch):
    def fail(*_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(type(prepared.train), "read", fail)
    with pytest.raises(RuntimeError, match="out of order"):
        list(prepared.to(CPU, 2).train.pick([slice(None)]))
