"""Claims of the papers, one class for each way to measure one. A new way is its class and its line in `KINDS`."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from disentangle.config import Density, Label, Strict
from disentangle.statistics.evidence import BEST, Evidence, Measurement, NotMeasured
from disentangle.statistics.groups import separation_interval
from disentangle.statistics.intervals import mean_interval, paired_differences

RULES = {"at_least": operator.ge, "above": operator.gt, "at_most": operator.le, "below": operator.lt}


def _density(value: Any) -> str:
    if value in (BEST, "free"):
        return str(value)
    try:
        return format(Decimal(str(TypeAdapter(Density).validate_python(value))), "f")
    except ValidationError:
        raise PydanticCustomError("density", "write a share of edges in (0, 1], best or free") from None


# As text, as in every table.
ClaimDensity = Annotated[str, BeforeValidator(_density)]
Text = Annotated[str, Field(min_length=1)]


class Criterion(Strict):
    """What decides a claim: a threshold that our value has to keep to."""

    rule: Literal["at_least", "at_most", "above", "below"]
    threshold: float
    reason: Text = Field(description="whose criterion it is, and why this threshold")

    def holds(self, value: float) -> bool:
        """Whether a value keeps to it."""
        return bool(RULES[self.rule](value, self.threshold))

    def __str__(self) -> str:
        return f"{self.rule.replace('_', ' ')} {self.threshold:g} ({self.reason})"


class Claim(Strict, ABC):
    """A statement of a paper, its published value, and what decides it here."""

    kind: str
    paper: Text
    statement: Text = Field(description="what the paper says, in our words, in one line")
    published: Text | None = Field(description="the paper's value as it was found, or null when none is at hand")
    source: Text = Field(description="where the statement and its value were found")
    criterion: Criterion
    note: str = Field("", description="what a reader of the verdict has to know")
    preset: Label | None = Field(None, description="preset that trains the cells, null where config.yaml does")
    datasets: list[str] | None = Field(None, min_length=1, description="null: every dataset of the experiment")
    without: list[str] = Field([], description="datasets of the experiment that it is not about")
    networks: list[str] | None = Field(None, min_length=1, description="null: every network of the experiment")

    def places(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of the experiment's pairs of dataset and network those that the claim is about, then what it lacks of a dataset."""
        about = [pair for pair in pairs if pair[0] not in self.without]
        found = [(d, n) for d, n in about if d in (self.datasets or [d]) and n in (self.networks or [n])]
        absent = []
        for dataset in self.datasets or dict.fromkeys(d for d, _ in found):
            here = {n for d, n in found if d == dataset}
            missing = [network for network in self.networks or [] if network not in here]
            if missing or not here:
                absent.append((dataset, ", ".join(missing)))
        return found + absent or [("", ", ".join(self.networks or []))]

    @abstractmethod
    def measure(self, evidence: Evidence) -> Measurement:
        """Our value on one dataset × network.

        Raises NotMeasured when the experiment does not hold what it takes.
        """


class AccuracyClaim(Claim):
    """About the test accuracy of a family, a share in [0, 1]."""

    kind: Literal["accuracy"]
    family: Label
    density: ClaimDensity = BEST
    of: Literal["last_epoch", "best_epoch"] = Field("last_epoch", description="best_epoch: the best on the test split itself")

    def measure(self, evidence: Evidence) -> Measurement:
        """Mean over the replicates.

        Raises NotMeasured when there is no such cell, or the test split was not followed (``training.follow_test``).
        """
        choice = evidence.choose(self.family, self.density)
        if self.of == "last_epoch":
            values, what = evidence.accuracy(choice).to_numpy(), f"test accuracy of {choice.name}"
        else:
            values, what = evidence.best_accuracy(choice).to_numpy(), f"best test accuracy of any epoch of {choice.name}"
        return Measurement(what, mean_interval(values, evidence.settings), len(values))


class PairClaim(Claim, ABC):
    """About a family against another."""

    family: Label
    density: ClaimDensity = BEST
    against: Label
    against_density: ClaimDensity = BEST


class DifferenceClaim(PairClaim):
    """About the test accuracy of a family less that of another, paired by seed."""

    kind: Literal["difference"]

    def measure(self, evidence: Evidence) -> Measurement:
        """Mean of the differences over the seeds that both families have."""
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        differences = paired_differences(evidence.accuracy(ours), evidence.accuracy(theirs))
        if not len(differences):
            raise NotMeasured(f"a seed that {ours.name} and {theirs.name} share")
        what = f"test accuracy of {ours.name} minus that of {theirs.name}"
        return Measurement(what, mean_interval(differences, evidence.settings), len(differences))


class SeparationClaim(PairClaim):
    """About the spectral distance between the networks of two families less the distance within them."""

    kind: Literal["separation"]
    version: Literal["raw", "edges", "matched"]

    def measure(self, evidence: Evidence) -> Measurement:
        """Separation of the two groups of replicates; `groups.separation_interval` says how.

        Raises NotMeasured where neither group has two, and so no distance within.
        """
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        distances, first = evidence.group(ours)
        _, second = evidence.group(theirs)
        if max(len(first), len(second)) < 2:
            raise NotMeasured(f"two replicates of {ours.name} or {theirs.name}")
        separation = separation_interval(distances.matrices[self.version], first, second, evidence.settings)
        floor = f"two draws of one null: {distances.floor(first, second):.4f}"
        what = f"{self.version} spectral distance of {ours.name} and {theirs.name} minus that within them ({floor})"
        return Measurement(what, separation, min(len(first), len(second)))


KINDS: dict[str, type[Claim]] = {
    "accuracy": AccuracyClaim,
    "difference": DifferenceClaim,
    "separation": SeparationClaim,
}
