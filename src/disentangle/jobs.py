"""The jobs of an experiment: for every product the stage that makes it, the code and the settings that decide it.

The stages leave this in their records, the workflow tracks the code, and `disentangle.staleness` compares both with the present.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell, list_cells
from disentangle.config import Experiment
from disentangle.datasets.registry import DATASETS

CODE = {
    "masks": ["disentangle.masks.summary"],
    "spectra": ["disentangle.spectra.cell"],
    "compare": ["disentangle.spectra.comparison"],
    "stack": ["disentangle.tables.stacking"],
    "accuracy": ["disentangle.statistics.accuracy", "disentangle.tables.reading"],
    "spectral_tests": ["disentangle.statistics.spectral_tests", "disentangle.tables.reading"],
    "claims": ["disentangle.statistics.claims", "disentangle.tables.reading"],
}


@dataclass(frozen=True)
class Job:
    """What decides a product besides its input files; ``settings`` are plain values."""

    stage: str
    modules: Sequence[str]
    settings: Any
    outputs: Sequence[Path]


def prepare_job(results: Path, dataset: str) -> Job:
    """Split and standardise a data set."""
    module = DATASETS[dataset].split(":")[0]
    outputs = [artefacts.dataset_path(results, dataset)]
    return Job("prepare", ["disentangle.datasets.preparation", module], {"dataset": dataset}, outputs)


def train_job(results: Path, cell: Cell) -> Job:
    """Train a cell's cohort."""
    folder = artefacts.cell_folder(results, cell.path)
    outputs = [folder / name for name in (artefacts.WIRING, artefacts.METRICS, artefacts.HISTORY)]
    return Job("train", cell.modules, cell.model_dump(mode="json"), outputs)


def masks_job(results: Path, path: str) -> Job:
    """Summarise the masks of a cell."""
    folder = artefacts.cell_folder(results, path)
    return Job("masks", CODE["masks"], {}, [folder / artefacts.MASKS, folder / artefacts.DEGREES])


def spectra_job(results: Path, path: str, seeds: Sequence[int], null_draws: int) -> Job:
    """Eigenvalues of a cell's networks and of their nulls."""
    settings = {"seeds": list(seeds), "null_draws": null_draws}
    return Job("spectra", CODE["spectra"], settings, [artefacts.cell_folder(results, path) / artefacts.SPECTRA])


def compare_job(results: Path, dataset: str, network: str, paths: Sequence[str]) -> Job:
    """Spectral distances of all networks of a dataset × network."""
    folder = artefacts.comparison_folder(results, dataset, network)
    outputs = [folder / name for name in (artefacts.DISTANCES, artefacts.NETWORKS, artefacts.QUANTILES)]
    return Job("compare", CODE["compare"], {"cells": list(paths)}, outputs)


def stack_job(results: Path, what: str, paths: Sequence[str]) -> Job:
    """Stack one CSV of every cell into a table."""
    return Job("stack", CODE["stack"], {"cells": list(paths)}, [artefacts.table_path(results, what)])


def table_job(results: Path, name: str, settings: Any) -> Job:
    """A table in its three forms."""
    outputs = [artefacts.table_path(results, name, suffix) for suffix in artefacts.TABLE_FORMS]
    return Job(name, CODE[name], settings, outputs)


def figure_job(figures: Path, name: str, settings: Any) -> Job:
    """A figure in the forms asked for."""
    outputs = [figures / f"{name}.{suffix}" for suffix in settings["formats"]]
    return Job("figure", [f"disentangle.figures.{name}", "disentangle.figures.saving"], settings, outputs)


def list_jobs(experiment: Experiment, results: Path, figures: Path) -> list[Job]:
    """Every job of an experiment, makers before users."""
    cells = list_cells(experiment)
    paths = [cell.path for cell in cells]
    groups = {(cell.dataset, cell.network): [] for cell in cells}  # type: dict[tuple[str, str], list[str]]
    for cell in cells:
        groups[cell.dataset, cell.network].append(cell.path)
    statistics = experiment.statistics.model_dump(mode="json")
    return [
        *(prepare_job(results, dataset) for dataset in experiment.datasets),
        *(train_job(results, cell) for cell in cells),
        *(masks_job(results, path) for path in paths),
        *(spectra_job(results, cell.path, cell.seeds, experiment.spectra.null_draws) for cell in cells),
        *(compare_job(results, *group, members) for group, members in groups.items()),
        *(stack_job(results, what, paths) for what in artefacts.STACKED),
        *(table_job(results, name, statistics) for name in artefacts.TABLES),
        *(figure_job(figures, name, experiment.figures.model_dump(mode="json")) for name in artefacts.FIGURES),
    ]
