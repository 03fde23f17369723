"""The stage that takes the weight profiles of a cell and transplants its values."""

from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.stages.measuring import measuring


def profiles(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Sorted weights of a cell's networks, and accuracy without the values or the places; settings: draws, permutations."""
    import torch

    from disentangle.profiles.cell import profile_curves, profile_rows
    from disentangle.profiles.transplant import transplant
    from disentangle.profiles.units import starting_units, trained_units
    from disentangle.training.cohort import start_cohort

    with measuring("profiles", cell, results, settings, device_name, threads, data_dir) as (job, wiring, data):
        family, frame = cell.make_family(), cell.frame(wiring.network.layers)
        starts = family.weights(frame, start_cohort(family, frame, cell.seeds, torch.device("cpu")).state)
        start = starting_units(wiring, {layer: weight.detach().numpy() for layer, weight in starts.items()})
        moments = {"start": start, "end": trained_units(wiring)}
        artefacts.write_rows(job.outputs[0], profile_rows(moments, cell.seeds, settings["draws"]))
        artefacts.write_rows(job.outputs[1], transplant(wiring, start, data, cell.seeds, settings["permutations"]))
        artefacts.save_arrays(job.outputs[2], profile_curves(moments["end"]))
