"""Downloads: from the first mirror that sends the published file; what lies under its final name is whole.

torchvision's own download prints, has no second try, and leaves a file that was cut off under its final name.
"""

import gzip
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from disentangle.artefacts import atomic
from disentangle.datasets.published import file_md5
from disentangle.errors import InputError

ROUNDS = 3  # over all mirrors
PAUSE = 2.0  # seconds before the second round, twice as long before each further one
TIMEOUT = 30.0  # seconds without a byte


class DownloadError(Exception):
    """No mirror sent the file; the message says what each did."""


def fetch_gzip(urls: Sequence[str], md5: str, target: Path) -> None:
    """Download a gzip file with this MD5 and leave its content as ``target``.

    Raises DownloadError when no mirror sends it, InputError when the folder cannot be written.
    """
    with (
        _downloaded(urls, md5, target.parent) as packed,
        gzip.open(packed) as content,
        atomic(target) as temporary,
        temporary.open("wb") as file,
    ):
        shutil.copyfileobj(content, file)


def fetch_tar(urls: Sequence[str], md5: str, root: Path, members: Sequence[str]) -> None:
    """Download a tar file with this MD5 and leave these members of it below ``root``.

    Raises DownloadError when no mirror sends it, InputError when the folder cannot be written.
    """
    with _downloaded(urls, md5, root) as packed, tarfile.open(packed) as archive:
        for member in members:
            content = archive.extractfile(member)
            assert content, member
            with atomic(root / member) as temporary, temporary.open("wb") as file:
                shutil.copyfileobj(content, file)


@contextmanager
def _downloaded(urls: Sequence[str], md5: str, folder: Path) -> Iterator[Path]:
    """The file, for the time of the block, in a hidden folder beside its place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hidden = TemporaryDirectory(dir=folder, prefix=".download-")
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}; make it writable, or set data_dir to your copy.") from None
    with hidden as place:
        path = Path(place) / "packed"
        _fetch(urls, md5, path)
        yield path


def _fetch(urls: Sequence[str], md5: str, path: Path) -> None:
    """Each mirror in turn, and all of them again after a pause."""
    answers: dict[str, str] = {}  # last one of each mirror
    for round_ in range(ROUNDS):
        if round_:
            time.sleep(PAUSE * 2 ** (round_ - 1))
        for url in urls:
            print(f"downloading {url}", file=sys.stderr, flush=True)
            try:
                _retrieve(url, path)
            except (OSError, HTTPException) as error:
                cause = getattr(error, "reason", error)
                answers[url] = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
                continue
            if file_md5(path) == md5:
                return
            answers[url] = "sent a truncated or altered file"
    hosts = {answer: [urlsplit(url).netloc for url in answers if answers[url] == answer] for answer in answers.values()}
    raise DownloadError("; ".join(f"{answer}: {', '.join(names)}" for answer, names in hosts.items()))


def _retrieve(url: str, path: Path) -> None:
    request = Request(url, headers={"User-Agent": "disentangle"})
    with urlopen(request, timeout=TIMEOUT) as answer, path.open("wb") as file:
        shutil.copyfileobj(answer, file)
