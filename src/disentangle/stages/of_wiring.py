"""What the stages that look at the wiring of a cell, and at nothing else, have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from disentangle.networks.registry import KINDS
from disentangle.pipeline.job import File, Job
from disentangle.pipeline.plan import Plan
from disentangle.stages.train import Train


class OfWiring(Job):
    """A look at the wiring of a cell; ``kind`` is that of its network."""

    cell: str
    kind: str

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell."""
        return [cls(cell=cell.path, kind=cell.kind) for cell in plan.cells]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The cell's wiring."""
        return {"wiring": [Train.file("wiring", cell=self.cell)]}

    @property
    def chosen(self) -> Sequence[str]:
        """The network that the wiring is of."""
        return [KINDS[self.kind]]
