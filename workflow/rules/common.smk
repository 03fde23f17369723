# The plan of the experiment, made from the config; rules only look things up here. Nothing in this file loads torch or pandas.
import json
import os
import shlex
from pathlib import Path

from snakemake.exceptions import WorkflowError

import disentangle
from disentangle import artefacts, jobs, plan
from disentangle.archive import check_archive
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.datasets.registry import STREAMED
from disentangle.errors import InputError
from disentangle.hardware import planned_device
from disentangle.sources import sources

try:
    experiment = load_experiment(config)
    cells = {cell.path: cell for cell in list_cells(experiment)}
    RESULTS = Path("results") / experiment.name
    FIGURES = Path("figures") / experiment.name
    SOURCE = Path(experiment.source) / experiment.name
    all_jobs = plan.list_jobs(experiment, RESULTS, SOURCE, FIGURES)
    plan.check_data_folder(experiment, all_jobs)
    if SOURCE != RESULTS:
        check_archive(experiment, RESULTS, SOURCE, [file for job in all_jobs for file in job.inputs])
except InputError as error:
    raise WorkflowError(str(error)) from None

# Jobs run the code that this plan was made from, in whatever environment they start.
home = shlex.quote(str(Path(disentangle.__file__).parents[1]))
shell.prefix(f"set -euo pipefail; export PYTHONPATH={home}${{{{PYTHONPATH:+:$PYTHONPATH}}}}; ")

LOGS, BENCHMARKS = RESULTS / "logs", RESULTS / "benchmarks"
CELL = "{dataset}/{network}/{family}/{density}"
CELL_FOLDER = artefacts.cell_folder(RESULTS, CELL)
(COMPARISON_FOLDER,) = artefacts.comparison_folders(RESULTS, [CELL])

for folder in (RESULTS, FIGURES):
    nearest = next(f for f in (folder, *folder.parents) if f.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise WorkflowError(f"cannot write {folder}: {nearest} is not a writable folder; make it one.")

device = planned_device(experiment.device)
gpus = 1 if device == "cuda" else 0
tables = plan.tables_of(experiment, RESULTS, SOURCE)
drawn = plan.figures_of(experiment, RESULTS, SOURCE)
groups = artefacts.by_comparison(list(cells))


wildcard_constraints:
    dataset="|".join(experiment.datasets),
    network="|".join(experiment.networks),
    family="|".join(experiment.families),
    density=r"free|\d\.\d+",
    stacked="|".join(artefacts.STACKED),
    table="|".join(artefacts.TABLES),


def cell_of(wildcards):
    return cells[CELL.format(**wildcards)]


def code(job):
    # Relative, so that a project that is moved or copied with its results reruns nothing.
    return [os.path.relpath(file) for file in sources(*job.modules)]
