"""The stage that summarises the masks of a cell."""

from pathlib import Path

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def masks(path: str, results: Path) -> None:
    """Summarise the masks of a cell."""
    from disentangle.masks.histograms import histograms
    from disentangle.masks.overlap import COLUMNS, overlaps
    from disentangle.masks.storage import save_counts
    from disentangle.masks.summary import degrees, summarise
    from disentangle.masks.wiring import load_wiring

    job = jobs.masks_job(results, path)
    with recorded(job):
        wiring = load_wiring(job.inputs[0])
        artefacts.write_rows(job.outputs[0], summarise(wiring))
        save_counts(job.outputs[1], degrees(wiring))
        artefacts.write_rows(job.outputs[2], overlaps(wiring), COLUMNS)
        save_counts(job.outputs[3], histograms(wiring))
