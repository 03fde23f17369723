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
from disentangle.pipeline.plan import plan_of
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
CELL = "[^/]+/[^/]+/[^/]+/[^/]+"
LOGS, BENCHMARKS = RESULTS / "logs", RESULTS / "benchmarks"

for folder in (RESULTS, FIGURES):
    nearest = next(f for f in (folder, *folder.parents) if f.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise WorkflowError(f"cannot write {folder}: {nearest} is not a writable folder; make it one.")

device = planned_device(experiment.device)
gpus = 1 if device == "cuda" else 0
DEVICE = RESULTS / "device.json"

# By the first output of each job, for the report.
config["captions"] = {plan.places.find(next(iter(job.outputs.values()))): job.caption for job in plan.to_run if job.reported}


def files(jobs):
    """Every file that these jobs leave: one that is deleted, or its record, is made again."""
    return [plan.places.find(file) for job in jobs for file in (*job.outputs.values(), job.record)]


def jobs_of(*stages):
    """The planned jobs of these stages, by their names."""
    return [job for stage in stages for job in plan.jobs[stage]]
