"""Claims about the bound on the bias of the approximate gradient of weight-free networks."""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.pipeline.needs import Rows
from disentangle.stages.gradients import Gradients
from disentangle.statistics.intervals import mean_estimate


class GradientClaim(Claim):
    """About the approximate gradient of a family's networks, before and after training, at every hardness measured."""

    needs: ClassVar = {"gradients": Rows(Gradients, "gradients")}

    measure: Literal["gradient"]
    family: Label

    def measured(self, evidence: Evidence) -> Measurement:
        """The largest bias of each replicate as a share of its bound; mean over the replicates."""
        rows = evidence.rows("gradients")
        rows = rows[rows["family"] == self.family] if len(rows) else rows
        if rows.empty:
            raise NotMeasured(f"gradients of {self.family}")
        largest = (rows["bias_norm"] / rows["bound"]).groupby(rows["replicate"]).max().to_numpy()
        what = f"largest bias of the approximate gradient of {self.family}, as a share of its bound"
        return Measurement(what, mean_estimate(largest, evidence.settings), len(largest))
