# The plan of the experiment, made from the config. Nothing here loads torch or pandas.
import os
import shlex
from pathlib import Path

from snakemake.exceptions import WorkflowError

import disentangle
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.hardware import planned_device
from disentangle.pipeline.job import File
from disentangle.pipeline.archive import plan_of
from disentangle.stages.prepare import check_data_folder
from disentangle.tracking import digest

try:
    experiment = load_experiment(config)
    plan = plan_of(experiment)
    check_data_folder(plan)
except InputError as error:
    raise WorkflowError(str(error)) from None

# Jobs run the code that this plan was made from, in whatever environment they start.
home = shlex.quote(str(Path(disentangle.__file__).parents[1]))
shell.prefix(f"set -euo pipefail; export PYTHONPATH={home}${{{{PYTHONPATH:+:$PYTHONPATH}}}}; ")

RESULTS, FIGURES = plan.places.told, plan.places.drawn
LOGS, BENCHMARKS = f"{RESULTS}/logs", f"{RESULTS}/benchmarks"

for folder in (RESULTS, FIGURES):
    nearest = next(f for f in (folder, *folder.parents) if f.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise WorkflowError(f"cannot write {folder}: {nearest} is not a writable folder; make it one.")

device = planned_device(experiment.device)
gpus = 1 if device == "cuda" else 0
DEVICE = f"{RESULTS}/device.json"

# By the first output of each job, for the report.
config["captions"] = {plan.places.find(next(iter(job.outputs.values()))): job.caption for job in plan.to_run if job.reported}


JOBS = {stage.stage: {tuple(job.at.values()): job for job in plan.run_by(stage)} for stage in plan.stages}


def job_of(stage, wildcards):
    """The planned job of a stage that has these wildcards."""
    return JOBS[stage][tuple(wildcards)]


def inputs_of(stage, wildcards):
    """What that job reads, by name."""
    return {name: list(map(plan.places.find, of)) for name, of in job_of(stage, wildcards).needs().items()}


def output_of(stage, product, path):
    """What Snakemake is to know of an output: it puts the old one back when the job fails (update), and may show it (report)."""
    file = update(plan.places.find(File(stage.root, path)))
    if product != stage.reported:
        return file
    return report(
        file,
        caption="../report/told.rst",
        category=lambda w: job_of(stage.stage, w).heading,
        labels={place: f"{{{place}}}" for place in stage.placeholders()},
    )


def constraints_of(stage):
    """What the placeholders can be: of those that have few values just these, since two stages may write beside each other."""
    values = {
        place: "|".join(dict.fromkeys(job.at[place] for job in JOBS[stage.stage].values())) for place in stage.placeholders()
    }
    return values | ({"cell": "[^/]+/[^/]+/[^/]+/[^/]+"} if "cell" in values else {})


def own_file(folder, stage, suffix):
    """Path of a job's log or benchmark."""
    places = [f"{{{place}}}" for place in stage.placeholders()] or ["all"]
    return str(Path(folder, stage.stage, *places).with_suffix(f".{suffix}"))


def files(jobs):
    """Every file that these jobs leave: one that is deleted, or its record, is made again."""
    return [plan.places.find(file) for job in jobs for file in (*job.outputs.values(), job.record)]


def jobs_of(*stages):
    """The planned jobs of these stages, by their names."""
    return [job for stage in stages for job in plan.jobs[stage]]
