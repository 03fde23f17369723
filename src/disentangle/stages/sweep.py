"""The stage that sweeps the shared weight of a cell."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.provenance import recorded


def sweep(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Test accuracy of a cell's networks under other values of their shared weight; settings: factors.

    Device, threads and ``data_dir`` are as in training.
    """
    from disentangle.datasets import load
    from disentangle.masks.shared_weight import sweep
    from disentangle.masks.wiring import load_wiring
    from disentangle.training.device import describe_device, prepare_device

    device = prepare_device(device_name, 1 if cell.dataset in STREAMED else threads)
    job = jobs.sweep_job(results, cell, settings)
    with recorded(job) as record:
        record["device"] = describe_device(device)
        wiring_path, data_path = job.inputs
        data = load(data_path, data_dir).to(device, workers=threads - 1)
        artefacts.write_rows(job.outputs[0], sweep(load_wiring(wiring_path), data, **settings))
