"""Training: one job a cell, all its replicates in one cohort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.late import load
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.prepare import Prepare


class Train(Job):
    """Train a cell's cohort; an interrupted training goes on from its checkpoint. A control starts from another cell's wiring.

    Of the threads of streamed images one computes; the others are processes that read.
    """

    stage: ClassVar = "train"
    message: ClassVar = "Train {cell}"
    products: ClassVar = {
        "wiring": "cells/{cell}/wiring.safetensors",
        "metrics": "cells/{cell}/metrics.csv",
        "history": "cells/{cell}/history.csv",
    }
    beside: ClassVar = "cells/{cell}/meta.json"
    archived: ClassVar = ("metrics", "history")
    on_device: ClassVar = True

    cell: Cell

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell; controls come after all that they start from."""
        return [cls(cell=cell) for cell in sorted(plan.cells, key=lambda cell: cell.parent is not None)]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The data set, and of a control the wiring that it starts from."""
        parent = self.cell.parent
        return {
            "data": [Prepare.file("data", dataset=self.cell.dataset)],
            "parent": [self.file("wiring", cell=parent.path)] if parent else [],
        }

    @property
    def chosen(self) -> Sequence[str]:
        """The cell's network and family, a family that draws its starting values, and what settles its networks."""
        return [*self.cell.chosen, self.cell.make_family().settled_by]

    @property
    def megabytes(self) -> int:
        """Streamed images take more, beside those of the threads that read them."""
        return 4000 if self.cell.dataset in STREAMED else 2000

    @property
    def minutes(self) -> int:
        """Two days of streamed images; four hours."""
        return 2880 if self.cell.dataset in STREAMED else 240

    def make(self, run: Run) -> None:
        """Settle the networks of the cell, in its family's way."""
        load(self.cell.make_family().settled_by)(self.cell, run)
