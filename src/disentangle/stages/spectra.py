"""The stage that computes the spectra of a cell."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def spectra(path: str, results: Path, settings: Any) -> None:
    """Eigenvalues of a cell's networks and of their nulls."""
    from disentangle.masks.wiring import load_wiring
    from disentangle.spectra.cell import cell_spectra

    job = jobs.spectra_job(results, path, settings)
    with recorded(job):
        artefacts.save_arrays(job.outputs[0], cell_spectra(load_wiring(job.inputs[0]), **settings))
