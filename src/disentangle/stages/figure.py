"""Figures: each reads tables and arrays, and never trains."""

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar, Self

from disentangle import config
from disentangle.late import load
from disentangle.pipeline.job import File, Run
from disentangle.pipeline.plan import Plan
from disentangle.registry import FIGURES
from disentangle.stages.telling import Telling


class Figure(Telling):
    """Draw a figure in the formats asked for."""

    stage: ClassVar = "figure"
    message: ClassVar = "Draw {figure}"
    products: ClassVar = {"pdf": "{figure}.pdf", "svg": "{figure}.svg", "png": "{figure}.png"}
    beside: ClassVar = "{figure}.meta.json"
    root: ClassVar = "drawn"
    reported: ClassVar = "svg"
    tellers: ClassVar = FIGURES

    figure: str
    form: config.Figures

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """The figures that have something to show in this experiment."""
        for figure, address in FIGURES.items():
            drawing = load(address)
            reads, given = drawing.plan(plan)
            if not drawing.lacks(reads, given):
                yield cls(figure=figure, reads=reads, given=given, form=plan.experiment.figures)

    @cached_property
    def outputs(self) -> dict[str, File]:
        """One file a format."""
        return {form: self.file(form, **self.at) for form in self.form.formats}

    def make(self, run: Run) -> None:
        """Draw and write."""
        from disentangle.figures.saving import save

        save(self.tell(run), run.outputs, self.form.dpi)
