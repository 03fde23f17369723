"""What a claim is: a statement of a paper, its published value, and what decides it here."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from disentangle.claims.evidence import BEST, Evidence, Measurement
from disentangle.config import Density, Label, Strict
from disentangle.pipeline.needs import Need

ALL = "all"  # data sets
Kind = Literal["replication", "question", "implementation", "theorem"]
KINDS: tuple[str, ...] = get_args(Kind)
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


class Fixed(Strict):
    """When the criterion of a claim was fixed: its rule, its threshold, and what is measured."""

    day: date = Field(description="of the last change")
    seen: list[str] = Field(description="data sets whose results of it had been seen by then; all, also where nothing tells")

    def before(self, dataset: str) -> bool:
        """Whether it was fixed before the results on a data set were seen."""
        return ALL not in self.seen and dataset not in self.seen

    def __str__(self) -> str:
        if not self.seen:
            return f"{self.day}, before any result of it was seen"
        return f"{self.day}, after results of it were seen{'' if ALL in self.seen else ' on ' + ' and '.join(self.seen)}"


class Claim(Strict, ABC):
    """A statement of a paper, its published value, and what decides it here."""

    needs: ClassVar[Mapping[str, Need]] = {}
    """What it is measured from beside the metrics of the replicates, by the names under which `Evidence` has it."""

    kind: Kind = Field(
        description="theorem: ours, held against its own constants; implementation: follows from how the method is built; "
        "replication: a paper's statement about what networks learn; question: ours"
    )
    measure: str
    paper: Text
    statement: Text = Field(description="what the paper says, in our words, in one line")
    published: Text | None = Field(description="the paper's value as it was found, or null when none is at hand")
    source: Text = Field(description="where the statement and its value were found")
    criterion: Criterion
    fixed: Fixed
    fails_if: Text = Field(description="what result would refute it, in one sentence; honest where next to none could")
    note: str = Field("", description="what a reader of the verdict has to know")
    preset: Label | None = Field(None, description="preset that trains the cells, null where config.yaml does")
    lacks: str = Field("", description="what has to be built before any preset can measure it")
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
    def measured(self, evidence: Evidence) -> Measurement:
        """Our value on one dataset × network.

        Raises NotMeasured when the experiment does not hold what it takes.
        """


class PairClaim(Claim, ABC):
    """About a family against another."""

    family: Label
    density: ClaimDensity = BEST
    against: Label
    against_density: ClaimDensity = BEST
