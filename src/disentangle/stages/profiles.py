"""The stage that takes the weight profiles of a cell and transplants its values."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.provenance import recorded


def profiles(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Sorted weights of a cell's networks and their accuracy without the values or the places; settings: draws, permutations.

    Device, threads and ``data_dir`` are as in training.
    """
    import torch

    from disentangle.datasets import load
    from disentangle.masks.wiring import load_wiring
    from disentangle.profiles.cell import profile_curves, profile_rows
    from disentangle.profiles.transplant import transplant
    from disentangle.profiles.units import starting_units, trained_units
    from disentangle.training.cohort import start_cohort
    from disentangle.training.device import describe_device, prepare_device

    device = prepare_device(device_name, 1 if cell.dataset in STREAMED else threads)
    job = jobs.profiles_job(results, cell, settings)
    with recorded(job) as record:
        record["device"] = describe_device(device)
        wiring_path, data_path = job.inputs
        wiring, family = load_wiring(wiring_path), cell.make_family()
        frame = cell.frame(wiring.network.layers)
        starts = family.weights(frame, start_cohort(family, frame, cell.seeds, torch.device("cpu")).state)
        start = starting_units(wiring, {layer: weight.detach().numpy() for layer, weight in starts.items()})
        moments = {"start": start, "end": trained_units(wiring)}
        data = load(data_path, data_dir).to(device, workers=threads - 1)
        artefacts.write_rows(job.outputs[0], profile_rows(moments, cell.seeds, settings["draws"]))
        artefacts.write_rows(job.outputs[1], transplant(wiring, start, data, cell.seeds, settings["permutations"]))
        artefacts.save_arrays(job.outputs[2], profile_curves(moments))
