"""The stage that sweeps the shared weight of a cell."""

from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.stages.measuring import measuring


def sweep(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Test accuracy of a cell's networks under other values of their shared weight; settings: factors."""
    from disentangle.evaluation.shared_weight import sweep

    with measuring("sweep", cell, results, settings, device_name, threads, data_dir) as (job, wiring, data):
        artefacts.write_rows(job.outputs[0], sweep(wiring, data, **settings))
