"""ImageNet (Russakovsky et al. 2015), or any other folder of photographs in torchvision's ImageFolder layout; never copied."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import numpy as np

from disentangle.datasets.folders import PARTS, find_photographs
from disentangle.datasets.listing import Listing
from disentangle.datasets.torchvision_import import torchvision_datasets
from disentangle.errors import InputError

LAYOUT = "train/<class>/<image> and val/<class>/<image>"


def imagenet(data_dir: Path | None) -> Listing:
    """The photographs below train and val of the user's folder, or of its subfolder imagenet.

    Raises InputError when there are none, or when the two do not hold the same classes, each with images.
    """
    root = find_photographs("imagenet", data_dir)
    classes = _classes(root)
    files, labels, counts = [], [], {}
    for part in PARTS:
        found = torchvision_datasets().ImageFolder(root / part, allow_empty=True).samples
        counts[part] = len(found)
        _check_each_class(root / part, classes, Counter(label for _, label in found), least=2 if part == "train" else 1)
        files += [path.removeprefix(f"{root}/") for path, _ in found]
        labels += [label for _, label in found]
    paths, sizes = [os.fsencode(file) for file in files], [_size(root / file) for file in files]
    lines = b"".join(b"%b\0%d\n" % line for line in zip(paths, sizes, strict=True))
    record: dict[str, str | int] = {"images": len(paths), "bytes": sum(sizes), "sha256": hashlib.sha256(lines).hexdigest()}
    return Listing(root, np.array(paths), np.array(sizes), np.array(labels), tuple(classes), counts["val"], record)


def _classes(root: Path) -> list[str]:
    """Names of the classes, sorted, the same of both parts."""
    names = {part: sorted(entry.name for entry in (root / part).iterdir() if entry.is_dir()) for part in PARTS}
    for part, other in (PARTS, PARTS[::-1]):
        if not names[part]:
            raise InputError(f"{root / part} has no class folders; lay the images out as {LAYOUT}.")
        alone = sorted(set(names[part]) - set(names[other]))
        if alone and names[other]:
            raise InputError(
                f"the class {alone[0]} is a folder of {root / part} and not of {root / other}; give both the same classes."
            )
    return names["train"]


def _check_each_class(folder: Path, classes: list[str], images: Counter[int], least: int) -> None:
    """A class needs an image in val, and in train one more for the hold-out."""
    for label, name in enumerate(classes):
        if images[label] < least:
            has, wanted = ("no images", "some") if not images[label] else ("only one image", "another")
            raise InputError(
                f"the class folder {folder / name} holds {has}; add {wanted}, or remove the class from train and val."
            )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; replace the file, or set data_dir to a whole copy.") from None
