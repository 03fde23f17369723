"""Jobs: a stage is a class of jobs, and a job makes some files. All that decides them is said once, in the stage's own file.

The workflow's rules, the command line, the provenance records, the archive and `disentangle check` all ask the job.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from disentangle.config import Strict

if TYPE_CHECKING:
    from disentangle.pipeline.plan import Plan

Root = Literal["made", "told", "drawn", "own"]
PLACEHOLDER = re.compile(r"{(\w+)}")


class Places(NamedTuple):
    """Where files lie: what is ``made`` (data sets, cells, comparisons), ``told`` (tables) and ``drawn`` (figures).

    ``made`` is the same folder as ``told``, or an unpacked archive. What is the user's ``own`` lies in the project's root.
    """

    told: Path
    made: Path
    drawn: Path

    @classmethod
    def of(cls, name: str, source: str = "results") -> Places:
        """The folders of an experiment; with ``source`` archive, what is made lies where the archive is unpacked."""
        results = Path("results") / name
        return cls(results, results / "unpacked" if source == "archive" else results, Path("figures") / name)

    @property
    def archived(self) -> bool:
        """Whether tables and figures are made from an archive."""
        return self.made != self.told

    def find(self, file: File) -> str:
        """Path of a file from the project's root."""
        return file.path if file.root == "own" else f"{getattr(self, file.root)}/{file.path}"

    def record(self, file: File) -> str | None:
        """Path of the record that vouches for a file; None for one of the user's own."""
        return file.record and f"{getattr(self, file.root)}/{file.record}"


class File(NamedTuple):
    """A file that a job reads or writes: its path and that of its record, below a root."""

    root: Root
    path: str
    record: str | None = None


@dataclass(frozen=True)
class Machine:
    """How a job is computed, which does not make it another job."""

    device: str = "cpu"
    precision: str = "auto"
    compile: bool = False
    threads: int = 1
    data_dir: Path | None = None


@dataclass(frozen=True)
class Run:
    """One run of a job: the files that it declared, by name, the machine, and the record, to which it may add."""

    inputs: Mapping[str, Sequence[Path]]
    outputs: Mapping[str, Path]
    machine: Machine = field(default_factory=Machine)
    record: dict[str, Any] = field(default_factory=dict)

    def read(self, name: str) -> Path:
        """The one input of that name."""
        (path,) = self.inputs[name]
        return path

    def write(self, name: str) -> Path:
        """The output of that name."""
        return self.outputs[name]


class Job(Strict, ABC):
    """A job; its fields are the settings that decide what it makes, plain values that go into its record.

    A stage is a subclass. Paths stand below the stage's root; a ``{placeholder}`` is a field.
    """

    stage: ClassVar[str]
    """Name of the stage, of its command and of its rule."""

    message: ClassVar[str]
    """What a reader of the log is told; placeholders as in paths."""

    products: ClassVar[Mapping[str, str]]
    """What it makes: name -> path."""

    beside: ClassVar[str]
    """Path of the provenance record."""

    root: ClassVar[Root] = "made"
    """made: what the archive can stand for; told: a table; drawn: a figure."""

    archived: ClassVar[Sequence[str]] = ()
    """The products that tables and figures are made from, which an archive holds."""

    computing: ClassVar[Sequence[str]] = ("make",)
    """The methods whose code decides the products, with all that it reaches; the others only plan."""

    on_device: ClassVar[bool] = False
    """Whether it computes on the device, and with the threads, that the config gives a cell."""

    local: ClassVar[bool] = False
    """Whether it is too short to be a job of a cluster."""

    optional: ClassVar[bool] = False
    """Whether it is made only when asked for."""

    reported: ClassVar[str] = ""
    """The product that the report shows, under its `heading` and with its `caption`."""

    @classmethod
    @abstractmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """The jobs of an experiment; ``plan`` holds those of the stages before."""

    @abstractmethod
    def needs(self) -> Mapping[str, Sequence[File]]:
        """The files it reads, by name; `file` of another stage gives them."""

    @abstractmethod
    def make(self, run: Run) -> None:
        """Read, compute, write."""

    @property
    def chosen(self) -> Sequence[str]:
        """Addresses (module:name) that registries gave and the stage's code does not import: they decide the products too."""
        return ()

    @property
    def heading(self) -> str:
        """Where in the report it stands."""
        return ""

    @property
    def caption(self) -> str:
        """What the report says below it."""
        return ""

    @property
    def megabytes(self) -> int:
        """Memory it takes at most, beside what a thread takes."""
        return 2000

    @property
    def minutes(self) -> int:
        """Time it takes at most."""
        return 30

    @classmethod
    def file(cls, product: str, **at: str) -> File:
        """A product of this stage; ``at`` gives the placeholders."""
        return File(cls.root, cls.products[product].format(**at), cls.beside.format(**at))

    @classmethod
    def placeholders(cls) -> list[str]:
        """The fields by which a job of this stage is told from the others."""
        return PLACEHOLDER.findall(cls.beside)

    @cached_property
    def at(self) -> dict[str, str]:
        """The placeholders' values."""
        return {name: str(getattr(self, name)) for name in self.placeholders()}

    @cached_property
    def outputs(self) -> dict[str, File]:
        """What it writes, by name."""
        return {name: self.file(name, **self.at) for name in self.products}

    @cached_property
    def record(self) -> File:
        """Where its record goes."""
        return File(self.root, self.beside.format(**self.at))

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What decides its products beside code and inputs, as its record has it."""
        return self.model_dump(mode="json") | ({"chosen": list(self.chosen)} if self.chosen else {})

    @property
    def code(self) -> list[str]:
        """Addresses from which all code that decides the products can be reached."""
        stages = [stage for stage in type(self).__mro__ if issubclass(stage, Job) and stage is not Job]
        own = [f"{of.__module__}:{of.__name__}.{name}" for of in stages for name in self.computing if name in vars(of)]
        fields = [field.annotation for field in type(self).model_fields.values()]
        carried = [f"{of.__module__}:{of.__name__}" for of in fields if isinstance(of, type) and issubclass(of, Strict)]
        return [*own, *carried, *self.chosen]

    def __str__(self) -> str:
        return " ".join([self.stage, *self.at.values()])
