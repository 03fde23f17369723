"""Many small files as one, and back."""

import io
import lzma
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time

import pytest

from disentangle import packing
from disentangle.errors import InputError
from disentangle.packing import NOTE, pack, unpack

CONTENT = {
    "cells/digits/mlp/dense/1.0/metrics.csv": b"replicate,seed\n0,0\n",
    "cells/digits/mlp/dense/1.0/meta.json": b"{}\n",
    "cells/digits/mlp/edge_popup/0.5/metrics.csv": b"replicate,seed\n0,1\n",
    "cells/digits/mlp/" + "a" * 150 + "/0.5/degrees.safetensors": bytes(range(256)) * 50,
    "theory/empty.csv": b"",
}


def files(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name != NOTE}


def laid(folder, content=CONTENT):
    """These contents as files, and where they lie by their names."""
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {name: folder / name for name in content}


@pytest.fixture
def packed(tmp_path):
    pack(laid(tmp_path / "source"), tmp_path / "products.tar.xz")
    return tmp_path / "products.tar.xz"


def test_what_was_packed_comes_back(packed, tmp_path):
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []
    unpack(packed, tmp_path / "new/folder")
    assert files(tmp_path / "new/folder") == CONTENT
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["folder"]


def test_the_same_files_are_the_same_bytes_whenever_and_by_whomever_they_were_made(packed, tmp_path):
    again = laid(tmp_path / "again", dict(reversed(CONTENT.items())))
    for i, file in enumerate(again.values()):
        os.utime(file, (1e9 + i, 1e9 + i))
        file.chmod(0o600 + i)
    pack(again, tmp_path / "again.tar.xz")
    assert (tmp_path / "again.tar.xz").read_bytes() == packed.read_bytes()
    with tarfile.open(packed) as stored:
        about = stored.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.isfile()) for m in about} == {(0, 0, 0, "", "", 0o644, True)}
    kinds = [m.name.rsplit(".", 1)[1] for m in about]
    assert kinds == sorted(kinds)


def test_files_of_one_kind_take_little_room_together(tmp_path):
    table = "".join(f"{i},{i * 7919 % 1000 / 999}\n" for i in range(300)).encode()
    for count in (1, 50):
        content = {f"cells/{i}/history.csv": table for i in range(count)}
        pack(laid(tmp_path / "source", content), tmp_path / f"{count}.tar.xz")
    assert (tmp_path / "50.tar.xz").stat().st_size < 1.5 * (tmp_path / "1.tar.xz").stat().st_size


def test_what_is_unpacked_already_is_left_alone_and_a_changed_archive_replaces_it(packed, tmp_path):
    folder = tmp_path / "folder"
    unpack(packed, folder)
    (folder / "theory/own.csv").write_text("mine")
    before = (folder / NOTE).stat().st_mtime_ns
    unpack(packed, folder)
    assert (folder / "theory/own.csv").exists() and (folder / NOTE).stat().st_mtime_ns == before
    changed = CONTENT | {"theory/empty.csv": b"no longer"}
    pack(laid(tmp_path / "changed", changed), packed)
    started = time.time()
    unpack(packed, folder)
    assert files(folder) == changed
    assert all(file.stat().st_mtime >= started - 1 for file in folder.rglob("*.csv"))


def test_a_folder_of_somebody_else_is_replaced(packed, tmp_path):
    laid(tmp_path / "folder", {"cells/other.csv": b"1"})
    unpack(packed, tmp_path / "folder")
    assert files(tmp_path / "folder") == CONTENT


def bent(data, place):
    return data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:100],
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: bent(data, len(data) // 2),
        lambda data: bent(data, len(data) - 40),
        lambda data: b"version https://git-lfs.github.com/spec/v1\n",
        lambda data: lzma.compress(b"no tar at all" * 100),
    ],
)
def test_a_damaged_archive_is_one_sentence_and_leaves_what_was_there(packed, tmp_path, damage):
    folder = tmp_path / "folder"
    unpack(packed, folder)
    packed.write_bytes(damage(packed.read_bytes()))
    with pytest.raises(InputError) as error:
        unpack(packed, folder)
    text = str(error.value)
    assert text.startswith(f"cannot read {packed}: ") and text.endswith("; restore it from git.")
    assert "\n" not in text
    assert files(folder) == CONTENT and not list(tmp_path.glob(".folder*"))


def test_a_missing_archive_is_to_be_restored_from_git(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^cannot read archive/paper/products.tar.xz: No such .*; restore it from git\.$"):
        unpack(packing.Path("archive/paper/products.tar.xz"), tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_missing_file_is_not_packed(packed, tmp_path):
    before = packed.read_bytes()
    with pytest.raises(InputError, match=r"^cannot read .*/gone\.csv: No such file or directory; "):
        pack({"gone.csv": tmp_path / "gone.csv"}, packed)
    assert packed.read_bytes() == before and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("way", ["../evil", "/evil", "link"])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, way):
    names = {"../evil": "../evil", "/evil": str(tmp_path / "evil"), "link": "link/evil"}
    with tarfile.open(tmp_path / "bad.tar.xz", "w:xz") as stored:
        if way == "link":
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, ".."
            stored.addfile(link)
        about = tarfile.TarInfo(names[way])
        about.size = 4
        stored.addfile(about, io.BytesIO(b"evil"))
    inside = tmp_path / "inside"
    with pytest.raises(InputError, match=r"^cannot read .*bad\.tar\.xz: .* is no file inside it; "):
        unpack(tmp_path / "bad.tar.xz", inside)
    assert not inside.exists()
    assert not (tmp_path / "evil").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(packed, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^cannot write .*/file/folder: .*; free the place, or make it writable\.$"):
        unpack(packed, tmp_path / "file/folder")


def test_what_was_there_stays_where_the_new_cannot_take_its_place(packed, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    laid(folder, {"old.csv": b"1"})
    rename = packing.Path.rename

    def failing(self, target):
        if self.suffix == ".new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(packing.Path, "rename", failing)
    with pytest.raises(InputError, match="No space left on device"):
        unpack(packed, folder)
    assert files(folder) == {"old.csv": b"1"} and not list(tmp_path.glob(".folder*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from disentangle import packing

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[1] == "extracting":
    packing._extract = lambda archive, folder: ((folder / "half").write_text(""), kill())
elif sys.argv[1] == "noting":
    Path.write_text = kill
else:
    rename = Path.rename
    Path.rename = lambda self, target: kill() if self.suffix == ".new" else rename(self, target)
packing.unpack(Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.parametrize("moment", ["extracting", "noting", "renaming"])
def test_one_that_was_killed_half_way_is_unpacked_by_the_next(packed, tmp_path, moment):
    folder = tmp_path / "folder"
    laid(folder, {"old.csv": b"1"})
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(packed), str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    # All or nothing: what was there, or, for a moment, no folder at all.
    assert files(folder) == {"old.csv": b"1"} if moment != "renaming" else not folder.exists()
    unpack(packed, folder)
    assert files(folder) == CONTENT


def test_of_two_that_unpack_at_once_the_slower_is_content_with_the_other(packed, tmp_path, monkeypatch):
    folder, extract = tmp_path / "folder", packing._extract

    def meanwhile(archive, place):
        extract(archive, place)
        shutil.copytree(place, folder)
        (folder / NOTE).write_text(packing.checksum(archive))

    rename = packing.Path.rename

    def late(self, target):
        if self == folder:
            raise FileNotFoundError(2, "it came after this look")
        return rename(self, target)

    monkeypatch.setattr(packing, "_extract", meanwhile)
    monkeypatch.setattr(packing.Path, "rename", late)
    unpack(packed, folder)
    assert files(folder) == CONTENT and not list(tmp_path.glob(".folder*"))
