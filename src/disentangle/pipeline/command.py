"""Shell commands: how a job is run by hand, where there is no Snakemake."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from disentangle.errors import choose
from disentangle.hardware import planned_device
from disentangle.pipeline.plan import Plan


def commands(plan: Plan, stages: Iterable[str] = (), cells: Iterable[str] = ()) -> list[str]:
    """The shell commands of a plan in order; of some stages, or of what belongs to some cells, where they are given.

    Raises InputError for a stage or a cell that the plan does not have.
    """
    experiment, known = plan.experiment, [stage.stage for stage in plan.stages]
    wanted = [choose(stage, known, "stage") for stage in stages] or known
    chosen = [choose(cell, [cell.path for cell in plan.cells], "cell") for cell in cells]
    datasets = {cell.split("/")[0] for cell in chosen}
    places = f"--experiment {experiment.name}" + (" --source archive" if plan.places.archived else "")
    data_dir = f"--data-dir={quote(experiment.data_dir or '')}"
    on_device = (
        f"--device {planned_device(experiment.device)} --precision {experiment.precision} "
        f"--compile {str(experiment.compile).lower()} --threads {experiment.threads}"
    )
    return [
        " ".join(
            [
                f"python -m disentangle {job.stage} {quote(job.model_dump_json())} {places}",
                *([on_device] if job.on_device else []),
                *([data_dir] if job.on_device or job.stage == "prepare" else []),
            ]
        )
        for job in plan.to_run
        if job.stage in wanted
        if not chosen or job.at.get("cell") in chosen or (job.stage == "prepare" and job.at["dataset"] in datasets)
    ]
