"""What an experiment measured, and what it has to say about a claim on one dataset with one network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from disentangle.config import Statistics
from disentangle.late import pd
from disentangle.statistics.choice import best_density
from disentangle.statistics.intervals import Estimate

if TYPE_CHECKING:
    from disentangle.statistics.groups import Indices
    from disentangle.statistics.spectral_tests import Distances

# Instead of a density: the one with the highest mean accuracy on the validation split.
BEST = "best"


class NotMeasured(Exception):
    """The experiment does not hold what a claim needs; the message says what is missing."""


class Measurement(NamedTuple):
    """Our value for a claim; one that is not ``sampled`` is of all there are, however few."""

    what: str
    estimate: Estimate
    replicates: int
    sampled: bool = True


class Choice(NamedTuple):
    """A cell of the evidence; ``name`` is what a reader is told."""

    family: str
    density: str
    name: str


@dataclass(frozen=True)
class Evidence:
    """What was found at one ``place``, a dataset and network.

    ``found`` is what the claims need, by name: ``metrics``, the rows of tables/metrics.csv, and whatever the claims name
    themselves. What an experiment does not have is missing or empty.
    """

    found: Mapping[str, Any]
    place: tuple[str, str]
    settings: Statistics

    @property
    def metrics(self) -> pd.DataFrame:
        """Metrics of the networks here."""
        return self.rows("metrics")

    def rows(self, name: str) -> pd.DataFrame:
        """The rows of this dataset and network in a table of several; none where the experiment has no such table."""
        table: pd.DataFrame = self.found.get(name, pd.DataFrame())
        return table[(table["dataset"] == self.place[0]) & (table["network"] == self.place[1])] if len(table) else table

    def table(self, name: str) -> pd.DataFrame:
        """A table that belongs to no dataset or network.

        Raises NotMeasured where the experiment does not have it.
        """
        table: pd.DataFrame = self.found.get(name, pd.DataFrame())
        if table.empty:
            raise NotMeasured(f"the theory's {name}")
        return table

    def on(self, network: str) -> Evidence:
        """What was measured on the same dataset with another network."""
        return replace(self, place=(self.place[0], network))

    def choose(self, family: str, density: str) -> Choice:
        """The family's cell of that density, or of its best one: that is chosen on validation and never on test.

        Of equally good densities the first one in the experiment is taken.

        Raises NotMeasured when there is no such cell.
        """
        metrics = self.metrics
        cells = metrics[metrics["family"] == family]
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
        return self._cell(choice)["test_accuracy"].astype(float)

    def best_accuracy(self, choice: Choice) -> pd.Series:
        """The highest test accuracy of any epoch, one a replicate, by seed.

        Raises NotMeasured where it was not followed.
        """
        cell = self._cell(choice)
        if "best_test_accuracy" not in cell or cell["best_test_accuracy"].isna().any():
            raise NotMeasured(f"the test accuracy of every epoch of {choice.name}")
        return cell["best_test_accuracy"].astype(float)

    def group(self, choice: Choice) -> tuple[Distances, Indices]:
        """The distances and the rows of the cell in them.

        Raises NotMeasured when the spectra of the cell were not compared.
        """
        distances = self.found.get("comparisons", {}).get(self.place)
        if distances is not None:
            rows = distances.group(choice.family, choice.density)
            if len(rows):
                return distances, rows
        raise NotMeasured(f"the spectral comparison of {choice.name}")

    def _cell(self, choice: Choice) -> pd.DataFrame:
        metrics = self.metrics
        return metrics[(metrics["family"] == choice.family) & (metrics["density"] == choice.density)].set_index("seed")
