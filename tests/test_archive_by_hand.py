"""What an archive is held against, on one that is written by hand: empty files and their records, which nothing trained."""

import json
import shutil
from pathlib import Path

import pytest

from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.packing import pack
from disentangle.pipeline.archive import ARCHIVES, PACKED, open_archive
from disentangle.pipeline.job import Places
from disentangle.pipeline.plan import Plan
from tests.conftest import SMALL

REDRAWN = {"family": "control", "of": "edge_popup", "mask": "shuffled", "values": "redrawn"}
CONFIG = SMALL | {"families": SMALL["families"] | {"mine": REDRAWN}}


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Archives the experiment, the record of each job changed first, and opens it."""
    monkeypatch.chdir(tmp_path)
    experiment = load_experiment(CONFIG)
    plan = Plan(experiment)

    def write(job):
        path = Path("made") / job.record.path
        path.parent.mkdir(parents=True, exist_ok=True)
        inputs = {plan.places.find(file): Path(file.path).name for files in job.needs().values() for file in files}
        outputs = {name: name for name in (Path(file.path).name for file in job.outputs.values())}
        path.write_text(json.dumps({"settings": job.settings, "inputs": inputs, "outputs": outputs}))
        for product in job.archived:
            (Path("made") / job.outputs[product].path).touch()

    def opened(change=lambda job, record: None):
        made = [job for job in plan.to_run if job.root == "made"]
        for job in made:
            write(job)
            path = Path("made") / job.record.path
            record = json.loads(path.read_text())
            change(job, record)
            path.write_text(json.dumps(record))
        files = {str(file.relative_to("made")): file for file in Path("made").rglob("*") if file.is_file()}
        pack(files, ARCHIVES / experiment.name / PACKED)
        shutil.rmtree("made")
        return open_archive(experiment)

    return opened


def of_mine(change):
    """Change the training record of the control alone."""
    return lambda job, record: change(record) if str(job).startswith("train digits/mlp/mine/") else None


def test_an_archive_of_this_experiment_is_opened(archive):
    plan = archive()
    assert plan.places == Places.of("small", "archive") and {job.root for job in plan.to_run} == {"told", "drawn"}


def test_a_setting_of_the_source_that_is_newer_than_the_archive_counts_as_its_default(archive):
    """A control that draws its values again has the settings of its source in its own."""

    def older(record):
        assert record["settings"]["cell"]["parent"]["settings"].pop("values")

    archive(of_mine(older))


def test_a_control_of_a_source_with_other_settings_is_refused(archive):
    with pytest.raises(InputError, match=r"train digits/mlp/mine/0\.3 was made with other settings \(cell\.parent\."):
        archive(of_mine(lambda record: record["settings"]["cell"]["parent"]["settings"].update(values="kaiming_normal")))


def test_a_file_of_another_run_is_refused(archive):
    def other(record):
        record["outputs"] = dict.fromkeys(record["outputs"], "other")

    with pytest.raises(InputError, match=r"masks digits/mlp/mine/0\.3 was not made from the wiring\.safetensors of this"):
        archive(of_mine(other))
