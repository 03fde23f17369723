"""CIFAR-10: 50,000 training and 10,000 test images, 32 × 32 RGB (Krizhevsky 2009).

Read from ``cifar10/train.npz`` and ``test.npz`` where the user's folder has them, else from the published pickled batches. The
npz copy is a packed one whose training images are the published ones and 20 of whose test images were decoded from JPEG; its
array ``exact`` says which are not.
"""

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np
from numpy.typing import NDArray

from disentangle.datasets.downloads import fetch_tar
from disentangle.datasets.folders import given_folder, locate
from disentangle.datasets.preparation import Raw
from disentangle.datasets.published import FILES, file_md5, holds, refuse, verify
from disentangle.datasets.torchvision_import import torchvision_datasets

Arrays = dict[str, NDArray[Any]]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# Besides torchvision's; the file is held against the published sum, wherever it comes from.
HUGGING_FACE = "https://huggingface.co/datasets/wyxu/dataset_copied/resolve"
MIRRORS = [f"{HUGGING_FACE}/81a52b93ff1d1fcdf61a20d4197919c714730c2c/cifar-10-python.tar.gz"]

BATCH = 10000
# MD5 of every 10,000 images as the published binary version has them: a byte of label, then 1,024 red, green and blue bytes.
# The test batch is the packed copy's, with the bytes of ``exact`` behind it.
CONTENT = {
    "cifar10/train.npz": (
        "5dd7e06a14cb22eb9f671a540d1b7c25",
        "5ea93a67294ea407fff1d09f752e9692",
        "942cd6a4bcdd0dd3c604fbe906cb4421",
        "ae636b3ba5c66a11e91e8cb52e771fcb",
        "53f37980c15c3d472c316c40844f3f0d",
    ),
    "cifar10/test.npz": ("beadf4cb23187c1330db3fadf4180722",),
}


def cifar10(data_dir: Path | None) -> Raw:
    """Ten kinds of animals and vehicles."""
    given = given_folder(data_dir)
    if given and holds("cifar10", given, list(CONTENT)):
        return _read_packed(given)
    root = locate("cifar10", data_dir, _download)
    verify("cifar10", root, FILES["cifar10"])
    batches = [_unpickle(root / file) for file in FILES["cifar10"] if "batch_" in file or "test" in file]
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([batch["labels"] for batch in batches]).astype(np.int64)
    return Raw(images, labels, CLASSES, len(batches[-1]["labels"]), files=FILES["cifar10"])


def cifar10_raw(data_dir: Path | None) -> Raw:
    """CIFAR-10 with colours from 0 to 255: three released notebooks of Qiu & Suda 2020 normalise it and return it as it was."""
    return replace(cifar10(data_dir), scale=1.0)


def _unpickle(file: Path) -> dict[str, Any]:
    """A published batch, the last of which is the test batch; its sum was found right, so it holds nothing but arrays."""
    with file.open("rb") as stream:
        batch: dict[str, Any] = pickle.load(stream, encoding="latin1")
    return batch


def _download(root: Path, missing: Sequence[str]) -> None:
    published = torchvision_datasets().CIFAR10
    fetch_tar([published.url, *MIRRORS], published.tgz_md5, root, missing)


def _read_packed(root: Path) -> Raw:
    read = [_read_npz(root, file) for file in CONTENT]
    images, labels = (np.concatenate([arrays[part] for arrays in read]) for part in ("images", "labels"))
    files = {file: file_md5(root / file) for file in CONTENT}
    return Raw(images, labels.astype(np.int64), CLASSES, len(read[1]["labels"]), read[1]["exact"], files)


def _read_npz(root: Path, file: str) -> Arrays:
    """Arrays ``images`` (image, channel, height, width), ``labels`` and, of the test images, ``exact``.

    Raises InputError when the file is truncated, altered or holds something else.
    """
    path, sums = root / file, CONTENT[file]
    wanted = {"images": (32, 32, 3), "labels": ()} | ({"exact": ()} if "test" in file else {})
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {part: stored[part] for part in wanted}
    except KeyError as error:
        refuse(path, "cifar10", f"without the array {error.args[0].split()[0]}")
    except (OSError, ValueError, EOFError, BadZipFile, ZlibError) as error:
        refuse(path, "cifar10", f"truncated or altered ({str(error).rstrip('.')})")
    for part, shape in wanted.items():
        kind = np.bool_ if part == "exact" else np.uint8
        if arrays[part].shape != (BATCH * len(sums), *shape) or arrays[part].dtype != kind:
            refuse(path, "cifar10", f"with {part} of shape {arrays[part].shape} in {arrays[part].dtype}")
    arrays["images"] = np.ascontiguousarray(arrays["images"].transpose(0, 3, 1, 2))
    found = tuple(_content_md5(arrays, slice(i, i + BATCH)) for i in range(0, len(arrays["labels"]), BATCH))
    if found != sums:
        refuse(path, "cifar10", "altered (its images and labels are not the published ones)")
    return arrays


def _content_md5(arrays: Arrays, rows: slice) -> str:
    images, labels = arrays["images"][rows], arrays["labels"][rows]
    binary = np.concatenate([labels[:, np.newaxis], images.reshape(len(images), -1)], axis=1).tobytes()
    return hashlib.md5(binary + arrays.get("exact", labels[:0]).tobytes(), usedforsecurity=False).hexdigest()
