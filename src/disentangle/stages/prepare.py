"""Data sets: read, split, standardised, stored."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from disentangle import artefacts
from disentangle.datasets.folders import given_folder
from disentangle.datasets.registry import DATASETS
from disentangle.errors import choose
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan

# Its sets come with scikit-learn.
EMBEDDED = "disentangle.datasets.embedded:"


class Prepare(Job):
    """Split and standardise a data set, whose files are looked for in the machine's ``data_dir`` first, and describe it."""

    stage: ClassVar = "prepare"
    message: ClassVar = "Prepare the data set {dataset}"
    products: ClassVar = {"data": "datasets/{dataset}.safetensors", "description": "datasets/{dataset}.json"}
    beside: ClassVar = "datasets/{dataset}.meta.json"
    archived: ClassVar = ("description",)

    dataset: str

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a data set of the config."""
        return [cls(dataset=dataset) for dataset in plan.experiment.datasets]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """Nothing of the workflow's; the record names the MD5 of the files that it finds."""
        return {}

    @property
    def chosen(self) -> Sequence[str]:
        """The function that reads the set."""
        return [DATASETS[choose(self.dataset, list(DATASETS), "dataset")]]

    def make(self, run: Run) -> None:
        """Read, split, standardise."""
        from disentangle.datasets import save
        from disentangle.datasets.preparation import finish, read

        raw = read(self.dataset, run.machine.data_dir)
        run.record["files"] = dict(raw.files)
        data = finish(self.dataset, raw)
        save(run.write("data"), data)
        artefacts.write_json(run.write("description"), data.describe())


def check_data_folder(plan: Plan) -> None:
    """Raise InputError where files of a data set are still to be read and the folder named for them does not exist."""
    read = [job for job in plan.to_run if isinstance(job, Prepare) and not job.chosen[0].startswith(EMBEDDED)]
    files = (Path(plan.places.find(file)) for job in read for file in job.outputs.values())
    if not all(map(Path.is_file, files)):
        folder = plan.experiment.data_dir
        given_folder(Path(folder) if folder else None)
