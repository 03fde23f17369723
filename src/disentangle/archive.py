"""The archive of an experiment: what its tables and figures are made from, small enough for git, without what training needs.

It has the layout of results/<experiment>, so that the same code reads either, and every file stands beside its own record.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.config import Experiment
from disentangle.errors import InputError
from disentangle.jobs import Job
from disentangle.staleness import difference, stale

# Large, and read by nothing that tables and figures need.
LEFT_OUT = {artefacts.WIRING, artefacts.NULL}


def write_archive(made: Sequence[Job], results: Path, archive: Path) -> int:
    """Copy what these jobs left in ``results`` to ``archive``, which is replaced as a whole; returns the bytes copied.

    Raises InputError, with nothing written, when a result is missing or does not match the present config, code and inputs.
    """
    if reasons := stale(made):
        raise InputError(
            f"{len(reasons)} of {len(made)} results do not match (the first: {reasons[0]}); nothing was archived: "
            "run the workflow again, snakemake check names them all."
        )
    files = sorted({file for job in made for file in _archived(job)})
    new = archive.with_name(f".{archive.name}.part")
    shutil.rmtree(new, ignore_errors=True)
    for file in files:
        target = new / file.relative_to(results)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    shutil.rmtree(archive, ignore_errors=True)
    new.replace(archive)
    return sum(file.stat().st_size for file in archive.rglob("*") if file.is_file())


def check_archive(experiment: Experiment, cells: Iterable[Cell], archive: Path, needed: Iterable[Path]) -> None:
    """Hold an archive against an experiment that is to be drawn from it.

    Settings that came into the code after the archive was written, or have left it since, are not held against it. Raises
    InputError when one of the ``needed`` files is not there, and when a cell was made with other settings.
    """
    if absent := [file for file in needed if archive in file.parents and not file.is_file()]:
        raise InputError(
            f"{archive} lacks {absent[0].relative_to(archive)} and {len(absent) - 1} more files of this experiment; leave "
            "source: archive out to make them, or take what they belong to out of the config."
        )
    for cell in cells:
        for job in (
            jobs.train_job(archive, cell),
            jobs.spectra_job(archive, cell.path, jobs.spectra_settings(experiment, cell)),
        ):
            recorded = artefacts.read_json(artefacts.record_path(job.outputs[0])).get("settings")
            if (then := _common(recorded, job.settings)) != (now := _common(job.settings, recorded)):
                raise InputError(
                    f"{job.outputs[0].parent} was made with other settings ({difference(then, now)}); leave source: archive "
                    "out to make it anew, or set them back."
                )


def _archived(job: Job) -> list[Path]:
    kept = [file for file in job.outputs if file.name not in LEFT_OUT and (job.stage != "prepare" or file.suffix == ".json")]
    return [*kept, artefacts.record_path(job.outputs[0])]


def _common(settings: Any, others: Any) -> Any:
    """The settings that both have."""
    if isinstance(settings, dict) and isinstance(others, dict):
        return {key: _common(value, others[key]) for key, value in settings.items() if key in others}
    return settings
