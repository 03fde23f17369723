"""Claims about how good the approximate gradient of weight-free networks is."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.pipeline.needs import Rows
from disentangle.stages.gradients import Gradients
from disentangle.statistics.intervals import mean_estimate

WORDS = {
    "cosine": "cosine of the approximate and the exact gradient",
    "relative_bias": "bias of the approximate gradient over the norm of the exact one",
}


class ApproximationClaim(Claim):
    """About the approximate gradient of a family's networks beside the exact one, at one moment and hardness."""

    needs: ClassVar = {"gradients": Rows(Gradients, "gradients")}

    measure: Literal["approximation"]
    family: Label
    of: Literal["cosine", "relative_bias"]
    moment: Literal["start", "end"] = Field("end", description="before or after the training")
    hardness: float = Field(gt=0, description="of the soft gates, one of those that the experiment measures")

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean over the replicates.

        Raises NotMeasured where the gradients of the family were not measured at this hardness.
        """
        rows = evidence.rows("gradients")
        if len(rows):
            rows = rows[(rows["family"] == self.family) & (rows["moment"] == self.moment)]
            rows = rows[rows["hardness"] == self.hardness]
        if rows.empty:
            raise NotMeasured(f"gradients of {self.family} at hardness {self.hardness:g}")
        when = {"start": "before", "end": "after"}[self.moment]
        what = f"{WORDS[self.of]}, {self.family} {when} the training at hardness {self.hardness:g}"
        values = rows[self.of].to_numpy(dtype=float)
        return Measurement(what, mean_estimate(values, evidence.settings), len(values))
