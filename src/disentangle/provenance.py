"""Who made a result, from what: a record beside every product."""

import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from disentangle import __version__
from disentangle.artefacts import CLAIMS, NOTEBOOKS, read_json, record_path, remedy, write_json
from disentangle.errors import InputError
from disentangle.jobs import Job
from disentangle.sources import checksum, digest, sources

PACKAGES = ("numpy", "pandas", "safetensors", "scikit-learn", "scipy", "torch", "torchvision", "matplotlib")


@contextmanager
def recorded(job: Job) -> Iterator[dict[str, Any]]:
    """Run a job and write its record, beside its first output, when it ends well.

    The record holds the settings, the checksums of code, inputs and outputs, versions, machine and duration; the block may
    add entries to the dictionary it gets. Raises InputError when an input is not the file that its own record vouches for.
    """
    record: dict[str, Any] = {
        "stage": job.stage,
        "settings": job.settings,
        "code": digest(sources(*job.modules)),
        "inputs": {str(path): vouched_checksum(path) for path in job.inputs},
        "git": _git(),
        "versions": {"python": platform.python_version(), "disentangle": __version__} | {p: version(p) for p in PACKAGES},
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
    }
    start = time.perf_counter()
    yield record
    record["seconds"] = round(time.perf_counter() - start, 3)
    record["outputs"] = {path.name: checksum(path) for path in job.outputs}
    write_json(record_path(job.outputs[0]), record)


def vouched_checksum(path: Path) -> str:
    """SHA-256 of a file, equal to the one its record holds; the claims ledger and notebooks are the user's own and have none.

    Raises InputError when the file or its record is missing, or when the file was altered.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; run the workflow that makes it.")
    found, record = checksum(path), record_path(path)
    own = path == CLAIMS or path.parent == NOTEBOOKS
    if not own and read_json(record).get("outputs", {}).get(path.name) != found:
        raise InputError(f"{path} is not the file that {record.name} vouches for; {remedy(path)}.")
    return found


def _git() -> dict[str, Any]:
    """Commit of the code and whether it was changed since; nulls outside a repository."""
    folder = Path(__file__).parent

    def git(*words: str) -> str | None:
        answer = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
        return answer.stdout.strip() if answer.returncode == 0 else None

    try:
        changes = git("status", "--porcelain", "--", ".")
        return {"commit": git("rev-parse", "HEAD"), "dirty": None if changes is None else bool(changes)}
    except FileNotFoundError:
        return {"commit": None, "dirty": None}
