"""Claims about the places and the values of weights: accuracies of networks after a transplant."""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.claims.own_split import with_test_images
from disentangle.config import Label
from disentangle.pipeline.needs import Described, Rows
from disentangle.stages.profiles import Profiles
from disentangle.statistics.intervals import mean_estimate, paired_differences


class TransplantClaim(Claim):
    """About the test accuracy of a family's networks under one treatment of their weights less that under another."""

    needs: ClassVar = {"transplants": Rows(Profiles, "transplant"), "images": Described("images")}

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
        accuracies = by_treatment[self.treatment], by_treatment[self.against]
        differences = paired_differences(*accuracies)
        what = f"test accuracy of {self.family} with weights {self.treatment} minus with weights {self.against}"
        measured = Measurement(what, mean_estimate(differences, evidence.settings), len(differences))
        return with_test_images(measured, evidence, *accuracies)
