"""The stage that makes a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.config import Statistics
from disentangle.provenance import recorded
from disentangle.stages.comparisons import load_comparisons


def table(name: str, results: Path, source: Path, settings: Any) -> None:
    """Make a table in its three forms; comparisons are read in ``source``."""
    from disentangle.statistics.accuracy import accuracy_table
    from disentangle.statistics.claims import judge, read_claims
    from disentangle.statistics.evidence import Measured
    from disentangle.statistics.spectral_tests import spectral_table
    from disentangle.tables.stacking import read_table
    from disentangle.tables.writing import write_table

    job = jobs.table_job(results, source, name, settings)
    statistics = Statistics(**settings["statistics"])
    metrics, masks = (artefacts.table_path(results, which) for which in ("metrics", "masks"))
    with recorded(job):
        if name == "accuracy":
            made = accuracy_table(read_table(metrics), read_table(masks), statistics)
        elif name == "spectral_tests":
            made = spectral_table(load_comparisons(source, settings["cells"]), statistics)
        else:
            measured = Measured(
                read_table(metrics),
                read_table(masks),
                load_comparisons(source, settings["cells"]),
                _stacked(source, settings["gradients"], artefacts.GRADIENTS),
                {file.stem: read_table(file) for file in artefacts.theory_paths(source) if settings["theory"]},
                _stacked(source, settings["transplants"], artefacts.TRANSPLANT),
            )
            made = judge(read_claims(artefacts.CLAIMS), measured, settings["experiment"], statistics)
        write_table(job.outputs[0], made)


def _stacked(source: Path, paths: Sequence[str], file: str) -> Any:
    """A CSV of these cells, stacked; an empty table of no cells."""
    import pandas as pd

    from disentangle.tables.stacking import read_table, stack

    tables = {tuple(path.split("/")): read_table(artefacts.cell_folder(source, path) / file) for path in paths}
    return stack(tables) if tables else pd.DataFrame()
