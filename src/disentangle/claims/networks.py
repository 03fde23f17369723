"""Claims about two families on one network and on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from disentangle.claims.base import PairClaim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.statistics.intervals import mean_interval, paired_differences

if TYPE_CHECKING:
    import pandas as pd


class NetworksClaim(PairClaim):
    """About the test accuracy of a family less that of another, on one network and on another network of the same dataset."""

    measure: Literal["networks"]
    other: Label

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean over the seeds of the difference here less the difference there."""
        ours, here = self._differences(evidence)
        try:
            theirs, there = self._differences(evidence.on(self.other))
        except NotMeasured as missing:
            raise NotMeasured(f"{missing} on {self.other}") from None
        differences = paired_differences(here, there)
        if not len(differences):
            raise NotMeasured(f"a seed that {self.family} and {self.against} share on both networks")
        what = f"test accuracy of {ours} on {evidence.place[1]} less the same on {self.other}, {theirs}"
        return Measurement(what, mean_interval(differences, evidence.settings), len(differences))

    def _differences(self, evidence: Evidence) -> tuple[str, pd.Series[float]]:
        """What is compared, and its differences by seed."""
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        return f"{ours.name} minus {theirs.name}", evidence.accuracy(ours) - evidence.accuracy(theirs)
