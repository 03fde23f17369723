"""Claims about the descent along the approximate gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from disentangle.claims.evidence import Evidence, Measurement
from disentangle.claims.theory import TheoryClaim
from disentangle.pipeline.needs import Single
from disentangle.stages.theory import Theory
from disentangle.statistics.intervals import counted

if TYPE_CHECKING:
    import pandas as pd


class ConvergenceClaim(TheoryClaim):
    """About the descent along the approximate gradient, against the theorem's bound."""

    needs: ClassVar = {"convergence": Single(Theory, "convergence")}

    measure: Literal["convergence"]

    def measured(self, evidence: Evidence) -> Measurement:
        """The largest share of its bound that any start of any run reaches; of all cases, so it has no error of sampling."""
        runs = evidence.table("convergence")
        runs = runs[runs["gradient"] == "hard_forward"]
        value, starts = float(runs["fullest"].max()), int(runs["starts"].max())
        what = (
            f"mean squared gradient as a share of its bound, the largest of {starts} starts, {_runs(runs)} runs and all steps"
        )
        return Measurement(what, counted(value), starts, sampled=False)


def _runs(rows: pd.DataFrame) -> int:
    return len(rows.drop_duplicates(["run", "hardness"]))
