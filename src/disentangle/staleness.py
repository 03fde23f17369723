"""Which results no longer hold: their records against the present config, code and files. Needs none of Snakemake's memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from disentangle.artefacts import read_json, record_path
from disentangle.errors import InputError
from disentangle.jobs import Job
from disentangle.sources import checksum, digest, sources


def stale(jobs: Sequence[Job]) -> list[str]:
    """One line for every result that is missing or stale: its path and all the reasons."""
    return [f"{job.outputs[0]}: {'; '.join(reasons)}" for job in jobs if (reasons := list(_reasons(job)))]


def mixed(jobs: Sequence[Job]) -> list[str]:
    """One line for every dataset and network whose cells, which are compared, were not trained on one kind of device alike."""
    ways: dict[str, set[str]] = {}
    for job in jobs:
        if job.stage == "train" and (device := _record(job).get("device")):
            place = f"{job.settings['dataset']}/{job.settings['network']}"
            ways.setdefault(place, set()).add(f"{device.get('type')} in {device.get('precision', 'float32')}")
    return [f"{place}: cells were trained on {' and on '.join(sorted(of))}" for place, of in ways.items() if len(of) > 1]


def _reasons(job: Job) -> Iterator[str]:
    path = record_path(job.outputs[0])
    missing = [output.name for output in job.outputs if not output.is_file()]
    if missing:
        yield f"{', '.join(missing)} missing"
        return
    record = _record(job)
    if not {"settings", "code", "inputs", "outputs"} <= record.keys():
        yield f"no readable record {path.name}"
        return
    if record["settings"] != job.settings:
        yield f"made with other settings ({difference(record['settings'], job.settings)})"
    if record["code"] != digest(sources(*job.modules)):
        yield "its code has changed since"
    if sorted(record["inputs"]) != sorted(map(str, job.inputs)):
        yield "made from other files"
    for name, recorded in record["inputs"].items():
        if not Path(name).is_file():
            yield f"its input {name} is gone"
        elif checksum(Path(name)) != recorded:
            yield f"its input {name} has changed since"
    for output in job.outputs:
        if checksum(output) != record["outputs"].get(output.name):
            yield f"{output.name} was altered after it was made"


def _record(job: Job) -> dict[str, Any]:
    """The job's record; empty where there is none that can be read."""
    try:
        return read_json(record_path(job.outputs[0]))
    except InputError:
        return {}


def difference(old: object, new: object) -> str:
    """The first settings that differ, as dotted.key: old -> new."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                inner = difference(old.get(key), new.get(key))
                return f"{key}.{inner}" if isinstance(old.get(key), dict) else f"{key}: {inner}"
    return f"{old} -> {new}"
