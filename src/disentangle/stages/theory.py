"""The stage that checks the theory of the weight-free search."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def theory(results: Path, settings: Any) -> None:
    """Bias of the approximate gradient, convergence of the descent, and rank of the masks it finds, on small problems."""
    import torch

    from disentangle.theory.bias import bias_rows
    from disentangle.theory.convergence import convergence_rows
    from disentangle.theory.enumeration import enumeration_rows

    torch.set_num_threads(1)  # the tensors are too small for more
    job = jobs.theory_job(results, settings)
    with recorded(job):
        for path, rows in zip(job.outputs, (bias_rows, convergence_rows, enumeration_rows), strict=True):
            artefacts.write_rows(path, rows(**settings))
