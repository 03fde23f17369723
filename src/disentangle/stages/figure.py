"""The stage that draws: it reads what a figure shows and hands it to the figure's module."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.config import Statistics
from disentangle.provenance import recorded
from disentangle.stages.comparisons import load_comparisons


def figure(name: str, results: Path, source: Path, figures: Path, settings: Any) -> None:
    """Draw a figure in the formats asked for; cells and comparisons are read in ``source``."""
    from disentangle.figures.saving import save

    job = jobs.figure_job(results, source, figures, name, settings)
    with recorded(job):
        draw = import_module(f"disentangle.figures.{name}").draw
        save(draw(*_shown(name, results, source, settings)), figures / name, settings["formats"], settings["dpi"])


def _shown(name: str, results: Path, source: Path, settings: Any) -> Sequence[Any]:
    """What the figure's ``draw`` takes, read from its inputs."""
    from disentangle.masks.storage import load_counts
    from disentangle.tables.stacking import read_table, stack

    def table(which: str) -> Any:
        return read_table(artefacts.table_path(results, which))

    def arrays(file: str) -> dict[tuple[str, ...], Any]:
        return {key: artefacts.load_arrays(folder / file)[0] for key, folder in folders.items()}

    def counts(file: str) -> dict[tuple[str, ...], Any]:
        return {key: load_counts(folder / file) for key, folder in folders.items()}

    def rows(file: str) -> Any:
        return stack({key: read_table(folder / file) for key, folder in folders.items()})

    def chances() -> dict[str, float]:
        return {dataset: about["largest_class"] for dataset, about in _described(source, paths).items()}

    paths, statistics = settings["cells"], Statistics(**settings["statistics"])
    folders = {tuple(path.split("/")): artefacts.cell_folder(source, path) for path in paths}
    match name:
        case "accuracy_by_family" | "accuracy_by_density":
            return table("metrics"), table("accuracy"), chances(), statistics.confidence
        case "learning_curves":
            return table("history"), settings["epochs"]
        case "spectra":
            return (arrays(artefacts.DENSITIES),)
        case "spectral_distance":
            return (load_comparisons(source, paths),)
        case "shared_weight":
            return rows(artefacts.SWEEP), chances(), statistics
        case "weight_profiles":
            return rows(artefacts.PROFILES), arrays(artefacts.CURVES)
        case "value_transplant":
            return rows(artefacts.TRANSPLANT), chances(), statistics
        case "gradient_error":
            return (rows(artefacts.GRADIENTS),)
        case "wiring":
            shapes = {dataset: tuple(about["shape"]) for dataset, about in _described(source, paths).items()}
            masks = {key: read_table(folder / artefacts.MASKS) for key, folder in folders.items()}
            possible = {key: dict(zip(of["layer"], of["possible"], strict=True)) for key, of in masks.items()}
            return counts(artefacts.DEGREES), possible, shapes
        case "weight_values":
            return (counts(artefacts.HISTOGRAMS),)
        case "mask_overlap":
            return (rows(artefacts.OVERLAP),)
        case "convergence":
            return [read_table(file) for file in artefacts.theory_paths(source)]
        case "hump" | "laperm_regimes":
            return table("metrics"), table("accuracy"), chances(), settings["studies"][name], statistics.confidence
        case "drift":
            return table("history"), list(dict.fromkeys(key[2] for key in folders))
        case "laperm_period":
            return table("history"), rows(artefacts.METRICS), settings["studies"][name], statistics
        case "estimators":
            return table("history"), settings["studies"][name], statistics
        case "ablation" | "density_steering":
            return table("metrics"), table("accuracy"), settings["studies"][name], statistics.confidence
        case "controls":
            return table("metrics"), table("accuracy"), settings["studies"][name], chances(), statistics.confidence
    raise ValueError(name)


def _described(source: Path, paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Descriptions of the cells' data sets."""
    datasets = dict.fromkeys(path.split("/")[0] for path in paths)
    return {dataset: artefacts.read_json(artefacts.description_path(source, dataset)) for dataset in datasets}
