"""Claims about the test accuracy of a family."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from disentangle.claims.base import Claim, ClaimDensity
from disentangle.claims.evidence import BEST, Evidence, Measurement
from disentangle.claims.own_split import with_test_images
from disentangle.config import Label
from disentangle.pipeline.needs import Described
from disentangle.statistics.intervals import counted, mean_estimate


class AccuracyClaim(Claim):
    """About the test accuracy of a family, a share in [0, 1]."""

    needs: ClassVar = {"images": Described("images")}

    measure: Literal["accuracy"]
    family: Label
    density: ClaimDensity = BEST
    of: Literal["last_epoch", "best_epoch", "best_replicate"] = Field(
        "last_epoch",
        description="best_epoch: the best on the test split itself; best_replicate: the best epoch of the best replicate, both "
        "chosen on the test split",
    )

    def measured(self, evidence: Evidence) -> Measurement:
        """Mean over the replicates, or the best of all: one chosen number, which has no error of sampling.

        Raises NotMeasured when there is no such cell, or the test split was not followed (``training.follow_test``).
        """
        choice = evidence.choose(self.family, self.density)
        if self.of == "last_epoch":
            values, what = evidence.accuracy(choice), f"test accuracy of {choice.name}"
        else:
            values, what = evidence.best_accuracy(choice), f"best test accuracy of any epoch of {choice.name}"
        if self.of == "best_replicate":
            what = f"{what}, of the best of {len(values)} replicates; both chosen on test"
            return Measurement(what, counted(float(values.max())), len(values), sampled=False)
        measured = Measurement(what, mean_estimate(values.to_numpy(), evidence.settings), len(values))
        return with_test_images(measured, evidence, values)
