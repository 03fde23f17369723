"""The stage that measures the approximate gradient of a cell's networks beside the exact one."""

from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.provenance import recorded


def gradients(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Measure at the latent variables before and after the training; settings: hardness, images.

    Device, threads and ``data_dir`` are as in training; the precision is that of the network's evaluation.
    """
    import torch

    from disentangle.datasets import load
    from disentangle.families.weight_free import WeightFree
    from disentangle.masks.wiring import load_wiring
    from disentangle.theory.gradients import CohortLoss, measure
    from disentangle.training.cohort import start_cohort
    from disentangle.training.device import describe_device, prepare_device

    device = prepare_device(device_name, 1 if cell.dataset in STREAMED else threads)
    job = jobs.gradients_job(results, cell, settings)
    with recorded(job) as record:
        record["device"] = describe_device(device)
        wiring_path, data_path = job.inputs
        wiring, family = load_wiring(wiring_path), cell.make_family()
        assert isinstance(family, WeightFree)
        frame = cell.frame(wiring.network.layers)
        layout = wiring.network.layout
        precision = getattr(torch, layout.precision)
        train = load(data_path, data_dir).to(device, workers=threads - 1).train.thinned(min(settings["images"], layout.chunk))
        (inputs,) = train.pick([slice(None)])
        cohort = CohortLoss(wiring.network, family, frame, inputs.to(precision), train.labels)
        moments = {
            "start": start_cohort(family, frame, cell.seeds, device).state.role("latent").values(),
            "end": [torch.from_numpy(latent).to(device) for latent in wiring.latent.values()],
        }
        rows = [
            {"moment": moment} | row
            for moment, layers in moments.items()
            for row in measure(
                cohort, torch.cat([w.detach().flatten(1) for w in layers], 1).to(precision), settings["hardness"]
            )
        ]
        artefacts.write_rows(job.outputs[0], rows)
