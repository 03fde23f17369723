"""The stage that compares the spectra of all networks of a dataset × network."""

from collections.abc import Sequence
from pathlib import Path

from disentangle import artefacts, jobs
from disentangle.provenance import recorded


def compare(paths: Sequence[str], results: Path) -> None:
    """Spectral distances of all networks of one dataset × network, from the spectra of its cells."""
    from disentangle.spectra.comparison import compare
    from disentangle.spectra.storage import load_spectra, save_distances

    job = jobs.compare_job(results, paths)
    with recorded(job):
        read = [load_spectra(source) for source in job.inputs]
        cells = [spectra | null for spectra, null in zip(read[: len(paths)], read[len(paths) :], strict=True)]
        found = compare(cells)
        save_distances(job.outputs[0], {"raw": found.raw, "edges": found.edges, "matched": found.matched}, found.floor)
        names = [(*p.split("/")[2:], r) for p, cell in zip(paths, cells, strict=True) for r in range(len(cell["edges"]))]
        places = [*found.raw_xy.T.tolist(), *found.matched_xy.T.tolist()]
        rows = zip(*zip(*names, strict=True), found.isolated.tolist(), *places, strict=True)
        header = ("family", "density", "replicate", "isolated", "raw_x", "raw_y", "matched_x", "matched_y")
        artefacts.write_rows(job.outputs[1], [dict(zip(header, row, strict=True)) for row in rows])
