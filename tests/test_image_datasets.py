"""Image sets: found where the user says, refused when not the published ones, downloaded whole or not at all."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from disentangle.artefacts import read_json
from disentangle.datasets import cifar10 as cifar
from disentangle.datasets import downloads, idx, load, preparation, save
from disentangle.datasets.preparation import finish, hold_out, moments, prepare, read, standardise
from disentangle.datasets.torchvision_import import torchvision_datasets
from disentangle.errors import InputError
from tests import fake_images as fake
from tests import running
from tests.conftest import ROOT

SETS = ("mnist", "fashion_mnist", "cifar10")


@pytest.fixture(autouse=True)
def clean_folder(tmp_path, monkeypatch):
    """Every test runs in an empty folder, without the user's data, and never waits between two rounds of mirrors."""
    monkeypatch.delenv("DISENTANGLE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(downloads, "PAUSE", 0)
    monkeypatch.setattr(preparation, "hold_out", partial(hold_out, held_out=20))
    monkeypatch.setattr(torchvision_datasets().MNIST, "mirrors", [])
    monkeypatch.setattr(torchvision_datasets().FashionMNIST, "mirrors", [])
    monkeypatch.setattr(idx, "MIRRORS", {"mnist": [], "fashion_mnist": []})
    monkeypatch.setattr(torchvision_datasets().CIFAR10, "url", "http://127.0.0.1:9/none")
    monkeypatch.setattr(cifar, "MIRRORS", [])


@pytest.fixture
def contents(monkeypatch):
    return fake.idx_files(monkeypatch, "mnist", seed=0)


@pytest.fixture
def root(tmp_path, contents):
    return fake.write(tmp_path / "root", contents)


def below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def one_sentence(error):
    text = str(error.value)
    return text.endswith(".") and "\n" not in text


def test_a_set_is_read_from_data_dir_or_else_from_the_variable_and_nothing_is_written_there(root, contents, monkeypatch):
    before = below(root)
    raw = read("mnist", root)
    assert raw.inputs.shape == (fake.TRAIN + fake.TEST, 1, 28, 28)
    assert (raw.inputs.dtype, raw.tested, raw.files) == (np.uint8, fake.TEST, idx.FILES["mnist"])
    assert raw.inputs[0].tobytes() == contents["MNIST/raw/train-images-idx3-ubyte"][16 : 16 + 784]
    assert raw.labels.tolist() == [*range(10)] * 6 + [*range(9, -1, -1)] * 2
    assert read("mnist_shuffled", root).shuffled and not raw.shuffled
    assert read("mnist_mean_image", root).mean_image and not raw.mean_image
    monkeypatch.setenv("DISENTANGLE_DATA", str(root))
    assert np.array_equal(read("mnist").inputs, raw.inputs)
    assert below(root) == before
    assert not Path("data").exists()


@pytest.mark.parametrize(("name", "scale"), [("mnist_unit", 255), ("fashion_mnist_unit", 255), ("cifar10_raw", 1)])
def test_raw_inputs_are_only_scaled(name, scale, root, tmp_path, monkeypatch):
    if name == "cifar10_raw":
        folder = fake.write_npz(tmp_path / "root", fake.npz_arrays(monkeypatch))
    else:
        folder = fake.write(root, fake.idx_files(monkeypatch, name.removesuffix("_unit"), seed=0))
    raw, plain = read(name, folder), read(name.rsplit("_", 1)[0], folder)
    assert np.array_equal(raw.inputs, plain.inputs)
    data = finish(name, raw)
    test = raw.inputs[-raw.tested :].astype(np.float32) / scale
    assert np.array_equal(data.test.inputs.numpy(), test)


def test_preparing_records_the_files_and_not_where_they_lay(root, tmp_path):
    running.prepare("mnist", tmp_path / "results", root)
    record = read_json(tmp_path / "results/datasets/mnist.meta.json")
    assert record["files"] == idx.FILES["mnist"]
    assert str(root) not in str(record)
    data = load(tmp_path / "results/datasets/mnist.safetensors")
    assert data.describe()["images"] == {"train": 40, "validation": 20, "test": 20}
    assert data.test.exact is None


@pytest.mark.parametrize("damage", [lambda c: c[:-1] + bytes([c[-1] ^ 1]), lambda c: c[:-100], lambda c: b""])
@pytest.mark.parametrize("file", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_a_truncated_or_altered_file_is_named(root, contents, file, damage):
    path = root / "MNIST/raw" / file
    path.write_bytes(damage(contents[f"MNIST/raw/{file}"]))
    with pytest.raises(InputError, match=rf"{file} is not a file of mnist: it is truncated or altered \(MD5 ") as error:
        prepare("mnist", root)
    assert one_sentence(error)


def test_another_sets_files_are_told_apart(root, monkeypatch):
    other = fake.idx_files(monkeypatch, "fashion_mnist", seed=1)
    for file, content in other.items():
        (root / file.replace("Fashion", "")).write_bytes(content)
    with pytest.raises(InputError, match=r"train-images-idx3-ubyte is not a file of mnist: it is the file of fashion_mnist;"):
        prepare("mnist", root)


def test_a_part_of_a_set_and_a_folder_that_does_not_exist_are_told(root):
    (root / "MNIST/raw/t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match=r"root holds only part of mnist: MNIST/raw/t10k-labels-idx1-ubyte is missing"):
        prepare("mnist", root)
    with pytest.raises(InputError, match=r"the data folder .*nowhere does not exist; mend data_dir \(or DISENTANGLE_DATA\)"):
        prepare("mnist", root / "nowhere")


@pytest.mark.parametrize("name", SETS)
def test_absent_and_offline_names_the_folders_and_both_ways_out(name, root, tmp_path):
    if name == "mnist":
        for file in (root / "MNIST/raw").iterdir():
            file.unlink()
    with pytest.raises(InputError) as error:
        prepare(name, root)
    text = str(error.value)
    assert text.startswith(
        f"{name} is neither in {root} (which holds MNIST) nor in {tmp_path / 'data'} and cannot be downloaded"
    )
    assert "set data_dir (or DISENTANGLE_DATA) to a folder that has" in text
    assert "or run once with a network" in text
    assert one_sentence(error)
    with pytest.raises(InputError, match=rf"{name} is not in {tmp_path / 'data'} and cannot be downloaded"):
        prepare(name)


@pytest.mark.parametrize("kinds", [["good"], ["altered", "good"], ["cut", "good"], ["absent", "good"]])
def test_a_download_goes_on_to_the_next_mirror(contents, monkeypatch, kinds):
    packed = fake.packed_idx(monkeypatch, contents)
    with fake.mirrors(packed) as (address, asked):
        monkeypatch.setattr(torchvision_datasets().MNIST, "mirrors", [f"{address}/{kind}/" for kind in kinds])
        raw = read("mnist")
        assert asked == [f"/{kind}/{file}" for file in packed for kind in kinds]
        assert np.array_equal(read("mnist").inputs, raw.inputs)  # and is not done twice
        assert len(asked) == len(kinds) * len(packed)
    assert [path for path in below(Path("data")) if not path.endswith("ubyte")] == ["MNIST", "MNIST/raw"]


def test_a_download_that_fails_everywhere_leaves_nothing_and_tells_what_each_mirror_did(contents, monkeypatch):
    packed = fake.packed_idx(monkeypatch, contents)
    with fake.mirrors(packed) as (address, asked):
        monkeypatch.setattr(torchvision_datasets().MNIST, "mirrors", [f"{address}/{k}/" for k in ("altered", "cut", "absent")])
        with pytest.raises(InputError) as error:
            read("mnist")
    assert len(asked) == 3 * downloads.ROUNDS
    host = address.removeprefix("http://")
    assert f"(sent a truncated or altered file: {host}, {host}; Not Found: {host})" in str(error.value)
    assert below(Path("data")) == ["MNIST", "MNIST/raw"]


def test_an_interrupted_download_leaves_nothing_that_is_taken_for_whole(contents, monkeypatch):
    packed = fake.packed_idx(monkeypatch, contents)
    copy = downloads.shutil.copyfileobj
    calls = []

    def interrupted(source, target):
        calls.append(source)
        if len(calls) == 4:  # the second file, when it is unpacked
            target.write(source.read(10))
            raise KeyboardInterrupt
        copy(source, target)

    with fake.mirrors(packed) as (address, asked):
        monkeypatch.setattr(torchvision_datasets().MNIST, "mirrors", [f"{address}/good/"])
        monkeypatch.setattr(downloads.shutil, "copyfileobj", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read("mnist")
        assert below(Path("data/MNIST/raw")) == ["train-images-idx3-ubyte"]
        assert len(read("mnist").labels) == 80
        assert asked.count("/good/train-images-idx3-ubyte.gz") == 1


def test_a_damaged_file_among_our_downloads_is_named_too(contents):
    fake.write(Path("data"), contents)
    Path("data/MNIST/raw/t10k-labels-idx1-ubyte").write_bytes(b"cut")
    with pytest.raises(InputError, match=r"data/MNIST/raw/t10k-labels-idx1-ubyte is not .*; replace it, or remove the set"):
        read("mnist")


def test_the_packed_cifar10_is_read_with_its_exact_marks(tmp_path, monkeypatch):
    arrays = fake.npz_arrays(monkeypatch)
    raw = read("cifar10", fake.write_npz(tmp_path / "root", arrays))
    assert raw.inputs.shape == (80, 3, 32, 32)
    assert np.array_equal(raw.inputs[60], arrays["cifar10/test.npz"]["images"][0].transpose(2, 0, 1))
    data = finish("cifar10", raw)
    save(tmp_path / "set.safetensors", data)
    stored = load(tmp_path / "set.safetensors").to(torch.device("cpu"))
    assert stored.test.exact.tolist() == [i != 7 for i in range(20)]
    assert stored.train.exact is stored.validation.exact is None


@pytest.mark.parametrize("file", ["cifar10/train.npz", "cifar10/test.npz"])
def test_a_damaged_or_other_npz_is_named(tmp_path, monkeypatch, file):
    arrays = fake.npz_arrays(monkeypatch)
    root = fake.write_npz(tmp_path / "root", arrays)
    whole = (root / file).read_bytes()
    pixels = arrays[file]["images"].copy()
    pixels[5, 6, 7, 1] ^= 1
    spoilt = [
        (whole[:-50], "truncated or altered"),
        (whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "truncated or altered"),
        ({"images": pixels}, "altered"),
        ({"images": pixels[:10]}, r"with images of shape \(10, 32, 32, 3\) in uint8"),
        ({"labels": arrays[file]["labels"].astype(np.int64)}, "with labels of shape .* in int64"),
        ({"labels": arrays[file]["labels"][::-1]}, "altered"),
    ]
    for damage, reason in spoilt:
        if isinstance(damage, bytes):
            (root / file).write_bytes(damage)
        else:
            np.savez(root / file, **(arrays[file] | damage))
        with pytest.raises(InputError, match=rf"{file} is not a file of cifar10: it is {reason}.*; replace it") as error:
            read("cifar10", root)
        assert one_sentence(error)
    np.savez(root / file, labels=arrays[file]["labels"])
    with pytest.raises(InputError, match=rf"{file} is not a file of cifar10: it is without the array images"):
        read("cifar10", root)
    (root / file).unlink()
    with pytest.raises(InputError, match=f"root holds only part of cifar10: {file} is missing"):
        read("cifar10", root)


def test_the_published_cifar10_batches_are_downloaded_checked_and_read(monkeypatch):
    contents = fake.batch_files(monkeypatch)
    packed = fake.tar(contents)
    monkeypatch.setattr(torchvision_datasets().CIFAR10, "tgz_md5", fake.md5(packed))
    with fake.mirrors({"cifar.tar.gz": packed}) as (address, asked):
        monkeypatch.setattr(torchvision_datasets().CIFAR10, "url", f"{address}/cut/cifar.tar.gz")
        monkeypatch.setattr(cifar, "MIRRORS", [f"{address}/good/cifar.tar.gz"])
        raw = read("cifar10")
        assert len(asked) == 2
    assert raw.inputs.shape == (120, 3, 32, 32)
    assert (raw.tested, raw.exact) == (20, None)
    assert raw.inputs[0].ravel().tolist() == fake.images(20, 3072)[0][0].tolist()
    batch = Path("data/cifar-10-batches-py/data_batch_3")
    batch.write_bytes(batch.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"data_batch_3 is not a file of cifar10: it is truncated or altered"):
        read("cifar10")


def test_validation_is_balanced_disjoint_and_the_same_in_every_run():
    labels = np.random.default_rng(0).choice(10, 3000, p=np.arange(1, 11) / 55).astype(np.int64)
    train, validation, test = hold_out(labels, tested=500, held_out=300)
    assert sorted(np.concatenate([train, validation, test]).tolist()) == list(range(3000))
    assert test.tolist() == list(range(2500, 3000))
    assert np.bincount(labels[validation]).tolist() == [30] * 10
    assert all(np.array_equal(a, b) for a, b in zip(hold_out(labels, 500, 300), (train, validation, test), strict=True))


def test_images_are_standardised_by_channel_as_in_float64():
    inputs = fake.images(50, 3, 4, 5)[0]
    inputs[:, 2] = 9
    train = np.arange(0, 50, 2)
    mean, deviation = moments(inputs, train)
    expected = [np.stack([f(inputs[train, c]) for c in range(3)]) for f in (np.mean, np.std)]
    assert np.allclose(mean.ravel(), expected[0], rtol=1e-12)
    assert np.allclose(deviation.ravel(), [*expected[1][:2], 1.0], rtol=1e-12)
    found = standardise(inputs, mean, deviation)
    assert found.dtype == np.float32
    assert np.allclose(found, (inputs - mean) / deviation, atol=1e-6)


def test_preparing_twice_gives_the_same_set(root):
    first, second = (prepare("mnist", root) for _ in range(2))
    assert torch.equal(first.train.inputs, second.train.inputs)
    assert torch.equal(first.validation.labels, second.validation.labels)


def test_embedded_sets_need_no_folder(tmp_path):
    assert len(prepare("digits", tmp_path / "nowhere").test.labels) == 359


def test_torchvision_can_be_imported_twice_beside_any_torch():
    code = """
        from disentangle.datasets.torchvision_import import torchvision_datasets
        first = torchvision_datasets()
        torchvision_datasets.cache_clear()
        assert torchvision_datasets() is first
        import torchvision
        import torchvision.transforms.v2, torchvision.models
        print(torchvision.datasets.ImageFolder.__name__)
    """
    words = [sys.executable, "-c", "\n".join(line.strip() for line in code.splitlines())]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == "ImageFolder\n", done.stderr
