"""Claims about the test accuracy of a family less that of another."""

from __future__ import annotations

from typing import Literal

from disentangle.claims.base import PairClaim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.statistics.intervals import mean_interval, paired_differences


class DifferenceClaim(PairClaim):
    """About the test accuracy of a family less that of another, paired by seed."""

    measure: Literal["difference"]

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean of the differences over the seeds that both families have."""
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        differences = paired_differences(evidence.accuracy(ours), evidence.accuracy(theirs))
        if not len(differences):
            raise NotMeasured(f"a seed that {ours.name} and {theirs.name} share")
        what = f"test accuracy of {ours.name} minus that of {theirs.name}"
        return Measurement(what, mean_interval(differences, evidence.settings), len(differences))
