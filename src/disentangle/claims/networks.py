"""Claims about two families on one network and on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from disentangle.claims.base import PairClaim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.claims.own_split import with_test_images
from disentangle.config import Label
from disentangle.pipeline.needs import Described
from disentangle.statistics.intervals import mean_estimate, paired_differences

if TYPE_CHECKING:
    import pandas as pd


class NetworksClaim(PairClaim):
    """About the test accuracy of a family less that of another, on one network and on another network of the same dataset."""

    needs: ClassVar = {"images": Described("images")}

    measure: Literal["networks"]
    other: Label

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean over the seeds of the difference here less the difference there."""
        ours, *here = self._accuracies(evidence)
        try:
            theirs, *there = self._accuracies(evidence.on(self.other))
        except NotMeasured as missing:
            raise NotMeasured(f"{missing} on {self.other}") from None
        differences = paired_differences(here[0] - here[1], there[0] - there[1])
        if not len(differences):
            raise NotMeasured(f"a seed that {self.family} and {self.against} share on both networks")
        what = f"test accuracy of {ours} on {evidence.place[1]} less the same on {self.other}, {theirs}"
        measured = Measurement(what, mean_estimate(differences, evidence.settings), len(differences))
        return with_test_images(measured, evidence, *here, *there)

    def _accuracies(self, evidence: Evidence) -> tuple[str, pd.Series[float], pd.Series[float]]:
        """What is compared, and the accuracies of both by seed."""
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        return f"{ours.name} minus {theirs.name}", evidence.accuracy(ours), evidence.accuracy(theirs)
