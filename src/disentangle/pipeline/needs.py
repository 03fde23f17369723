"""What a figure, a table or a claim can ask for, each a small object that its file names.

A need that reads files says at planning which of them there are (its keys), and reads just those. A need that is settled by the
config alone becomes a setting of the job. Nothing else reaches the code that draws or judges.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, JsonValue, TypeAdapter

from disentangle.cells import Cell
from disentangle.config import Experiment
from disentangle.pipeline.job import File, Job
from disentangle.stages.compare import Compare
from disentangle.stages.prepare import Prepare
from disentangle.stages.stack import Stacked

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from disentangle.pipeline.plan import Plan
    from disentangle.statistics.spectral_tests import Distances

Key = tuple[str, ...]


class Reading(ABC):
    """A need that reads files: the same number of them for each of its keys."""

    @abstractmethod
    def keys(self, plan: Plan) -> list[str]:
        """What there is to read; nothing where the experiment or its archive does not have it."""

    @abstractmethod
    def files(self, key: str) -> list[File]:
        """The files of a key."""

    @abstractmethod
    def read(self, files: Mapping[str, Sequence[Path]]) -> Any:
        """What the code is given, from the files of each key."""


class Settled(ABC):
    """A need that the config settles."""

    @abstractmethod
    def settle(self, plan: Plan) -> JsonValue:
        """The plain value, which becomes a setting of the job."""

    def give(self, value: JsonValue) -> Any:
        """What the code is given."""
        return value


Need = Reading | Settled


class Table(Reading):
    """A stacked or finished table of the experiment, as a data frame."""

    def __init__(self, name: Stacked | str) -> None:
        self.name = name

    def keys(self, plan: Plan) -> list[str]:
        """Its name."""
        return [self.name]

    def files(self, key: str) -> list[File]:
        """Its CSV."""
        return [File("told", f"tables/{key}.csv", f"tables/{key}.meta.json")]

    def read(self, files: Mapping[str, Sequence[Path]]) -> pd.DataFrame:
        """Every row and digit."""
        from disentangle.tables.stacking import read_table

        ((file,),) = files.values()
        return read_table(file)


class OfCells(Reading):
    """A product of a stage that has one a cell; of the cells that ``of`` chooses, where it is given."""

    def __init__(self, stage: type[Job], product: str, of: Callable[[Cell], bool] | None = None) -> None:
        self.stage, self.product, self.of = stage, product, of

    def keys(self, plan: Plan) -> list[str]:
        """Paths of the cells."""
        there = {job.at["cell"] for job in plan.having(self.stage, self.product)}
        return [cell.path for cell in plan.cells if cell.path in there and (self.of is None or self.of(cell))]

    def files(self, key: str) -> list[File]:
        """The cell's file."""
        return [self.stage.file(self.product, cell=key)]


class Rows(OfCells):
    """A CSV of each cell, stacked with the columns dataset, network, family and density in front."""

    def read(self, files: Mapping[str, Sequence[Path]]) -> pd.DataFrame:
        """An empty table of no cells."""
        import pandas as pd

        from disentangle.tables.stacking import read_table, stack

        frames = {tuple(path.split("/")): read_table(file) for path, (file,) in files.items()}
        return stack(frames) if frames else pd.DataFrame()


class Arrays(OfCells):
    """The named arrays of each cell, by (dataset, network, family, density)."""

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[Key, dict[str, NDArray[Any]]]:
        """As they were written."""
        from disentangle.artefacts import load_arrays

        return {tuple(path.split("/")): load_arrays(file)[0] for path, (file,) in files.items()}


class Counts(OfCells):
    """The named counts of each cell, by (dataset, network, family, density)."""

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[Key, dict[str, NDArray[Any]]]:
        """As they were counted."""
        from disentangle.masks.storage import load_counts

        return {tuple(path.split("/")): load_counts(file) for path, (file,) in files.items()}


class Single(Reading):
    """A CSV of a stage that has one job an experiment, as a data frame."""

    def __init__(self, stage: type[Job], product: str) -> None:
        self.stage, self.product = stage, product

    def keys(self, plan: Plan) -> list[str]:
        """Its name."""
        return [self.product] if plan.having(self.stage, self.product) else []

    def files(self, key: str) -> list[File]:
        """The CSV."""
        return [self.stage.file(key)]

    def read(self, files: Mapping[str, Sequence[Path]]) -> pd.DataFrame:
        """Every row and digit; an empty table where there is none."""
        import pandas as pd

        from disentangle.tables.stacking import read_table

        return next((read_table(file) for (file,) in files.values()), pd.DataFrame())


class Described(Reading):
    """One entry of the description of every data set, by its name: ``largest_class``, ``shape``, ``classes``, ``images``."""

    def __init__(self, entry: str) -> None:
        self.entry = entry

    def keys(self, plan: Plan) -> list[str]:
        """Names of the data sets."""
        return [job.dataset for job in plan.having(Prepare, "description")]

    def files(self, key: str) -> list[File]:
        """The description."""
        return [Prepare.file("description", dataset=key)]

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
        """As it was written."""
        from disentangle.artefacts import read_json

        return {dataset: read_json(file)[self.entry] for dataset, (file,) in files.items()}


class Comparisons(Reading):
    """The spectral distances of all networks of each dataset and network, by these two."""

    def keys(self, plan: Plan) -> list[str]:
        """Pairs dataset/network."""
        return [f"{job.dataset}/{job.network}" for job in plan.having(Compare, "distances")]

    def files(self, key: str) -> list[File]:
        """The table of the networks and the matrices of their distances."""
        dataset, network = key.split("/")
        return [Compare.file(product, dataset=dataset, network=network) for product in ("networks", "distances")]

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[Key, Distances]:
        """By dataset and network."""
        from disentangle.spectra.storage import load_distances
        from disentangle.statistics.spectral_tests import Distances
        from disentangle.tables.stacking import read_table

        return {
            tuple(pair.split("/")): Distances(read_table(networks), load_distances(distances))
            for pair, (networks, distances) in files.items()
        }


class Setting(Settled):
    """A setting of the experiment, by its dotted name in the config."""

    def __init__(self, name: str) -> None:
        self.name = name

    def settle(self, plan: Plan) -> JsonValue:
        """As plain values."""
        value: Any = plan.experiment
        for part in self.name.split("."):
            value = getattr(value, part)
        plain: JsonValue = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        return plain

    def give(self, value: JsonValue) -> Any:
        """As the config has it, a group of settings as its model."""
        model: Any = Experiment
        for part in self.name.split("."):
            model = model.model_fields[part].annotation
        return TypeAdapter(model).validate_python(value)


class Study(Settled):
    """Cells that differ in one thing and are compared: what ``find`` finds, as plain values; nothing to compare is falsy."""

    def __init__(self, find: Callable[[Sequence[Cell]], Any]) -> None:
        self.find = find

    def settle(self, plan: Plan) -> JsonValue:
        """What is there to compare."""
        found: JsonValue = self.find(plan.cells)
        return found
