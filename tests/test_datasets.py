"""Data sets: the splits are honest, the files whole."""

import hashlib
from dataclasses import replace
from importlib import import_module
from typing import get_type_hints

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_digits

from disentangle.artefacts import _sort_header, load_arrays, save_arrays
from disentangle.datasets import DATASETS, SPLITS, load
from disentangle.datasets.listing import Listing
from disentangle.datasets.preparation import finish, prepare, read, split_rows
from disentangle.datasets.registry import STREAMED
from disentangle.errors import InputError
from disentangle.pipeline.record import vouched_checksum
from disentangle.stages.prepare import Prepare
from tests import running

EMBEDDED = ["digits", "breast_cancer"]


@pytest.mark.parametrize("name", EMBEDDED)
def test_splits_are_stratified_and_standardised_by_the_training_split(name):
    data = prepare(name)
    splits = {split: getattr(data, split) for split in SPLITS}
    sizes = {split: len(part.labels) for split, part in splits.items()}
    total = sum(sizes.values())
    assert [round(sizes[split] / total, 2) for split in SPLITS] == [0.7, 0.1, 0.2]
    shares = {split: torch.bincount(part.labels) / sizes[split] for split, part in splits.items()}
    for split in SPLITS:
        assert torch.allclose(shares[split], shares["train"], atol=1 / sizes[split])
    axes = (0, *range(2, data.train.inputs.dim()))
    assert torch.allclose(data.train.inputs.mean(axes), torch.tensor(0.0), atol=1e-4)
    assert torch.allclose(data.train.inputs.std(axes, correction=0), torch.tensor(1.0), atol=1e-4)
    assert abs(data.test.inputs.mean()) > 1e-6  # not standardised by itself


def test_the_mean_training_image_is_taken_off_place_by_place():
    raw = replace(read("digits"), scale=16.0, mean_image=True)
    data, grey = finish("digits", raw), raw.inputs / 16
    train, _, test = split_rows(raw.labels)
    assert np.allclose(data.train.inputs.mean(0), 0, atol=1e-6)
    assert np.allclose(data.test.inputs, grey[test] - grey[train].mean(axis=0), atol=1e-6)
    assert not np.allclose(data.test.inputs.mean(0), 0, atol=1e-3)


def test_rows_are_disjoint_complete_and_the_same_in_every_run():
    labels = load_breast_cancer().target
    rows = split_rows(labels)
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(labels)))
    assert all(np.array_equal(a, b) for a, b in zip(rows, split_rows(labels), strict=True))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (load_digits().target, "10d15d081589546210bc86a87f9d860a"),
        (load_breast_cancer().target, "bd5aaa8d5fdb3f1a3e2b1e2437d6f534"),
    ],
)
def test_embedded_sets_keep_the_rows_that_published_results_were_made_with(labels, expected):
    rows = np.concatenate(split_rows(labels)).astype("<i8")
    assert hashlib.md5(rows.tobytes()).hexdigest() == expected


def test_inputs_and_labels_stay_together():
    raw = load_breast_cancer()
    train = split_rows(raw.target)[0]
    data = prepare("breast_cancer")
    assert data.train.labels.tolist() == raw.target[train].tolist()
    radius = raw.data[:, 0]
    expected = (radius[train] - radius[train].mean()) / radius[train].std()
    assert np.allclose(data.train.inputs[:, 0], expected, atol=1e-5)


def test_a_stored_set_comes_back_and_an_altered_or_truncated_one_does_not(tmp_path):
    running.prepare("digits", tmp_path)
    path = running.product(tmp_path, Prepare, "data", dataset="digits")
    data = load(path)
    assert (data.name, data.shape, len(data.classes)) == ("digits", (1, 8, 8), 10)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(InputError, match=r"digits\.safetensors is not the file that digits\.meta\.json vouches for; delete it"):
        vouched_checksum(Prepare.file("data", dataset="digits"), running.places(tmp_path))
    path.write_bytes(whole[:-100])
    with pytest.raises(InputError, match=r"cannot read .*digits\.safetensors: .*; delete it and run the workflow again\."):
        load(path)
    with pytest.raises(InputError, match=r"cannot read .*none"):
        load(tmp_path / "none.safetensors")


def test_the_same_content_is_stored_as_the_same_bytes(tmp_path):
    arrays, header = {"b": np.arange(5), "a": np.ones((2, 3))}, {"about": 'schöne\n"Bilder"', "name": "x", "classes": "[]"}
    files = [tmp_path / f"{i}.safetensors" for i in range(12)]
    for file in files:
        save_arrays(file, arrays, header)
    assert len({file.read_bytes() for file in files}) == 1
    back, described = load_arrays(files[0])
    assert described == header and all(np.array_equal(back[name], array) for name, array in arrays.items())


def test_a_sorted_header_never_overwrites_the_arrays(tmp_path):
    header, arrays = b'{"__metadata__":{"a":1e9}}', b"arrays"  # a number that is written longer than it was read
    file = tmp_path / "file.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + arrays)
    with pytest.raises(RuntimeError, match=r"the sorted header of .* has 35 bytes and its place 26"):
        _sort_header(file)
    assert file.read_bytes().endswith(header + arrays)


def test_the_streamed_sets_of_the_plan_are_those_whose_readers_only_list():
    readers = {name: line.split(":") for name, line in DATASETS.items()}
    read = {name: get_type_hints(getattr(import_module(module), function)) for name, (module, function) in readers.items()}
    assert {name for name, hints in read.items() if hints["return"] is Listing} == STREAMED


def test_an_unknown_set_is_refused():
    with pytest.raises(InputError, match="dataset 'digit' does not exist; did you mean 'digits'"):
        prepare("digit")


def test_only_training_labels_are_shuffled_and_in_every_run_alike():
    raw = read("digits")
    plain, shuffled, again = (finish("digits", replace(raw, shuffled=where)) for where in (False, True, True))
    labels, known = shuffled.train.labels, plain.train.labels
    assert torch.equal(labels, again.train.labels) and not torch.equal(labels, known)
    assert torch.equal(labels.bincount(), known.bincount())
    for split in SPLITS:
        assert torch.equal(getattr(shuffled, split).inputs, getattr(plain, split).inputs)
        assert split == "train" or torch.equal(getattr(shuffled, split).labels, getattr(plain, split).labels)
