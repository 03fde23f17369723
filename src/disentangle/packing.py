"""stub."""

from collections.abc import Mapping
from pathlib import Path


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Stub."""
    raise NotImplementedError


def unpack(archive: Path, folder: Path) -> None:
    """Stub."""
    raise NotImplementedError
