"""Who made a result, from what: the record beside every product, written when its job ends well."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from disentangle import __version__
from disentangle.artefacts import checksum, read_json, remedy, write_json
from disentangle.errors import InputError
from disentangle.pipeline.job import File, Job, Machine, Places, Run
from disentangle.tracking import digest

PACKAGES = ("numpy", "pandas", "safetensors", "scikit-learn", "scipy", "torch", "torchvision", "matplotlib")


def execute(job: Job, places: Places, machine: Machine | None = None) -> None:
    """Run a job and write its record.

    The record holds the settings, the checksums of code, inputs and outputs, versions, machine and duration, and what the job
    adds to it. Raises InputError when an input is not the file that its own record vouches for.
    """
    needed = job.needs()
    found = {places.find(file): vouched_checksum(file, places) for files in needed.values() for file in files}
    inputs = {name: [Path(places.find(file)) for file in files] for name, files in needed.items()}
    outputs = {name: Path(places.find(file)) for name, file in job.outputs.items()}
    record: dict[str, Any] = {
        "stage": job.stage,
        "settings": job.settings,
        "code": digest(*job.code),
        "inputs": found,
        "git": commit_of(Path(__file__)),
        "versions": {"python": platform.python_version(), "disentangle": __version__} | installed(PACKAGES),
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
    }
    start = time.perf_counter()
    job.make(Run(inputs, outputs, machine or Machine(), record))
    record["seconds"] = round(time.perf_counter() - start, 3)
    record["outputs"] = {path.name: checksum(path) for path in outputs.values()}
    write_json(Path(places.find(job.record)), record)


def vouched_checksum(file: File, places: Places) -> str:
    """SHA-256 of an input, equal to the one its record holds; the user's own files have none.

    Raises InputError when the file or its record is missing, or when the file was altered.
    """
    path, record = Path(places.find(file)), places.record(file)
    if not path.is_file():
        raise InputError(f"{path} does not exist; run the workflow that makes it.")
    found = checksum(path)
    if record and read_json(Path(record)).get("outputs", {}).get(path.name) != found:
        raise InputError(f"{path} is not the file that {Path(record).name} vouches for; {remedy(path)}.")
    return found


def installed(packages: Sequence[str]) -> dict[str, str | None]:
    """The version of each package; None for one that is not there."""
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def commit_of(file: Path) -> dict[str, Any]:
    """Commit of the repository that tracks this file, and whether the file's folder was changed since.

    Nulls where no repository tracks it: the project may have been unpacked inside a folder of another.
    """

    def git(*words: str) -> str | None:
        answer = subprocess.run(["git", "-C", str(file.parent), *words], capture_output=True, text=True, check=False)
        return answer.stdout.strip() if answer.returncode == 0 else None

    nothing = {"commit": None, "dirty": None}
    try:
        if git("ls-files", "--error-unmatch", "--", file.name) is None:
            return nothing
        changes = git("status", "--porcelain", "--", "..")
        return {"commit": git("rev-parse", "HEAD"), "dirty": None if changes is None else bool(changes)}
    except FileNotFoundError:
        return nothing
