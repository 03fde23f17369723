"""The jobs of an experiment: for every product its stage, and the code, settings and files that decide it.

``results`` is where a job writes; ``source`` is where tables and figures find the cells: the same folder, or an archive. The
workflow plans with them, the stages record them, and `disentangle.staleness` holds the records against them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell, list_cells
from disentangle.config import Experiment
from disentangle.datasets.registry import DATASETS
from disentangle.errors import choose
from disentangle.sources import imported
from disentangle.studies import STUDIES, studies


@dataclass(frozen=True)
class Job:
    """What decides a product; ``settings`` are plain values, and the record stands beside the first output.

    ``chosen`` are modules that the stage takes by name, from a registry, and so does not import in its code.
    """

    stage: str
    settings: Any
    inputs: Sequence[Path]
    outputs: Sequence[Path]
    chosen: Sequence[str] = ()

    @property
    def modules(self) -> list[str]:
        """Modules whose code, with all they import, decides the product."""
        return [f"disentangle.stages.{self.stage}", *self.chosen]


def prepare_job(results: Path, dataset: str) -> Job:
    """Split and standardise a data set, and describe it."""
    reader = DATASETS[choose(dataset, list(DATASETS), "dataset")].split(":")[0]
    outputs = [artefacts.dataset_path(results, dataset), artefacts.description_path(results, dataset)]
    return Job("prepare", {"dataset": dataset}, [], outputs, [reader])


def train_job(results: Path, cell: Cell) -> Job:
    """Train a cell's cohort."""
    folder = artefacts.cell_folder(results, cell.path)
    outputs = [folder / name for name in (artefacts.WIRING, artefacts.METRICS, artefacts.HISTORY)]
    data = artefacts.dataset_path(results, cell.dataset)
    return Job("train", cell.model_dump(mode="json"), [data], outputs, cell.modules)


def masks_job(results: Path, path: str) -> Job:
    """Summarise the masks of a cell."""
    folder = artefacts.cell_folder(results, path)
    outputs = [folder / artefacts.MASKS, folder / artefacts.DEGREES]
    return Job("masks", {}, [folder / artefacts.WIRING], outputs)


def spectra_job(results: Path, path: str, settings: Any) -> Job:
    """Eigenvalues of a cell's networks and of their nulls; settings: seeds, null_draws."""
    folder = artefacts.cell_folder(results, path)
    outputs = [folder / name for name in (artefacts.SPECTRA, artefacts.NULL, artefacts.DENSITIES)]
    return Job("spectra", settings, [folder / artefacts.WIRING], outputs)


def compare_job(results: Path, paths: Sequence[str]) -> Job:
    """Spectral distances of all networks of a dataset × network, from the paths of its cells."""
    (folder,) = artefacts.comparison_folders(results, paths)
    folders = [artefacts.cell_folder(results, path) for path in paths]
    inputs = [folder / name for name in (artefacts.SPECTRA, artefacts.NULL) for folder in folders]
    outputs = [folder / artefacts.DISTANCES, folder / artefacts.NETWORKS]
    return Job("compare", {"cells": list(paths)}, inputs, outputs)


def stack_job(results: Path, source: Path, what: str, paths: Sequence[str]) -> Job:
    """Stack one CSV of every cell, its metrics, history or masks, into a table."""
    inputs = [artefacts.cell_folder(source, path) / f"{what}.csv" for path in paths]
    return Job("stack", {"cells": list(paths)}, inputs, [artefacts.table_path(results, what)])


def table_job(results: Path, source: Path, name: str, settings: Any) -> Job:
    """A table in its three forms; settings: experiment, cells, statistics."""
    choose(name, artefacts.TABLES, "table")
    metrics, masks = (artefacts.table_path(results, table) for table in ("metrics", "masks"))
    compared = artefacts.comparisons(source, settings["cells"])
    inputs = {
        "accuracy": [metrics, masks],
        "spectral_tests": compared,
        "claims": [metrics, *compared, artefacts.CLAIMS],
    }[name]
    outputs = [artefacts.table_path(results, name, form) for form in artefacts.TABLE_FORMS]
    return Job("table", settings, inputs, outputs)


def figure_job(results: Path, source: Path, figures: Path, name: str, settings: Any) -> Job:
    """A figure in the forms asked for; settings: formats, dpi, cells, confidence, epochs, and what studies compare."""
    choose(name, artefacts.FIGURES, "figure")
    paths = settings["cells"]
    described = [artefacts.description_path(source, dataset) for dataset in sorted({p.split("/")[0] for p in paths})]
    accuracies = [artefacts.table_path(results, table) for table in ("metrics", "accuracy")]
    folders = [artefacts.cell_folder(source, path) for path in paths]
    inputs = {
        "accuracy_by_family": [*accuracies, *described],
        "accuracy_by_density": [*accuracies, *described],
        "learning_curves": [artefacts.table_path(results, "history")],
        "spectra": [folder / artefacts.DENSITIES for folder in folders],
        "spectral_distance": artefacts.comparisons(source, paths),
        "wiring": [*(folder / file for folder in folders for file in (artefacts.DEGREES, artefacts.MASKS)), *described],
        "estimators": [artefacts.table_path(results, "history")],
        "ablation": accuracies,
        "density_steering": accuracies,
    }[name]
    outputs = [figures / f"{name}.{form}" for form in settings["formats"]]
    return Job("figure", settings, inputs, outputs, [f"disentangle.figures.{name}"])


def notebook_job(results: Path, name: str) -> Job:
    """An executed notebook, which reads the table of accuracies."""
    source = artefacts.NOTEBOOKS / f"{name}.py"
    choose(name, sorted(file.stem for file in artefacts.NOTEBOOKS.glob("*.py")), "notebook")
    inputs = [source, artefacts.table_path(results, "accuracy")]
    return Job("notebook", {}, inputs, [artefacts.notebook_path(results, name)], imported(source))


def spectra_settings(experiment: Experiment, cell: Cell) -> dict[str, Any]:
    """Settings of `spectra_job`."""
    return {"seeds": cell.seeds, "null_draws": experiment.spectra.null_draws}


def table_settings(experiment: Experiment, paths: Sequence[str]) -> dict[str, Any]:
    """Settings of `table_job`."""
    statistics = experiment.statistics.model_dump(mode="json")
    return {"experiment": experiment.name, "cells": list(paths), "statistics": statistics}


def figure_settings(experiment: Experiment, paths: Sequence[str]) -> dict[str, Any]:
    """Settings of `figure_job`; those of studies only where the experiment has one."""
    found = studies(list_cells(experiment))
    compared = {"studies": found, "statistics": experiment.statistics.model_dump(mode="json")} if found else {}
    shown = {"confidence": experiment.statistics.confidence, "epochs": experiment.training.epochs}
    return experiment.figures.model_dump(mode="json") | {"cells": list(paths)} | shown | compared


def figures_of(experiment: Experiment) -> list[str]:
    """Names of the figures that have something to show: that of a study only where the experiment has its cells."""
    found = studies(list_cells(experiment))
    return [name for name in artefacts.FIGURES if name in found or name not in STUDIES]


def list_jobs(experiment: Experiment, results: Path, source: Path, figures: Path) -> list[Job]:
    """Every job of an experiment, makers before users; what an archive holds is not made."""
    making = making_jobs(experiment, results) if source == results else []
    return [*making, *telling_jobs(experiment, results, source, figures)]


def making_jobs(experiment: Experiment, results: Path) -> list[Job]:
    """The jobs that make data sets, cells and comparisons: all that an archive can stand for."""
    cells = list_cells(experiment)
    paths = [cell.path for cell in cells]
    return [
        *(prepare_job(results, dataset) for dataset in experiment.datasets),
        *(train_job(results, cell) for cell in cells),
        *(masks_job(results, path) for path in paths),
        *(spectra_job(results, cell.path, spectra_settings(experiment, cell)) for cell in cells),
        *(compare_job(results, group) for group in artefacts.by_comparison(paths).values()),
    ]


def telling_jobs(experiment: Experiment, results: Path, source: Path, figures: Path) -> list[Job]:
    """The jobs that make tables and figures."""
    paths = [cell.path for cell in list_cells(experiment)]
    tables, drawing = table_settings(experiment, paths), figure_settings(experiment, paths)
    return [
        *(stack_job(results, source, what, paths) for what in artefacts.STACKED),
        *(table_job(results, source, name, tables) for name in artefacts.TABLES),
        *(figure_job(results, source, figures, name, drawing) for name in figures_of(experiment)),
    ]
