"""Many small files as one: a compressed tar, of the same bytes whenever the files are the same."""

import io
import lzma
import os
import shutil
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from disentangle.artefacts import atomic, checksum, remedy
from disentangle.errors import InputError

# The dictionary spans most archives as a whole. Most of one is arrays of eight-byte numbers, which lc, lp and pb are for: it is
# 3% smaller than with those of the preset, though text alone would be larger.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 24, "lc": 1, "lp": 3, "pb": 3}]
# In an unpacked folder: the SHA-256 of the archive it came from.
NOTE = ".unpacked"


def pack(folder_files: Mapping[str, Path], target: Path) -> None:
    """Write files, by their names in the archive, into one .tar.xz; names, contents and the version of xz decide its bytes.

    Raises InputError when a file cannot be read or the archive not be written.
    """
    # Files of one kind lie side by side, and tables before arrays: each is compressed by what those before it had.
    names = sorted(folder_files, key=lambda name: (PurePosixPath(name).suffix, PurePosixPath(name).name, name))
    with (
        atomic(target) as temporary,
        lzma.open(temporary, "wb", check=lzma.CHECK_CRC64, filters=FILTERS) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as stored,
    ):
        for name in names:
            _add(stored, name, folder_files[name])


def unpack(archive: Path, folder: Path) -> None:
    """Make ``folder`` hold what is in an archive and nothing else; where it has been made so already, nothing is done.

    Raises InputError when the archive is missing or damaged and when the folder cannot be written; it is as before then.
    """
    try:
        found = checksum(archive)
    except OSError as error:
        raise InputError(f"cannot read {archive}: {error.strerror}; restore it from git.") from None
    if _noted(folder) == found:
        return
    new, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{state}") for state in ("new", "old"))
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        _extract(archive, new)
        (new / NOTE).write_text(found, encoding="utf-8")
        with suppress(FileNotFoundError):
            folder.rename(old)
        new.rename(folder)
    except OSError as error:
        with suppress(OSError):
            old.rename(folder)
        if _noted(folder) != found:  # another process may have been quicker
            raise InputError(f"cannot write {folder}: {error.strerror}; free the place, or make it writable.") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _add(stored: tarfile.TarFile, name: str, file: Path) -> None:
    about = tarfile.TarInfo(name)  # a plain file of mode 0644; all else is 0 or empty
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}; {remedy(file)}.") from None
    about.size = len(content)
    stored.addfile(about, io.BytesIO(content))


def _extract(archive: Path, folder: Path) -> None:
    """Files are as new as they are here, so that what was made from an archive before it changed is made anew.

    Raises InputError for what is no whole archive and for names that lead out of the folder.
    """
    try:
        whole = lzma.decompress(archive.read_bytes())  # to the last byte, which tarfile would not read
        with tarfile.open(fileobj=io.BytesIO(whole), mode="r:") as stored:
            for member in stored:
                name = PurePosixPath(member.name)
                content = stored.extractfile(member) if member.isreg() else None
                if content is None or name.is_absolute() or ".." in name.parts:
                    raise InputError(f"cannot read {archive}: {name} is no file inside it; {remedy(archive)}.")
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content.read())
    except (tarfile.TarError, lzma.LZMAError) as error:
        raise InputError(f"cannot read {archive}: {error}; restore it from git.") from None


def _noted(folder: Path) -> str | None:
    """Checksum of the archive that a folder was unpacked from."""
    with suppress(OSError):
        return (folder / NOTE).read_text(encoding="utf-8")
    return None
