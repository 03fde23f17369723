"""MNIST and Fashion-MNIST: 60,000 training and 10,000 test images, 28 × 28 grey, in idx files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from disentangle.datasets.downloads import fetch_gzip
from disentangle.datasets.folders import locate
from disentangle.datasets.preparation import Raw
from disentangle.datasets.published import FILES, verify
from disentangle.datasets.torchvision_import import torchvision_datasets

# Besides those that torchvision knows; every file is held against the published sum, wherever it comes from.
MIRRORS = {
    "mnist": ["https://storage.googleapis.com/cvdf-datasets/mnist/"],
    "fashion_mnist": ["https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"],
}

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def mnist(data_dir: Path | None) -> Raw:
    """Handwritten digits (LeCun, Bottou, Bengio & Haffner 1998)."""
    return _read("mnist", "MNIST", tuple("0123456789"), data_dir)


def mnist_unit(data_dir: Path | None) -> Raw:
    """MNIST with grey levels from 0 to 1, not centred, as Qiu & Suda 2020 train on it."""
    return replace(mnist(data_dir), scale=255.0)


def mnist_mean_image(data_dir: Path | None) -> Raw:
    """MNIST with grey levels from 0 to 1 less the mean training image, as one released notebook of Qiu & Suda 2020 has it."""
    return replace(mnist_unit(data_dir), mean_image=True)


def mnist_shuffled(data_dir: Path | None) -> Raw:
    """MNIST with its training labels dealt anew over the training images (Zhang et al. 2017, arXiv:1611.03530)."""
    return replace(mnist(data_dir), shuffled=True)


def fashion_mnist(data_dir: Path | None) -> Raw:
    """Articles of clothing (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747)."""
    return _read("fashion_mnist", "FashionMNIST", CLOTHES, data_dir)


def fashion_mnist_unit(data_dir: Path | None) -> Raw:
    """Fashion-MNIST as `mnist_unit`."""
    return replace(fashion_mnist(data_dir), scale=255.0)


def fashion_mnist_mean_image(data_dir: Path | None) -> Raw:
    """Fashion-MNIST as `mnist_mean_image`."""
    return replace(fashion_mnist(data_dir), scale=255.0, mean_image=True)


def _read(name: str, kind: str, classes: tuple[str, ...], data_dir: Path | None) -> Raw:
    def download(root: Path, missing: Sequence[str]) -> None:
        published = getattr(torchvision_datasets(), kind)
        packed = {file.removesuffix(".gz"): (file, md5) for file, md5 in published.resources}
        for target in missing:
            file, md5 = packed[Path(target).name]
            fetch_gzip([mirror + file for mirror in (*published.mirrors, *MIRRORS[name])], md5, root / target)

    files = FILES[name]
    root = locate(name, data_dir, download)
    verify(name, root, files)
    train_images, train_labels, test_images, test_labels = (_parse(root / file) for file in files)
    images, labels = np.concatenate([train_images, test_images]), np.concatenate([train_labels, test_labels])
    return Raw(images[:, np.newaxis], labels.astype(np.int64), classes, len(test_labels), files=files)


def _parse(file: Path) -> NDArray[np.uint8]:
    """The array of an idx file: two zero bytes, the type (8: bytes), the number of axes, the length of each, the numbers."""
    content = file.read_bytes()
    axes = content[3]
    shape = np.frombuffer(content, ">u4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
