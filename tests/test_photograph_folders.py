"""A folder of photographs as a data set: listed and split, refused when it is not laid out, and run through the workflow."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.artefacts import read_json
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.datasets import SPLITS, Streamed, load
from disentangle.datasets.listing import Listing
from disentangle.datasets.photographs import SHAPE
from disentangle.datasets.preparation import finish, prepare, read
from disentangle.errors import InputError
from tests import running
from tests.fake_photographs import names, photograph, write_folder
from tests.project import Project

pytestmark = pytest.mark.usefixtures("no_data_at_hand")


def test_splits_are_the_two_parts_with_a_balanced_hold_out(prepared, photographs):
    found = {split: names(getattr(prepared, split)) for split in SPLITS}
    everything = sorted(str(path.relative_to(photographs)) for path in photographs.glob("*/*/*"))
    assert sorted(name for split in SPLITS for name in found[split]) == everything
    assert all(name.startswith("val/") for name in found["test"])
    assert not any(name.startswith("val/") for name in found["train"] + found["validation"])
    for split, count in (("train", 7), ("validation", 1), ("test", 2)):
        labels = getattr(prepared, split).labels
        assert torch.bincount(labels).tolist() == [count] * 3
        assert [prepared.classes[label] for label in labels] == [name.split("/")[1] for name in found[split]]


@given(st.integers(2, 300), st.integers(0, 40), st.integers(2, 5))
def test_ten_a_class_are_held_out_or_a_tenth_of_the_smallest(smallest, more, classes):
    labels = np.concatenate([np.repeat(np.arange(classes), [smallest] + [smallest + more] * (classes - 1)), np.arange(classes)])
    paths = np.array([b"%d" % i for i in range(len(labels))])
    listing = Listing(Path("/none"), paths, labels, labels, tuple(map(str, range(classes))), classes, {})
    made = finish("imagenet", listing)
    held_out = torch.bincount(made.validation.labels).tolist()
    assert held_out == [held_out[0]] * classes and held_out[0] == min(10, max(1, smallest // 10))
    assert len(set(names(made.train) + names(made.validation) + names(made.test))) == len(labels)


def test_preparing_lists_the_folder_and_copies_nothing(photographs, tmp_path):
    results = tmp_path / "results"
    running.prepare("imagenet", results, photographs)
    stored, described = results / "datasets/imagenet.safetensors", read_json(results / "datasets/imagenet.json")
    assert stored.stat().st_size < 20_000
    assert described["shape"] == list(SHAPE) and described["images"] == {"train": 21, "validation": 3, "test": 6}
    files = read_json(results / "datasets/imagenet.meta.json")["files"]
    assert files["images"] == 30 and files["bytes"] == sum(path.stat().st_size for path in photographs.glob("*/*/*"))
    back, fresh = load(stored, photographs), prepare("imagenet", photographs)
    for split in SPLITS:
        (images,), (expected,) = (list(getattr(d, split).pick([slice(None)])) for d in (back, fresh))
        assert torch.equal(images, expected)
        assert torch.equal(getattr(back, split).labels, getattr(fresh, split).labels)


def test_a_folder_that_moves_leaves_the_index_as_it_is_and_is_found_again(tmp_path, monkeypatch):
    places = [write_folder(tmp_path / name / "imagenet", classes=2, train=2, val=1) for name in ("first", "second")]
    for place in places:
        running.prepare("imagenet", place.parent, place.parent)
    first, second = (place.parent / "datasets/imagenet.safetensors" for place in places)
    assert first.read_bytes() == second.read_bytes()
    monkeypatch.setenv("DISENTANGLE_DATA", str(places[1].parent))
    assert load(first).train.root == places[1] and load(first, places[0]).train.root == places[0]
    places[1].rename(tmp_path / "gone")
    with pytest.raises(InputError, match=r"^imagenet is neither in .* and is never downloaded; set data_dir .* images\.$"):
        load(first)


def test_one_thread_computes_and_the_others_read(photographs, tmp_path, monkeypatch):
    workers = []
    monkeypatch.setattr(Streamed, "pick", lambda split, *batches, pick=Streamed.pick: (
        workers.append(split.workers), pick(replace(split, workers=0), *batches))[1])  # fmt: skip
    networks = {"mlp": {"widths": [4]}}
    training = {"epochs": 1, "batch_size": 8}
    entries = {"datasets": {"imagenet": {"network": "mlp"}}, "networks": networks, "families": {"dense": {}}}
    (cell,) = list_cells(load_experiment({"name": "small", "replicates": 1, "training": training} | entries))
    running.prepare("imagenet", tmp_path, photographs)
    running.train(cell, tmp_path, threads=3, data_dir=photographs)
    assert set(workers) == {2}
    assert read_json(tmp_path / "cells/imagenet/mlp/dense/1.0/meta.json")["device"]["threads"] == 1


def test_the_checksum_notices_another_size_and_another_name(tmp_path):
    root = write_folder(tmp_path / "imagenet", classes=1, train=2, val=1)
    sums = [read("imagenet", tmp_path).files]
    with (root / "train/n0000/0.JPEG").open("ab") as file:
        file.write(b"\0")
    sums.append(read("imagenet", tmp_path).files)
    (root / "val/n0000/1000.JPEG").rename(root / "val/n0000/9000.JPEG")
    sums.append(read("imagenet", tmp_path).files)
    assert len({files["sha256"] for files in sums}) == 3
    assert [files["bytes"] - sums[0]["bytes"] for files in sums] == [0, 1, 1]


def spoil(root, what):
    if what == "absent":
        for path in sorted(root.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    elif what == "no val":
        (root / "val").rename(root / "test")
    elif what == "flat val":
        for path in (root / "val").glob("*/*"):
            path.rename(root / "val" / path.name)
        for path in (root / "val").glob("n*"):
            path.rmdir()
    elif what == "extra":
        (root / "val/cats").mkdir()
        photograph(0, 0).save(root / "val/cats/1.png")
    elif what == "empty":
        for path in (root / "val/n0001").iterdir():
            path.unlink()
    elif what == "single":
        (root / "train/n0001/0.JPEG").unlink()
    elif what == "dangling":
        (root / "train/n0001/0.JPEG").unlink()
        (root / "train/n0001/0.JPEG").symlink_to("nowhere")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("absent", r"imagenet is neither in .*root/imagenet nor .*root nor .*data/imagenet and is never downloaded; set "
                   r"data_dir \(or the environment variable DISENTANGLE_DATA\) to a folder that has imagenet/train/<class>/"),
        ("no val", r"root holds only part of imagenet: the folder val is missing; add it"),
        ("flat val", r"root/val has no class folders; lay the images out as train/<class>/<image>"),
        ("extra", r"the class cats is a folder of .*val and not of .*train; give both the same classes"),
        ("empty", r"the class folder .*val/n0001 holds no images; add some, or remove the class from train and val"),
        ("single", r"the class folder .*train/n0001 holds only one image; add another"),
        ("dangling", r"cannot read .*train/n0001/0.JPEG: No such file or directory; replace the file"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_laid_out_is_refused_in_one_sentence(tmp_path, what, told):
    root = write_folder(tmp_path / "root", classes=2, train=2, val=1)
    spoil(root, what)
    with pytest.raises(InputError, match=told) as error:
        prepare("imagenet", root)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_without_a_folder_the_two_ways_to_name_one_are_told():
    with pytest.raises(
        InputError, match=r"imagenet is not in .*data/imagenet and is never downloaded; set data_dir \(or the env"
    ):
        prepare("imagenet")


@pytest.mark.slow
def test_the_preset_runs_on_a_small_folder_up_to_its_tables_and_figures(tmp_path):
    write_folder(tmp_path / "photographs/imagenet")
    smaller = {
        "device": "cpu",
        "data_dir": str(tmp_path / "photographs"),
        "threads": 2,
        "networks": {"resnet50": {"width": 0.02}},
        "training": {"epochs": 1, "batch_size": 8},
        "profiles": {"draws": 0},
    }
    settings = [f"{key}={json.dumps(value) if isinstance(value, dict) else value}" for key, value in smaller.items()]
    project = Project.new(tmp_path)
    project.snakemake("--cores", "2", "--configfile", "workflow/presets/imagenet.yaml", "--config", *settings)
    table = pd.read_csv(tmp_path / "results/imagenet/tables/accuracy.csv", dtype={"density": str})
    assert table[["family", "density"]].values.tolist() == [["dense", "1.0"], ["edge_popup", "0.3"]]
    assert (table["replicates"] == 1).all() and table["mean"].between(0, 1).all() and table["low"].isna().all()
    drawn = {file.stem for file in (tmp_path / "figures/imagenet").glob("*.pdf")}
    assert {"accuracy_by_family", "learning_curves", "spectra", "wiring", "weight_values", "drift"} <= drawn
