"""The files of the published sets in torchvision's layout, by their MD5: what we read is what was published, or is refused.

The sums of the unpacked idx files are those of the originals; torchvision knows the packed ones. A pickle is opened only after
its sum was found right.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from disentangle.errors import InputError

Files = Mapping[str, str]  # path below the root, MD5

FILES: dict[str, Files] = {
    "mnist": {
        "MNIST/raw/train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "MNIST/raw/train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "MNIST/raw/t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "MNIST/raw/t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "fashion_mnist": {
        "FashionMNIST/raw/train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "FashionMNIST/raw/train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "FashionMNIST/raw/t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "FashionMNIST/raw/t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
    "cifar10": {
        "cifar-10-batches-py/data_batch_1": "c99cafc152244af753f735de768cd75f",
        "cifar-10-batches-py/data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "cifar-10-batches-py/data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "cifar-10-batches-py/data_batch_4": "634d18415352ddfa80567beed471001a",
        "cifar-10-batches-py/data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "cifar-10-batches-py/test_batch": "40351d587109b95175f43aff81a1287e",
        "cifar-10-batches-py/batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    },
}


def file_md5(path: Path) -> str:
    """MD5 of a file.

    Raises InputError when it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; make it readable or set data_dir to another folder.") from None


def verify(name: str, root: Path, files: Files) -> None:
    """Hold every file of a set against its MD5.

    Raises InputError that names the first one which is truncated, altered or another set's.
    """
    for file, expected in files.items():
        found = file_md5(root / file)
        if found != expected:
            owner = next((f"the file of {other}" for other, its in FILES.items() if found in its.values()), None)
            refuse(root / file, name, owner or f"truncated or altered (MD5 {found}, not {expected})")


def refuse(path: Path, name: str, reason: str) -> NoReturn:
    """Raises InputError: this file is not what was published."""
    raise InputError(
        f"{path} is not a file of {name}: it is {reason}; replace it, or remove the set from that folder to have it downloaded."
    )


def holds(name: str, root: Path, files: Sequence[str] | Files) -> bool:
    """Whether a folder has the files of a set.

    Raises InputError when it has some and lacks others.
    """
    missing = [file for file in files if not (root / file).is_file()]
    if 0 < len(missing) < len(files):
        raise InputError(f"{root} holds only part of {name}: {missing[0]} is missing; add it, or set data_dir to a whole copy.")
    return not missing
