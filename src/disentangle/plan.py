"""The plan of an experiment: which jobs it has, and with which settings."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell, list_cells
from disentangle.config import Experiment
from disentangle.datasets.folders import given_folder
from disentangle.families import Family
from disentangle.families.abilities import Approximates, Drifts
from disentangle.jobs import Job
from disentangle.studies import STUDIES, studies

# Its sets come with scikit-learn.
EMBEDDED = "disentangle.datasets.embedded"


def list_jobs(experiment: Experiment, results: Path, source: Path, figures: Path) -> list[Job]:
    """Every job of an experiment, makers before users; what an archive holds is not made."""
    making = making_jobs(experiment, results, source) if source == results else []
    return [*making, *telling_jobs(experiment, results, source, figures)]


def making_jobs(experiment: Experiment, results: Path, source: Path) -> list[Job]:
    """The jobs that make data sets, cells, comparisons and checks of the theory, as far as ``source`` can stand for them."""
    cells = list_cells(experiment)
    paths = [cell.path for cell in cells]
    measurements = (
        ("sweep", experiment.sweep, swept(experiment, results, source)),
        ("gradients", experiment.theory, approximated(experiment, results, source)),
        ("profiles", experiment.profiles, profiled(experiment, results, source)),
    )
    return [
        *(jobs.prepare_job(results, dataset) for dataset in experiment.datasets),
        *(jobs.train_job(results, cell) for cell in cells),
        *(
            jobs.measurement_job(stage, results, cell, settings.model_dump(mode="json"))
            for stage, settings, measured in measurements
            for cell in measured
        ),
        *(jobs.masks_job(results, path) for path in paths),
        *(jobs.spectra_job(results, cell.path, spectra_settings(experiment, cell)) for cell in cells),
        *(jobs.compare_job(results, group) for group in artefacts.by_comparison(paths).values()),
        *([jobs.theory_job(results, theory_settings(experiment))] if _theory_held(results, source) else []),
    ]


def telling_jobs(experiment: Experiment, results: Path, source: Path, figures: Path) -> list[Job]:
    """The jobs that make tables and figures."""
    paths = [cell.path for cell in list_cells(experiment)]
    made, drawn = tables_of(experiment, results, source), figures_of(experiment, results, source)
    return [
        *(jobs.stack_job(results, source, what, paths) for what in artefacts.STACKED),
        *(jobs.table_job(results, source, name, settings) for name, settings in made.items()),
        *(jobs.figure_job(results, source, figures, name, settings) for name, settings in drawn.items()),
    ]


def check_data_folder(experiment: Experiment, planned: Sequence[Job]) -> None:
    """Raise InputError where files of a data set are still to be read and the folder named for them does not exist."""
    read = [job for job in planned if job.stage == "prepare" and not all(file.is_file() for file in job.outputs)]
    if any(EMBEDDED not in job.modules for job in read):
        given_folder(Path(experiment.data_dir) if experiment.data_dir else None)


def tables_of(experiment: Experiment, results: Path, source: Path) -> dict[str, dict[str, Any]]:
    """The tables, with their settings."""
    common = {
        "experiment": experiment.name,
        "cells": [cell.path for cell in list_cells(experiment)],
        "statistics": experiment.statistics.model_dump(mode="json"),
    }
    gradients = [cell.path for cell in approximated(experiment, results, source)]
    transplants = [cell.path for cell in profiled(experiment, results, source)]
    own = {"claims": {"gradients": gradients, "transplants": transplants, "theory": _theory_held(results, source)}}
    return {name: common | own.get(name, {}) for name in artefacts.TABLES}


def figures_of(experiment: Experiment, results: Path, source: Path) -> dict[str, dict[str, Any]]:
    """The figures that have something to show in this experiment, with their settings.

    A figure shows all cells unless it is named here; that of a study, the groups of families that it compares.
    """
    cells = list_cells(experiment)
    every, found = [cell.path for cell in cells], studies(cells)
    partial = [cell for cell in cells if cell.density != "1.0" and cell.replicates > 1]
    profiles = [cell.path for cell in profiled(experiment, results, source)]
    some = {
        "weight_values": [cell.path for cell in _held(cells, artefacts.HISTOGRAMS, results, source)],
        "mask_overlap": [cell.path for cell in _held(partial, artefacts.OVERLAP, results, source)],
        "shared_weight": [cell.path for cell in swept(experiment, results, source)],
        "weight_profiles": profiles,
        "value_transplant": profiles,
        "gradient_error": [cell.path for cell in approximated(experiment, results, source)],
        "drift": [cell.path for cell in drifting(experiment, results, source)],
        "convergence": every if _theory_held(results, source) else [],
        **{name: every if name in found else [] for name in STUDIES},
    }
    common = experiment.figures.model_dump(mode="json") | {
        "statistics": experiment.statistics.model_dump(mode="json"),
        "epochs": experiment.training.epochs,
    }
    return {
        name: common | {"cells": paths} | ({"studies": {name: found[name]}} if name in found else {})
        for name in artefacts.FIGURES
        if (paths := some.get(name, every))
    }


def spectra_settings(experiment: Experiment, cell: Cell) -> dict[str, Any]:
    """Settings of `jobs.spectra_job`."""
    return {"seeds": cell.seeds, "null_draws": experiment.spectra.null_draws}


def theory_settings(experiment: Experiment) -> dict[str, Any]:
    """Settings of `jobs.theory_job`."""
    return {"seed": experiment.seed}


def swept(experiment: Experiment, results: Path, source: Path) -> list[Cell]:
    """The cells whose shared weight is swept; none where the config asks for no factors."""
    cells = [
        cell for cell in list_cells(experiment) if experiment.sweep.factors and cell.make_family().edge_weights == "shared"
    ]
    return _held(cells, artefacts.SWEEP, results, source)


def approximated(experiment: Experiment, results: Path, source: Path) -> list[Cell]:
    """The cells whose approximate gradient is measured; none where the config asks for no hardness."""
    cells = [cell for cell in list_cells(experiment) if experiment.theory.hardness and _approximates(cell.make_family())]
    return _held(cells, artefacts.GRADIENTS, results, source)


def _approximates(family: Family) -> bool:
    return isinstance(family, Approximates) and family.approximate_gradient


def drifting(experiment: Experiment, results: Path, source: Path) -> list[Cell]:
    """The cells whose histories tell how far mask and scores moved; none where those of an archive are older than that."""
    cells = [cell for cell in list_cells(experiment) if isinstance(cell.make_family(), Drifts)]
    histories = (artefacts.cell_folder(source, cell.path) / artefacts.HISTORY for cell in cells)
    return cells if source == results or any("mask_moved" in artefacts.columns(file) for file in histories) else []


def profiled(experiment: Experiment, results: Path, source: Path) -> list[Cell]:
    """The cells whose weight profiles are taken, of each family the density nearest one half; none without draws of a null."""
    nearest: dict[tuple[str, str, str], Cell] = {}
    for cell in sorted(list_cells(experiment), key=_from_half):
        if experiment.profiles.draws and cell.make_family().edge_weights == "own":
            nearest.setdefault((cell.dataset, cell.network, cell.family), cell)
    paths = {cell.path for cell in nearest.values()}
    return _held([cell for cell in list_cells(experiment) if cell.path in paths], artefacts.PROFILES, results, source)


def _from_half(cell: Cell) -> tuple[Decimal, Decimal]:
    """How far a density is from one half; of two as near the lower comes first."""
    density = Decimal("0" if cell.density == "free" else cell.density)
    return abs(density - Decimal("0.5")), density


def _held(cells: list[Cell], product: str, results: Path, source: Path) -> list[Cell]:
    """The cells, unless ``source`` has this product of none: an archive lacks what came into the code after it was written."""
    files = (artefacts.cell_folder(source, cell.path) / product for cell in cells)
    return cells if source == results or any(file.is_file() for file in files) else []


def _theory_held(results: Path, source: Path) -> bool:
    return source == results or any(file.is_file() for file in artefacts.theory_paths(source))
