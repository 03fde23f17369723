"""Claims about the places and the values of weights: accuracies of networks after a transplant."""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.pipeline.needs import Rows
from disentangle.stages.profiles import Profiles
from disentangle.statistics.intervals import mean_interval, paired_differences


class TransplantClaim(Claim):
    """About the test accuracy of a family's networks under one treatment of their weights less that under another."""

    needs: ClassVar = {"transplants": Rows(Profiles, "transplant")}

    measure: Literal["transplant"]
    family: Label
    treatment: str
    against: str = "own"

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean of the differences over the replicates."""
        rows = evidence.rows("transplants")
        rows = rows[rows["family"] == self.family] if len(rows) else rows
        if rows.empty:
            raise NotMeasured(f"transplants of {self.family}")
        by_treatment = rows.pivot(index="replicate", columns="treatment", values="test_accuracy")
        for treatment in (self.treatment, self.against):
            if treatment not in by_treatment:
                raise NotMeasured(f"the treatment {treatment!r}")
        differences = paired_differences(by_treatment[self.treatment], by_treatment[self.against])
        what = f"test accuracy of {self.family} with weights {self.treatment} minus with weights {self.against}"
        return Measurement(what, mean_interval(differences, evidence.settings), len(differences))
