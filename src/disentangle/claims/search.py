"""Claims about the masks that the search finds among all masks."""

from __future__ import annotations

from typing import ClassVar, Literal

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
    best: float = FOUND

    def measured(self, evidence: Evidence) -> Measurement:
        """Share of the starts that find one of the best masks; the interval is over the starts of all problems."""
        rows = evidence.table("enumeration")
        rows = rows[(rows["kind"] == self.problem) & (rows["estimator"] == "hard_forward")]
        if rows.empty:
            raise NotMeasured(f"the problem {self.problem!r}")
        found = np.asarray(among_best(rows, self.best), dtype=np.float64)
        by_problem = pd.Series(found).groupby(rows["problem"].to_numpy()).mean()
        what = (
            f"share of starts whose mask is the optimum or among the best {100 * self.best:g}% of all masks "
            f"({by_problem.min():.0%} to {by_problem.max():.0%} by problem)"
        )
        return Measurement(what, mean_estimate(found, evidence.settings), len(found))


def among_best(found: pd.DataFrame, best: float = FOUND) -> pd.Series[bool]:
    """Whether the ``rank`` of a found mask is 1 or within this share of all ``masks``."""
    return found["rank"] <= np.maximum(1, best * found["masks"])
