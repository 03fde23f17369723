"""Files: how each is written (whole or not at all) and read (or refused in one sentence)."""

import csv
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def checksum(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remedy(path: Path) -> str:
    """What to do about a file that is missing or spoilt; an unpacked archive is unpacked again as a whole."""
    if "archive" in path.parts[:1]:
        return "restore it from git"
    unpacked = next((folder for folder in path.parents if folder.name == "unpacked"), None)
    return f"delete {unpacked or 'it'} and run the workflow again"


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary name in the same folder, renamed to ``path`` when the block ends well and removed when it does not.

    Raises InputError when the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        mode = temporary.stat().st_mode
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; make the folder writable or choose another.") from None
    try:
        yield temporary
        temporary.chmod(mode)  # safetensors makes files that only their owner can read
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values, sorted by key."""
    write_text(path, json.dumps(values, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read plain values.

    Raises InputError when the file is missing or is not JSON.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; {remedy(path)}.") from None
    if not isinstance(values, dict):
        raise InputError(f"cannot read {path}: it holds no names and values; {remedy(path)}.")
    return values


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Write a CSV with these columns, or those of the first row; floats in their shortest exact form."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns or rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def save_arrays(path: Path, arrays: Mapping[str, "NDArray[Any]"], header: Mapping[str, str] | None = None) -> None:
    """Write named arrays and a header of strings as safetensors."""
    import numpy as np
    from safetensors.numpy import save_file

    with atomic(path) as temporary:
        save_file({k: np.asarray(v, order="C") for k, v in arrays.items()}, temporary, dict(header or {}))
        _sort_header(temporary)


def _sort_header(path: Path) -> None:
    """Sort a safetensors header by name: it is written in a random order, but the same content must be the same bytes.

    Raises RuntimeError when the sorted header is longer than its place, where it would overwrite the arrays.
    """
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(8), "little")
        described = json.loads(file.read(size))
        if "__metadata__" in described:
            described["__metadata__"] = dict(sorted(described["__metadata__"].items()))
            header = json.dumps(described, separators=(",", ":"), ensure_ascii=False).encode().ljust(size)
            if len(header) > size:
                raise RuntimeError(f"the sorted header of {path} has {len(header)} bytes and its place {size}")
            file.seek(8)
            file.write(header)


def load_arrays(path: Path) -> tuple[dict[str, "NDArray[Any]"], dict[str, str]]:
    """Read named arrays and the header.

    Raises InputError when the file is missing, truncated or something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as stored:
            return {name: stored.get_tensor(name) for name in stored.keys()}, stored.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"cannot read {path}: {error}; {remedy(path)}.") from None
