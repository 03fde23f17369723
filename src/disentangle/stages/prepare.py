"""The stage that prepares a data set."""

from pathlib import Path

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def prepare(dataset: str, results: Path, data_dir: Path | None = None) -> None:
    """Split and standardise a data set, whose files are looked for in ``data_dir`` first; the record names their MD5."""
    from disentangle.datasets import save
    from disentangle.datasets.preparation import finish, read

    job = jobs.prepare_job(results, dataset)
    with recorded(job) as record:
        raw = read(dataset, data_dir)
        record["files"] = dict(raw.files)
        data = finish(dataset, raw)
        save(job.outputs[0], data)
        artefacts.write_json(job.outputs[1], data.describe())
