"""The plan of an experiment: all its jobs, makers before users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar, get_args

from disentangle.cells import Cell, list_cells
from disentangle.config import Experiment
from disentangle.errors import InputError
from disentangle.pipeline.job import Job, Places, Root
from disentangle.registry import stages

Kind = TypeVar("Kind", bound=Job)


class Plan:
    """The jobs of an experiment by stage; those that an archive stands for are among them, and not to be run.

    Raises InputError for whatever a config says that cannot be, and where a job needs a file that no job makes: Snakemake would
    take what was made before for a source.
    """

    def __init__(self, experiment: Experiment, places: Places | None = None) -> None:
        self.experiment = experiment
        self.places = places or Places.of(experiment.name, experiment.source)
        self.cells: list[Cell] = list_cells(experiment)
        roots = get_args(Root)  # what is made, then told of it, then drawn; within these as in the registry
        self.stages = sorted(stages(), key=lambda stage: roots.index(stage.root))
        self.jobs: dict[str, Sequence[Job]] = {}
        self.jobs = {stage.stage: self.of(stage) for stage in self.stages}
        made = {file for job in self for file in job.outputs.values()}
        for job in self:
            needed = (file for files in job.needs().values() for file in files if file.root != "own")
            if missing := next((file for file in needed if file not in made), None):
                raise InputError(f"{job} needs {missing.path}, which no job makes; mend what its file says of its needs.")

    @cached_property
    def to_run(self) -> list[Job]:
        """The jobs that this experiment runs unasked; an archive stands for those that make what it tells from."""
        return [job for stage in self.stages if not stage.optional for job in self.run_by(stage)]

    def run_by(self, stage: type[Job]) -> Sequence[Job]:
        """The jobs of a stage that can be run: none where an archive stands for them."""
        return [] if self.places.archived and stage.root == "made" else self.of(stage)

    def of(self, stage: type[Kind]) -> Sequence[Kind]:
        """The jobs of a stage, which may ask for those of others while it plans."""
        if stage.stage not in self.jobs:
            self.jobs[stage.stage] = list(stage.plan(self))
        return [job for job in self.jobs[stage.stage] if isinstance(job, stage)]

    def having(self, stage: type[Kind], product: str) -> Sequence[Kind]:
        """The jobs of a stage, unless an archive has this product of none: it may be older than the product."""
        jobs = self.of(stage)
        files = (Path(self.places.find(job.outputs[product])) for job in jobs)
        return jobs if not (self.places.archived and stage.root == "made") or any(map(Path.is_file, files)) else []

    def __iter__(self) -> Iterator[Job]:
        for jobs in self.jobs.values():
            yield from jobs
