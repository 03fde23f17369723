"""Claims about the search for weight-free networks: its gradient, its convergence, and the masks it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from disentangle.config import Label
from disentangle.late import np, pd
from disentangle.statistics.evidence import Evidence, Measurement, NotMeasured
from disentangle.statistics.intervals import Interval, mean_interval
from disentangle.statistics.measures import Claim

FOUND = 0.01  # share of all masks that counts as found


class GradientClaim(Claim):
    """About the approximate gradient of a family's networks, before and after training, at every hardness measured."""

    kind: Literal["gradient"]
    family: Label

    def measure(self, evidence: Evidence) -> Measurement:
        """The largest bias of each replicate as a share of its bound; mean over the replicates."""
        rows = evidence.gradients
        rows = rows[rows["family"] == self.family] if len(rows) else rows
        if rows.empty:
            raise NotMeasured(f"gradients of {self.family}")
        largest = (rows["bias_norm"] / rows["bound"]).groupby(rows["replicate"]).max().to_numpy()
        what = f"largest bias of the approximate gradient of {self.family}, as a share of its bound"
        return Measurement(what, mean_interval(largest, evidence.settings), len(largest))


class TheoryClaim(Claim):
    """About small problems, whatever the datasets and networks of the experiment."""

    def places(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Once, and nowhere."""
        return [("", "")]


class ConvergenceClaim(TheoryClaim):
    """About the descent along the approximate gradient, against the theorem's bound."""

    kind: Literal["convergence"]

    def measure(self, evidence: Evidence) -> Measurement:
        """The largest share of its bound that any start of any run reaches; of all cases, so it has no error of sampling."""
        runs = _theory(evidence, "convergence")
        runs = runs[runs["gradient"] == "hard_forward"]
        value, starts = float(runs["fullest"].max()), int(runs["starts"].max())
        what = (
            f"mean squared gradient as a share of its bound, the largest of {starts} starts, {_runs(runs)} runs and all steps"
        )
        return Measurement(what, Interval(value, value, value), starts, sampled=False)


class SearchClaim(TheoryClaim):
    """About the rank of the masks that are found among all masks, on one kind of problem."""

    kind: Literal["search"]
    problem: str
    best: float = FOUND

    def measure(self, evidence: Evidence) -> Measurement:
        """Share of the starts that find one of the best masks; the interval is over the starts of all problems."""
        rows = _theory(evidence, "enumeration")
        rows = rows[(rows["kind"] == self.problem) & (rows["estimator"] == "hard_forward")]
        if rows.empty:
            raise NotMeasured(f"the problem {self.problem!r}")
        found = np.asarray(among_best(rows, self.best), dtype=np.float64)
        by_problem = pd.Series(found).groupby(rows["problem"].to_numpy()).mean()
        what = (
            f"share of starts whose mask is the optimum or among the best {100 * self.best:g}% of all masks "
            f"({by_problem.min():.0%} to {by_problem.max():.0%} by problem)"
        )
        return Measurement(what, mean_interval(found, evidence.settings), len(found))


def among_best(found: pd.DataFrame, best: float = FOUND) -> pd.Series[bool]:
    """Whether the ``rank`` of a found mask is 1 or within this share of all ``masks``."""
    return found["rank"] <= np.maximum(1, best * found["masks"])


def _theory(evidence: Evidence, name: str) -> pd.DataFrame:
    theory = evidence.measured.theory
    if name not in theory:
        raise NotMeasured(f"the theory's {name}")
    return theory[name]


def _runs(rows: pd.DataFrame) -> int:
    return len(rows.drop_duplicates(["run", "hardness"]))


THEORY_KINDS: dict[str, type[Claim]] = {
    "gradient": GradientClaim,
    "convergence": ConvergenceClaim,
    "search": SearchClaim,
}
