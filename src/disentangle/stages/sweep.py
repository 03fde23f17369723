"""The shared-weight sweep: a cell's networks under other values of their one weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

from disentangle import artefacts, config
from disentangle.pipeline.job import Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.of_networks import OfNetworks

if TYPE_CHECKING:
    from disentangle.datasets import Dataset
    from disentangle.masks.wiring import Wiring


class Sweep(OfNetworks):
    """Test accuracy of a cell's networks under other values of their shared weight."""

    stage: ClassVar = "sweep"
    message: ClassVar = "Sweep the shared weight of {cell}"
    products: ClassVar = {"sweep": "cells/{cell}/sweep.csv"}
    beside: ClassVar = "cells/{cell}/sweep.meta.json"
    archived: ClassVar = ("sweep",)

    given: config.Sweep

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell whose edges have one weight in each layer; none where the config asks for no factors."""
        given = plan.experiment.sweep
        shared = (cell for cell in plan.cells if given.factors and cell.make_family().edge_weights == "shared")
        return [cls(cell=cell, given=given) for cell in shared]

    def look(self, run: Run, wiring: Wiring, data: Dataset) -> None:
        """A row a replicate, factor and kind of statistics."""
        from disentangle.evaluation.shared_weight import sweep

        artefacts.write_rows(run.write("sweep"), sweep(wiring, data, self.given.factors))
