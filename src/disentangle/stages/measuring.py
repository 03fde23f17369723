"""What the stages that measure a trained cell have in common: its networks, its data set, and the record of the job."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle import jobs
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.provenance import recorded

if TYPE_CHECKING:
    from disentangle.datasets import Dataset
    from disentangle.masks.wiring import Wiring


@contextmanager
def measuring(
    stage: str, cell: Cell, results: Path, settings: Any, device_name: str, threads: int, data_dir: Path | None
) -> "Iterator[tuple[jobs.Job, Wiring, Dataset]]":
    """The job, the cell's wiring, and its data set on the device; device, threads and ``data_dir`` are as in training."""
    from disentangle.datasets import load
    from disentangle.masks.wiring import load_wiring
    from disentangle.training.device import describe_device, prepare_device

    device = prepare_device(device_name, 1 if cell.dataset in STREAMED else threads)
    job = jobs.measurement_job(stage, results, cell, settings)
    with recorded(job) as record:
        record["device"] = describe_device(device)
        wiring, data = job.inputs
        yield job, load_wiring(wiring), load(data, data_dir).to(device, workers=threads - 1)
