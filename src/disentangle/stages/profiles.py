"""Weight profiles: the sorted weights of a cell's units, and its accuracy without their values or their places."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from disentangle import artefacts, config
from disentangle.cells import Cell
from disentangle.families import GradientFamily
from disentangle.pipeline.job import Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.of_networks import OfNetworks

if TYPE_CHECKING:
    from disentangle.datasets import Dataset
    from disentangle.masks.wiring import Wiring


class Profiles(OfNetworks):
    """Sorted weights against those of random units, and what accuracy is left when values or places are replaced."""

    stage: ClassVar = "profiles"
    message: ClassVar = "Take the weight profiles of {cell}"
    products: ClassVar = {
        "profiles": "cells/{cell}/profiles.csv",
        "transplant": "cells/{cell}/transplant.csv",
        "curves": "cells/{cell}/profiles.safetensors",
    }
    beside: ClassVar = "cells/{cell}/profiles.meta.json"
    archived: ClassVar = ("profiles", "transplant", "curves")

    given: config.Profiles

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One of each family with weights of its own on a dataset and network, at the density nearest one half."""
        nearest: dict[tuple[str, str, str], Cell] = {}
        for cell in sorted(plan.cells, key=_from_half):
            if plan.experiment.profiles.draws and cell.make_family().edge_weights == "own":
                nearest.setdefault((cell.dataset, cell.network, cell.family), cell)
        paths = {cell.path for cell in nearest.values()}
        return [cls(cell=cell, given=plan.experiment.profiles) for cell in plan.cells if cell.path in paths]

    def look(self, run: Run, wiring: Wiring, data: Dataset) -> None:
        """Profiles before and after the training, and the accuracies of the transplants."""
        import torch

        from disentangle.profiles.cell import profile_curves, profile_rows
        from disentangle.profiles.transplant import transplant
        from disentangle.profiles.units import starting_units, trained_units
        from disentangle.training.cohort import start_cohort

        cell, family = self.cell, self.cell.make_family()
        assert isinstance(family, GradientFamily)
        frame = cell.frame(wiring.network.layers)
        starts = family.weights(frame, start_cohort(family, frame, cell.seeds, torch.device("cpu")).state)
        start = starting_units(wiring, {layer: weight.detach().numpy() for layer, weight in starts.items()})
        moments = {"start": start, "end": trained_units(wiring)}
        artefacts.write_rows(run.write("profiles"), profile_rows(moments, cell.seeds, self.given.draws))
        artefacts.write_rows(run.write("transplant"), transplant(wiring, start, data, cell.seeds, self.given.permutations))
        artefacts.save_arrays(run.write("curves"), profile_curves(moments["end"]))


def _from_half(cell: Cell) -> tuple[Decimal, Decimal]:
    """How far a density is from one half; of two as near the lower comes first."""
    density = Decimal("0" if cell.density == "free" else cell.density)
    return abs(density - Decimal("0.5")), density
