"""What an experiment has to say about a claim, on one dataset with one network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from disentangle.config import Statistics
from disentangle.statistics.choice import best_density
from disentangle.statistics.groups import Indices
from disentangle.statistics.intervals import Interval
from disentangle.statistics.spectral_tests import Distances

# Instead of a density: the one with the highest mean accuracy on the validation split.
BEST = "best"


class NotMeasured(Exception):
    """The experiment does not hold what a claim needs; the message says what is missing."""


class Measurement(NamedTuple):
    """Our value for a claim."""

    what: str
    interval: Interval
    replicates: int


class Choice(NamedTuple):
    """A cell of the evidence; ``name`` is what a reader is told."""

    family: str
    density: str
    name: str


@dataclass(frozen=True)
class Evidence:
    """What was measured on one dataset × network, and the theory's tables, which belong to none.

    ``metrics`` has the rows of tables/metrics.csv, ``gradients`` those of the cells' gradients.csv, ``theory`` the tables of
    theory/ by name, ``transplants`` the rows of one density a family of the cells' transplant.csv; what was not measured is
    empty.
    """

    metrics: pd.DataFrame
    distances: Distances | None
    settings: Statistics
    gradients: pd.DataFrame = field(default_factory=pd.DataFrame)
    theory: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    transplants: pd.DataFrame = field(default_factory=pd.DataFrame)

    def choose(self, family: str, density: str) -> Choice:
        """The family's cell of that density, or of its best one: that is chosen on validation and never on test.

        Of equally good densities the first one in the experiment is taken.

        Raises NotMeasured when there is no such cell.
        """
        cells = self.metrics[self.metrics["family"] == family]
        if density != BEST:
            if not (cells["density"] == density).any():
                raise NotMeasured(f"{family} at density {density}")
            return Choice(family, density, f"{family} at density {density}")
        if cells.empty:
            raise NotMeasured(family)
        best = best_density(cells)
        return Choice(
            family, best, family if cells["density"].nunique() == 1 else f"{family} at density {best} (best on validation)"
        )

    def accuracy(self, choice: Choice) -> pd.Series:
        """Test accuracies of a cell in [0, 1], one a replicate, by seed."""
        cell = self.metrics[(self.metrics["family"] == choice.family) & (self.metrics["density"] == choice.density)]
        return cell.set_index("seed")["test_accuracy"].astype(float)

    def group(self, choice: Choice) -> tuple[Distances, Indices]:
        """The distances and the rows of the cell in them.

        Raises NotMeasured when the spectra of the cell were not compared.
        """
        if self.distances is not None:
            rows = self.distances.group(choice.family, choice.density)
            if len(rows):
                return self.distances, rows
        raise NotMeasured(f"the spectral comparison of {choice.name}")
