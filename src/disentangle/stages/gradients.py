"""The stage that measures the approximate gradient of a cell's networks beside the exact one."""

from pathlib import Path
from typing import Any

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.stages.measuring import measuring


def gradients(
    cell: Cell, results: Path, settings: Any, device_name: str = "cpu", threads: int = 1, data_dir: Path | None = None
) -> None:
    """Measure at the latent variables before and after the training, in the precision of the network's evaluation.

    Settings: hardness, images.
    """
    import torch

    from disentangle.families.abilities import Approximates
    from disentangle.theory.gradients import CohortLoss, gradient_rows
    from disentangle.training.cohort import start_cohort

    with measuring("gradients", cell, results, settings, device_name, threads, data_dir) as (job, wiring, data):
        family, layout = cell.make_family(), wiring.network.layout
        assert isinstance(family, Approximates)
        frame, precision = cell.frame(wiring.network.layers), wiring.network.precision
        train = data.train.thinned(min(settings["images"], layout.chunk))
        (inputs,) = train.pick([slice(None)])
        cohort = CohortLoss(wiring.network, family, frame, inputs.to(precision), train.labels)
        device = train.labels.device
        moments = {
            "start": start_cohort(family, frame, cell.seeds, device).state.role("latent").values(),
            "end": [torch.from_numpy(latent).to(device) for latent in wiring.latent.values()],
        }
        rows = [
            {"moment": moment} | row
            for moment, layers in moments.items()
            for row in gradient_rows(
                cohort, torch.cat([w.detach().flatten(1) for w in layers], 1).to(precision), settings["hardness"]
            )
        ]
        artefacts.write_rows(job.outputs[0], rows)
