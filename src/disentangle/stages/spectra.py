"""The stage that computes the spectra of a cell."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def spectra(path: str, results: Path, settings: Any) -> None:
    """Eigenvalues of a cell's networks and of their nulls."""
    import numpy as np

    from disentangle.masks.wiring import load_wiring
    from disentangle.spectra.cell import cell_spectra
    from disentangle.spectra.density import densities
    from disentangle.spectra.storage import save_spectra

    job = jobs.spectra_job(results, path, settings)
    with recorded(job):
        found = cell_spectra(load_wiring(job.inputs[0]), **settings)
        save_spectra(job.outputs[0], {name: found[name] for name in ("magnitude", "edges")})
        save_spectra(job.outputs[1], {"null": found["null"]})
        replicates = {"replicates": np.array(len(found["magnitude"]))}
        artefacts.save_arrays(job.outputs[2], densities({name: found[name] for name in ("magnitude", "null")}) | replicates)
