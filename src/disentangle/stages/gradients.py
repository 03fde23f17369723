"""The approximate gradient of a cell's networks beside the exact one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

from disentangle import artefacts, config
from disentangle.families import Family, GradientFamily
from disentangle.families.abilities import Approximates
from disentangle.pipeline.job import Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.of_networks import OfNetworks

if TYPE_CHECKING:
    from disentangle.datasets import Dataset
    from disentangle.masks.wiring import Wiring


class Gradients(OfNetworks):
    """Error of the approximate gradient, at the latent variables before and after the training."""

    stage: ClassVar = "gradients"
    message: ClassVar = "Measure the approximate gradient of {cell}"
    products: ClassVar = {"gradients": "cells/{cell}/gradients.csv"}
    beside: ClassVar = "cells/{cell}/gradients.meta.json"
    archived: ClassVar = ("gradients",)

    given: config.Gradients

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell that is trained by the approximate gradient; none where the config asks for no hardness."""
        given = plan.experiment.gradients
        return [cls(cell=cell, given=given) for cell in plan.cells if given.hardness and _approximates(cell.make_family())]

    def look(self, run: Run, wiring: Wiring, data: Dataset) -> None:
        """In the precision of the network's evaluation; a row a moment, replicate and hardness."""
        import torch

        from disentangle.theory.gradients import CohortLoss, gradient_rows
        from disentangle.training.cohort import start_cohort

        cell, family, layout = self.cell, self.cell.make_family(), wiring.network.layout
        assert isinstance(family, Approximates) and isinstance(family, GradientFamily)
        frame, precision = cell.frame(wiring.network.layers), wiring.network.precision
        train = data.train.thinned(min(self.given.images, layout.chunk))
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
                cohort, torch.cat([w.detach().flatten(1) for w in layers], 1).to(precision), self.given.hardness
            )
        ]
        artefacts.write_rows(run.write("gradients"), rows)


def _approximates(family: Family) -> bool:
    return isinstance(family, Approximates) and family.approximate_gradient
