"""Masks: how many edges each layer keeps, where they begin and end, with which weights, and how many replicates share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from disentangle import artefacts
from disentangle.networks.registry import KINDS
from disentangle.pipeline.job import File, Job, Run
from disentangle.stages.train import Train

if TYPE_CHECKING:
    from disentangle.pipeline.plan import Plan


class Masks(Job):
    """Summarise the masks of a cell."""

    stage: ClassVar = "masks"
    message: ClassVar = "Summarise the masks of {cell}"
    products: ClassVar = {
        "masks": "cells/{cell}/masks.csv",
        "degrees": "cells/{cell}/degrees.safetensors",
        "overlap": "cells/{cell}/overlap.csv",
        "histograms": "cells/{cell}/histograms.safetensors",
    }
    beside: ClassVar = "cells/{cell}/masks.meta.json"
    archived: ClassVar = ("masks", "degrees", "overlap", "histograms")

    cell: str
    kind: str

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Masks]:
        """One a cell."""
        return [cls(cell=cell.path, kind=cell.kind) for cell in plan.cells]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The cell's wiring."""
        return {"wiring": [Train.file("wiring", cell=self.cell)]}

    @property
    def chosen(self) -> Sequence[str]:
        """The network that the wiring is of."""
        return [KINDS[self.kind]]

    def make(self, run: Run) -> None:
        """Summarise."""
        from disentangle.masks.histograms import histograms
        from disentangle.masks.overlap import COLUMNS, overlaps
        from disentangle.masks.storage import save_counts
        from disentangle.masks.summary import degrees, summarise
        from disentangle.masks.wiring import load_wiring

        wiring = load_wiring(run.read("wiring"))
        artefacts.write_rows(run.write("masks"), summarise(wiring))
        save_counts(run.write("degrees"), degrees(wiring))
        artefacts.write_rows(run.write("overlap"), overlaps(wiring), COLUMNS)
        save_counts(run.write("histograms"), histograms(wiring))
