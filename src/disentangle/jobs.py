"""Jobs: for every product its stage, and the code, settings and files that decide it.

``results`` is where a job writes; ``source`` is where tables and figures find the cells: the same folder, or an archive. The
workflow plans with them, the stages record them, and `disentangle.staleness` holds the records against them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.datasets.registry import DATASETS
from disentangle.errors import choose
from disentangle.sources import imported


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
    """Train a cell's cohort; a control's from the wiring of its source."""
    folder = artefacts.cell_folder(results, cell.path)
    outputs = [folder / name for name in (artefacts.WIRING, artefacts.METRICS, artefacts.HISTORY)]
    inputs = [artefacts.dataset_path(results, cell.dataset)]
    if cell.source:
        inputs.append(artefacts.cell_folder(results, cell.source.path) / artefacts.WIRING)
    return Job("train", cell.model_dump(mode="json"), inputs, outputs, cell.modules)


def measurement_job(stage: str, results: Path, cell: Cell, settings: Any) -> Job:
    """Measure a cell's networks: sweep (settings: factors), gradients (hardness, images) or profiles (draws, permutations)."""
    folder = artefacts.cell_folder(results, cell.path)
    inputs = [folder / artefacts.WIRING, artefacts.dataset_path(results, cell.dataset)]
    return Job(stage, settings, inputs, [folder / name for name in artefacts.MEASURED[stage]], cell.modules)


def masks_job(results: Path, path: str) -> Job:
    """Summarise the masks of a cell."""
    folder = artefacts.cell_folder(results, path)
    outputs = [folder / name for name in (artefacts.MASKS, artefacts.DEGREES, artefacts.OVERLAP, artefacts.HISTOGRAMS)]
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


def theory_job(results: Path, settings: Any) -> Job:
    """Check the theory of the weight-free search on problems small enough for it; settings: seed."""
    return Job("theory", settings, [], artefacts.theory_paths(results))


def stack_job(results: Path, source: Path, what: str, paths: Sequence[str]) -> Job:
    """Stack one CSV of every cell, its metrics, history or masks, into a table."""
    inputs = [artefacts.cell_folder(source, path) / f"{what}.csv" for path in paths]
    return Job("stack", {"cells": list(paths)}, inputs, [artefacts.table_path(results, what)])


def table_job(results: Path, source: Path, name: str, settings: Any) -> Job:
    """A table in its three forms; settings: experiment, cells, statistics; of claims gradients, transplants (cells), theory."""
    choose(name, artefacts.TABLES, "table")
    metrics, masks = (artefacts.table_path(results, table) for table in ("metrics", "masks"))
    compared = artefacts.comparisons(source, settings["cells"])
    gradients = [artefacts.cell_folder(source, path) / artefacts.GRADIENTS for path in settings.get("gradients", [])]
    transplants = [artefacts.cell_folder(source, path) / artefacts.TRANSPLANT for path in settings.get("transplants", [])]
    theory = artefacts.theory_paths(source) if settings.get("theory") else []
    inputs = {
        "accuracy": [metrics, masks],
        "spectral_tests": compared,
        "claims": [metrics, masks, *compared, *gradients, *transplants, *theory, artefacts.CLAIMS],
    }[name]
    outputs = [artefacts.table_path(results, name, form) for form in artefacts.TABLE_FORMS]
    return Job("table", settings, inputs, outputs)


def figure_job(results: Path, source: Path, figures: Path, name: str, settings: Any) -> Job:
    """A figure in the forms asked for; settings: formats, dpi, cells, statistics, epochs, and what studies compare."""
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
        "weight_values": [folder / artefacts.HISTOGRAMS for folder in folders],
        "mask_overlap": [folder / artefacts.OVERLAP for folder in folders],
        "shared_weight": [*(folder / artefacts.SWEEP for folder in folders), *described],
        "weight_profiles": [folder / file for folder in folders for file in (artefacts.PROFILES, artefacts.CURVES)],
        "value_transplant": [*(folder / artefacts.TRANSPLANT for folder in folders), *described],
        "gradient_error": [folder / artefacts.GRADIENTS for folder in folders],
        "wiring": [*(folder / file for folder in folders for file in (artefacts.DEGREES, artefacts.MASKS)), *described],
        "convergence": artefacts.theory_paths(source),
        "hump": [*accuracies, *described],
        "laperm_regimes": [*accuracies, *described],
        "laperm_period": [artefacts.table_path(results, "history"), *(folder / artefacts.METRICS for folder in folders)],
        "drift": [artefacts.table_path(results, "history")],
        "estimators": [artefacts.table_path(results, "history")],
        "ablation": accuracies,
        "density_steering": accuracies,
        "controls": [*accuracies, *described],
    }[name]
    outputs = [figures / f"{name}.{form}" for form in settings["formats"]]
    return Job("figure", settings, inputs, outputs, [f"disentangle.figures.{name}"])


def notebook_job(results: Path, name: str) -> Job:
    """An executed notebook, which reads the table of accuracies."""
    source = artefacts.NOTEBOOKS / f"{name}.py"
    choose(name, sorted(file.stem for file in artefacts.NOTEBOOKS.glob("*.py")), "notebook")
    inputs = [source, artefacts.table_path(results, "accuracy")]
    return Job("notebook", {}, inputs, [artefacts.notebook_path(results, name)], imported(source))
