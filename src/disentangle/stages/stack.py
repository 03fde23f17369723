"""Stacked tables: one CSV of every cell, below each other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal, Self, get_args

from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.masks import Masks
from disentangle.stages.train import Train

Stacked = Literal["metrics", "history", "masks"]
MAKERS: dict[str, type[Job]] = {"metrics": Train, "history": Train, "masks": Masks}


class Stack(Job):
    """Stack one CSV of every cell into a table, without ``seconds``: they differ from run to run."""

    stage: ClassVar = "stack"
    message: ClassVar = "Stack the {stacked} of all cells"
    products: ClassVar = {"table": "tables/{stacked}.csv"}
    beside: ClassVar = "tables/{stacked}.meta.json"
    root: ClassVar = "told"
    local: ClassVar = True

    stacked: Stacked
    cells: list[str]

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a table."""
        return [cls(stacked=what, cells=[cell.path for cell in plan.cells]) for what in get_args(Stacked)]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """That CSV of every cell."""
        return {"cells": [MAKERS[self.stacked].file(self.stacked, cell=cell) for cell in self.cells]}

    def make(self, run: Run) -> None:
        """Stack."""
        from disentangle.tables.stacking import read_table, stack
        from disentangle.tables.writing import write_csv

        frames = [read_table(file).drop(columns="seconds", errors="ignore") for file in run.inputs["cells"]]
        keys = [tuple(path.split("/")) for path in self.cells]
        write_csv(run.write("table"), stack(dict(zip(keys, frames, strict=True))))
