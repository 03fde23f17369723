"""Claims about the test accuracy of a family less that of another."""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.claims.base import ClaimDensity, PairClaim
from disentangle.claims.evidence import BEST, Choice, Evidence, Measurement, NotMeasured
from disentangle.claims.own_split import with_test_images
from disentangle.claims.sizes import AS_MANY, no_smaller
from disentangle.pipeline.needs import Described, Table
from disentangle.statistics.intervals import mean_estimate, paired_differences


class DifferenceClaim(PairClaim):
    """About the test accuracy of a family less that of another, paired by seed."""

    needs: ClassVar = {"images": Described("images"), "masks": Table("masks")}

    measure: Literal["difference"]
    against_density: ClaimDensity | Literal["as_many_edges", "as_many_bits"] = BEST

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean of the differences over the seeds that both families have."""
        ours = evidence.choose(self.family, self.density)
        theirs = self._rival(evidence, ours)
        accuracies = evidence.accuracy(ours), evidence.accuracy(theirs)
        differences = paired_differences(*accuracies)
        if not len(differences):
            raise NotMeasured(f"a seed that {ours.name} and {theirs.name} share")
        what = f"test accuracy of {ours.name} minus that of {theirs.name}"
        measured = Measurement(what, mean_estimate(differences, evidence.settings), len(differences))
        return with_test_images(measured, evidence, *accuracies)

    def _rival(self, evidence: Evidence, ours: Choice) -> Choice:
        if self.against_density in AS_MANY:
            return no_smaller(evidence, self.against, ours, self.against_density)
        return evidence.choose(self.against, self.against_density)
