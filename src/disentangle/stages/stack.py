"""The stage that stacks one CSV of every cell."""

from collections.abc import Sequence
from pathlib import Path

from disentangle import jobs
from disentangle.provenance import recorded


def stack(what: str, paths: Sequence[str], results: Path, source: Path) -> None:
    """Stack one CSV of every cell in ``source`` into a table, without ``seconds``: they differ from run to run."""
    from disentangle.tables.stacking import read_table, stack
    from disentangle.tables.writing import write_csv

    job = jobs.stack_job(results, source, what, paths)
    with recorded(job):
        keys = [tuple(path.split("/")) for path in paths]
        frames = [read_table(file).drop(columns="seconds", errors="ignore") for file in job.inputs]
        write_csv(job.outputs[0], stack(dict(zip(keys, frames, strict=True))))
