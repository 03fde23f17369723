"""Claims about the masks that the search finds among all masks."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.claims.theory import TheoryClaim
from disentangle.late import np, pd
from disentangle.pipeline.needs import Single
from disentangle.stages.theory import Theory
from disentangle.statistics.intervals import mean_estimate

FOUND = 0.01  # share of all masks that counts as found


class SearchClaim(TheoryClaim):
    """About the rank of the masks that are found among all masks, on one kind of problem."""

    needs: ClassVar = {"enumeration": Single(Theory, "enumeration")}

    measure: Literal["search"]
    problem: str
    best: float = Field(FOUND, ge=0, le=1, description="share of all masks that counts as found; 0: the optimum alone")

    def measured(self, evidence: Evidence) -> Measurement:
        """Share of the starts that find one of the best masks, mean over the problems, which are the replicates."""
        rows = evidence.table("enumeration")
        rows = rows[(rows["kind"] == self.problem) & (rows["estimator"] == "hard_forward")]
        if rows.empty:
            raise NotMeasured(f"the problem {self.problem!r}")
        found = pd.Series(np.asarray(among_best(rows, self.best), dtype=np.float64), index=rows.index)
        shares = np.asarray(found.groupby(rows["problem"]).mean(), dtype=np.float64)
        counted = f"the optimum or one of the best {100 * self.best:g}% of masks" if self.best else "the optimum of all masks"
        what = (
            f"share of starts whose mask is {counted}, mean over problems ({shares.min():.0%} to {shares.max():.0%}; "
            f"{len(found) // len(shares)} starts each)"
        )
        return Measurement(what, mean_estimate(shares, evidence.settings), len(shares))


def among_best(found: pd.DataFrame, best: float = FOUND) -> pd.Series[bool]:
    """Whether the ``rank`` of a found mask is 1 or within this share of all ``masks``."""
    return found["rank"] <= np.maximum(1, best * found["masks"])
