"""Stages that sum up the cells: spectral comparisons, stacked results, tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle import artefacts, jobs
from disentangle.config import Statistics
from disentangle.provenance import recorded

if TYPE_CHECKING:
    from disentangle.statistics.spectral_tests import Distances


def compare(paths: Sequence[str], results: Path) -> None:
    """Spectral distances of all networks of one dataset × network, from the spectra of its cells."""
    from disentangle.spectra.comparison import compare

    job = jobs.compare_job(results, paths)
    with recorded(job):
        cells = [artefacts.load_arrays(source)[0] for source in job.inputs]
        found = compare(cells)
        matrices = {name: getattr(found, name) for name in ("raw", "edges", "matched", "floor")}
        artefacts.save_arrays(job.outputs[0], matrices)
        names = [(*p.split("/")[2:], r) for p, cell in zip(paths, cells, strict=True) for r in range(len(cell["edges"]))]
        places = [*found.raw_xy.T.tolist(), *found.matched_xy.T.tolist()]
        rows = zip(*zip(*names, strict=True), found.isolated.tolist(), *places, strict=True)
        header = ("family", "density", "replicate", "isolated", "raw_x", "raw_y", "matched_x", "matched_y")
        artefacts.write_rows(job.outputs[1], [dict(zip(header, row, strict=True)) for row in rows])


def load_comparisons(results: Path, paths: Sequence[str]) -> "dict[tuple[str, str], Distances]":
    """Spectral comparisons that these cells are part of, by dataset and network."""
    from disentangle.statistics.spectral_tests import Distances
    from disentangle.tables.stacking import read_table

    return {
        pair: Distances(read_table(folder / artefacts.NETWORKS), artefacts.load_arrays(folder / artefacts.DISTANCES)[0])
        for pair, folder in zip(artefacts.by_comparison(paths), artefacts.comparison_folders(results, paths), strict=True)
    }


def stack(what: str, paths: Sequence[str], results: Path) -> None:
    """Stack one CSV of every cell into a table."""
    from disentangle.tables.stacking import read_table, stack
    from disentangle.tables.writing import write_csv

    job = jobs.stack_job(results, what, paths)
    with recorded(job):
        keys = [tuple(path.split("/")) for path in paths]
        frames = [read_table(source) for source in job.inputs]
        write_csv(job.outputs[0], stack(dict(zip(keys, frames, strict=True))))


def table(name: str, results: Path, settings: Any) -> None:
    """Make a table in its three forms."""
    from disentangle.statistics.accuracy import accuracy_table
    from disentangle.statistics.claims import judge, read_claims
    from disentangle.statistics.spectral_tests import spectral_table
    from disentangle.tables.stacking import read_table
    from disentangle.tables.writing import write_table

    job = jobs.table_job(results, name, settings)
    statistics = Statistics(**settings["statistics"])
    metrics = artefacts.table_path(results, "metrics")
    with recorded(job):
        if name == "accuracy":
            made = accuracy_table(read_table(metrics), statistics)
        elif name == "spectral_tests":
            made = spectral_table(load_comparisons(results, settings["cells"]), statistics)
        else:
            compared = load_comparisons(results, settings["cells"])
            claims = read_claims(artefacts.CLAIMS)
            made = judge(claims, read_table(metrics), compared, settings["experiment"], statistics)
        write_table(job.outputs[0], made)
