"""Which results no longer hold: their records against the present config, code and files. Needs none of Snakemake's memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from disentangle.artefacts import checksum, read_json
from disentangle.errors import InputError
from disentangle.pipeline.job import Job, Places
from disentangle.stages.train import Train
from disentangle.tracking import digest


def stale(jobs: Iterable[Job], places: Places) -> list[str]:
    """One line for every result that is missing or stale: what it is and all the reasons."""
    return [f"{job}: {'; '.join(reasons)}" for job in jobs if (reasons := list(_reasons(job, places)))]


def mixed(jobs: Iterable[Job], places: Places) -> list[str]:
    """One line for every dataset and network whose cells, which are compared, were not trained on one kind of device alike."""
    ways: dict[str, set[str]] = {}
    for job in jobs:
        if isinstance(job, Train) and (device := record_of(job, places).get("device")):
            place = f"{job.cell.dataset}/{job.cell.network}"
            ways.setdefault(place, set()).add(f"{device.get('type')} in {device.get('precision', 'float32')}")
    return [f"{place}: cells were trained on {' and on '.join(sorted(of))}" for place, of in ways.items() if len(of) > 1]


def record_of(job: Job, places: Places) -> dict[str, Any]:
    """The job's record; empty where there is none that can be read."""
    try:
        return read_json(Path(places.find(job.record)))
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


def _reasons(job: Job, places: Places) -> Iterator[str]:
    outputs = [Path(places.find(file)) for file in job.outputs.values()]
    missing = [output.name for output in outputs if not output.is_file()]
    if missing:
        yield f"{', '.join(missing)} missing"
        return
    record = record_of(job, places)
    if not {"settings", "code", "inputs", "outputs"} <= record.keys():
        yield f"no readable record {places.find(job.record)}"
        return
    if record["settings"] != job.settings:
        yield f"made with other settings ({difference(record['settings'], job.settings)})"
    if record["code"] != digest(*job.code):
        yield "its code has changed since"
    if record["inputs"].keys() != {places.find(file) for files in job.needs().values() for file in files}:
        yield "made from other files"
    for name, recorded in record["inputs"].items():
        if not Path(name).is_file():
            yield f"its input {name} is gone"
        elif checksum(Path(name)) != recorded:
            yield f"its input {name} has changed since"
    for output in outputs:
        if checksum(output) != record["outputs"].get(output.name):
            yield f"{output.name} was altered after it was made"
