"""The archive of an experiment: what its tables and figures are made from, small enough for git, without what training needs.

It has the layout of results/<experiment>, so that the same code reads either, and every file stands beside its own record.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.config import Experiment
from disentangle.errors import InputError, checked
from disentangle.jobs import Job
from disentangle.plan import making_jobs
from disentangle.staleness import difference, stale

# Large, and read by nothing that tables and figures need.
LEFT_OUT = {
    artefacts.WIRING,
    artefacts.SPECTRA,
    artefacts.NULL,
}


def write_archive(made: Sequence[Job], results: Path, archive: Path) -> int:
    """Copy what these jobs left in ``results`` to ``archive``, which is replaced as a whole; returns the bytes copied.

    Raises InputError, with nothing changed, when a result is missing or does not match the present config, code and inputs,
    and when the archive cannot be written.
    """
    if reasons := stale(made):
        raise InputError(
            f"{len(reasons)} of {len(made)} results do not match (the first: {reasons[0]}); nothing was archived: "
            "run the workflow again, snakemake check names them all."
        )
    files = sorted({file for job in made for file in _archived(job)})
    target = archive.resolve()  # a link stays a link
    new, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))
    try:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        for file in files:
            copy = new / file.relative_to(results)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        if target.exists():
            target.rename(old)
        new.rename(target)
    except OSError as error:
        raise InputError(f"cannot write {archive}: {error.strerror}; free the place, or make it writable.") from None
    shutil.rmtree(old, ignore_errors=True)
    return sum(file.stat().st_size for file in files)


def check_archive(experiment: Experiment, results: Path, archive: Path, needed: Iterable[Path]) -> None:
    """Hold an archive against the experiment that is to be told from it: its files, their settings, and what made what.

    A setting of a cell that came into the code after the archive was written counts as its default then. Raises InputError
    when one of the ``needed`` files is not there, when one was made with other settings, and when files are not of one run.
    """
    if absent := [file for file in needed if archive in file.parents and not file.is_file()]:
        raise InputError(
            f"{len(absent)} files of this experiment are not in {archive}, the first: {absent[0].relative_to(archive)}; "
            "leave source: archive out to make them, or restore the archive from git."
        )
    for job in making_jobs(experiment, results, archive):
        record = _record(job.outputs[0], results, archive)
        now, then = job.settings, record.get("settings")
        if job.stage == "train":
            then = _as_of_now(then, now)
        if then != now:
            raise InputError(
                f"{archive / job.outputs[0].relative_to(results)} was made with other settings ({difference(then, now)}); "
                "leave source: archive out to make it anew, or set the config back."
            )
        for file, checksum in record.get("inputs", {}).items():
            if _record(Path(file), results, archive).get("outputs", {}).get(Path(file).name) != checksum:
                raise InputError(
                    f"{archive / job.outputs[0].relative_to(results)} was not made from the {Path(file).name} of this archive; "
                    "restore the whole archive from git, or archive the results again."
                )


def _archived(job: Job) -> list[Path]:
    kept = [file for file in job.outputs if file.name not in LEFT_OUT and (job.stage != "prepare" or file.suffix == ".json")]
    return [*kept, artefacts.record_path(job.outputs[0])]


def _record(product: Path, results: Path, archive: Path) -> dict[str, Any]:
    """The archived record of what a job leaves in ``results``."""
    return artefacts.read_json(artefacts.record_path(archive / product.relative_to(results)))


def _as_of_now(recorded: Any, now: dict[str, Any]) -> dict[str, Any]:
    """Settings of a cell as today's code would record them: new ones at their defaults, those it does not know left out."""
    cell = checked(Cell, _common(recorded, now), "archived cell")
    own: dict[str, BaseModel] = {"layout": cell.make_layout(), "settings": cell.make_family()}
    if cell.source and (theirs := cell.source.make_family()):
        own["source"] = cell.source.model_copy(update={"settings": theirs.model_dump(mode="json")})
    return cell.model_dump(mode="json") | {name: model.model_dump(mode="json") for name, model in own.items()}


def _common(settings: Any, others: Any) -> Any:
    """The settings that both have."""
    if isinstance(settings, dict) and isinstance(others, dict):
        return {key: _common(value, others[key]) for key, value in settings.items() if key in others}
    return settings
