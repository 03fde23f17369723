"""The archive of an experiment: what its tables and figures are made from, small enough for git, without what training needs.

archive/<experiment>/ holds one packed file, laid out as results/<experiment> with every product beside its own record, and the
table of accuracies as text. It is unpacked below results/<experiment> to be read.
"""

import shutil
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from disentangle.artefacts import read_json
from disentangle.cells import Cell
from disentangle.config import Experiment
from disentangle.errors import InputError, checked
from disentangle.pipeline.job import File, Job, Places
from disentangle.pipeline.plan import Plan
from disentangle.pipeline.staleness import difference, stale

ARCHIVES = Path("archive")
PACKED = "products.tar.xz"
TOLD = ("accuracy",)


def plan_of(experiment: Experiment) -> Plan:
    """The plan of an experiment; where it is told from its archive, this is unpacked and held against it.

    Raises InputError for whatever a config says that cannot be, and for an archive that does not fit.
    """
    return open_archive(experiment) if experiment.source == "archive" else Plan(experiment)


def write_archive(plan: Plan) -> tuple[Path, int]:
    """Archive the results of a plan; returns the folder, which is replaced as a whole, and the bytes in it.

    Raises InputError, with nothing changed, when a result is missing or does not match the present config, code and inputs,
    and when the archive cannot be written.
    """
    from disentangle.packing import pack

    made = [job for job in plan.to_run if job.root == "made"]
    told = [job for job in plan.jobs["table"] if job.at["table"] in TOLD]
    if reasons := stale([*made, *told], plan.places):
        raise InputError(
            f"{len(reasons)} of {len(made) + len(told)} results do not match (the first: {reasons[0]}); nothing was archived: "
            "run the workflow again, snakemake check names them all."
        )
    packed = {file.path: Path(plan.places.find(file)) for job in made for file in _archived(job)}
    target = (ARCHIVES / plan.experiment.name).resolve()  # a link stays a link
    new, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))
    try:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        new.mkdir(parents=True)
        pack(packed, new / PACKED)
        for job in told:
            shutil.copyfile(plan.places.find(job.outputs["csv"]), new / f"{job.at['table']}.csv")
        if target.exists():
            target.rename(old)
        new.rename(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}; free the place, or make it writable.") from None
    shutil.rmtree(old, ignore_errors=True)
    return ARCHIVES / plan.experiment.name, sum(file.stat().st_size for file in target.iterdir())


def open_archive(experiment: Experiment) -> Plan:
    """The plan of an experiment that is told from its archive, which is unpacked for it and held against it.

    A setting that came into the code after the archive was written counts as its default then. Raises InputError when there is
    no such archive or a file that is needed is not in it, when one was made with other settings, and when files are not of
    one run.
    """
    from disentangle.packing import unpack

    places = Places.of(experiment.name, "archive")
    unpack(ARCHIVES / experiment.name / PACKED, places.made)
    plan = Plan(experiment, places)
    archive = ARCHIVES / experiment.name
    needed = [file for job in plan.to_run for files in job.needs().values() for file in files if file.root == "made"]
    if absent := [file.path for file in needed if not Path(places.find(file)).is_file()]:
        raise InputError(
            f"{len(absent)} files of this experiment are not in {archive}, the first: {absent[0]}; "
            "leave source: archive out to make them, or restore the archive from git."
        )
    for stage in plan.stages:
        jobs = plan.jobs[stage.stage] if stage.root == "made" else []
        if any(Path(places.find(job.record)).is_file() for job in jobs):  # else the archive is older than the stage
            for job in jobs:
                _hold(job, places, archive)
    return plan


def _archived(job: Job) -> list[File]:
    return [*(job.outputs[product] for product in job.archived), job.record]


def _hold(job: Job, places: Places, archive: Path) -> None:
    """Refuse an archived product that was made with other settings, or not from what the archive holds."""
    record = read_json(Path(places.find(job.record)))
    now = job.model_dump(mode="json")
    then = _as_of_now(job, record["settings"], now)
    if then != now:
        raise InputError(
            f"{archive}: {job} was made with other settings ({difference(then, now)}); "
            "leave source: archive out to make it anew, or set the config back."
        )
    when_made = Places(places.told, places.told, places.drawn)
    for file in (file for files in job.needs().values() for file in files):
        vouched = read_json(Path(places.record(file) or "")).get("outputs", {}).get(Path(file.path).name)
        if record["inputs"].get(when_made.find(file)) != vouched:
            raise InputError(
                f"{archive}: {job} was not made from the {Path(file.path).name} of this archive; "
                "restore the whole archive from git, or archive the results again."
            )


def _as_of_now(job: Job, recorded: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Settings as today's code would record them: new ones at their defaults, those it does not know left out."""
    then = checked(type(job), _common(recorded, now), f"archived {job.stage}")
    if isinstance(cell := getattr(then, "cell", None), Cell):
        then = then.model_copy(update={"cell": _with_defaults(cell)})
    return then.model_dump(mode="json")


def _with_defaults(cell: Cell) -> Cell:
    own: dict[str, BaseModel] = {"layout": cell.make_layout(), "settings": cell.make_family()}
    update: dict[str, Any] = {name: model.model_dump(mode="json") for name, model in own.items()}
    if cell.parent and (theirs := cell.parent.make_family()):
        update["parent"] = cell.parent.model_copy(update={"settings": theirs.model_dump(mode="json")})
    return cell.model_copy(update=update)


def _common(settings: Any, others: Any) -> Any:
    """The settings that both have."""
    if isinstance(settings, dict) and isinstance(others, dict):
        return {key: _common(value, others[key]) for key, value in settings.items() if key in others}
    return settings
