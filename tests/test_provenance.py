"""Provenance: what decides a result is found, and a result that no longer holds is named."""

import json
import subprocess
from pathlib import Path
from typing import ClassVar

import pytest

from disentangle.artefacts import checksum, write_json
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.pipeline.job import File, Job
from disentangle.pipeline.plan import Plan
from disentangle.pipeline.record import commit_of, installed, vouched_checksum
from disentangle.pipeline.staleness import mixed, stale
from disentangle.stages.prepare import Prepare
from disentangle.stages.train import Train
from disentangle.tracking import PACKAGE, reached
from tests.conftest import ROOT
from tests.running import of_training, places, prepare, product, run, train


def rooms(*addresses):
    """Modules of which something is reached, without the package's name."""
    return {name.partition(":")[0].removeprefix(f"{PACKAGE}.") for name in reached(*addresses)}


@pytest.fixture
def planned(small_config, monkeypatch):
    monkeypatch.chdir(ROOT)
    return Plan(load_experiment(small_config)).to_run


def test_the_code_of_a_cell_is_its_family_and_all_it_shares_but_no_other_family(small_cells):
    found = rooms(*Train(cell=small_cells["edge_popup"]).code)
    assert {"families.edge_popup", "families.top_share", "training.loop", "networks.mlp", "datasets.in_memory"} <= found
    assert not {"families.dense", "families.weight_free", "families.registry", "config", "datasets.streamed"} & found
    assert not any(name.startswith(("figures.", "tables.", "spectra.", "statistics.")) for name in found)


def test_every_job_names_code_that_exists(planned):
    for job in planned:
        assert reached(*job.code), job
        assert json.loads(json.dumps(job.settings)) == job.settings


def test_what_a_stage_does_itself_and_the_style_of_a_figure_are_code(planned):
    for job in planned:
        found = reached(*job.code)
        assert f"{PACKAGE}.stages.{job.stage}:" in {f"{name.partition(':')[0]}:" for name in found}, job
        assert job.on_device == (f"{PACKAGE}.training.device:prepare_device" in found), job
        assert (job.stage == "train") == (f"{PACKAGE}.training.checkpoint:resume" in found)
        assert (job.stage == "figure") == (f"{PACKAGE}.figures.style:paper.mplstyle" in found)


def test_servants_and_the_pipeline_itself_are_not_code_of_a_result(planned):
    found = {room for job in planned for room in rooms(*job.code)}
    assert not {"cli", "artefacts", "config", "registry"} & found
    assert {room for room in found if room.startswith("pipeline.")} <= {"pipeline.needs"}


@pytest.fixture
def made(tmp_path, small_config):
    """A data set and one trained cell, and the jobs that made them."""
    small_config["families"] = {"random": {}}
    plan = Plan(load_experiment(small_config))
    (cell,) = plan.cells
    prepare("digits", tmp_path)
    train(cell, tmp_path)
    return tmp_path, cell, [*plan.of(Prepare), *plan.of(Train)]


def test_a_record_says_what_made_the_result(made):
    root, cell, (_, job) = made
    record = json.loads((root / job.record.path).read_text())
    assert record["settings"] == job.settings and record["settings"]["cell"] == cell.model_dump(mode="json")
    assert record["stage"] == "train" and record["seeds"] == [0, 1]
    files = [of_training(root, cell, name) for name in ("wiring", "metrics", "history")]
    assert record["outputs"] == {file.name: checksum(file) for file in files}
    data = product(root, Prepare, "data", dataset="digits")
    assert record["inputs"] == {str(data): checksum(data)}
    assert {"code", "git", "versions", "machine", "device", "seconds"} <= set(record)
    assert record["device"]["deterministic"] is True


def test_what_was_just_made_is_not_stale(made):
    root, _, jobs = made
    assert stale(jobs, places(root)) == []


def test_other_settings_are_named(made):
    root, cell, (data, _) = made
    changed = cell.model_copy(update={"training": cell.training.model_copy(update={"epochs": 9})})
    (line,) = stale([data, Train(cell=changed)], places(root))
    assert line == "train digits/mlp/random/0.3: made with other settings (cell.training.epochs: 4 -> 9)"


def test_a_module_that_a_registry_gives_is_a_setting(made):
    root, _, jobs = made
    (line,) = stale([jobs[0].model_copy(update={"dataset": "digits"}), _Elsewhere(cell=made[1])], places(root))
    assert "made with other settings (chosen: " in line and "mine:Random" in line


class _Elsewhere(Train):
    @property
    def chosen(self):
        return [*super().chosen[:-1], "mine:Random"]

    @property
    def code(self):
        return Train(cell=self.cell).code


def test_changed_code_is_named(made, monkeypatch):
    root, _, jobs = made
    monkeypatch.setattr("disentangle.pipeline.staleness.digest", lambda *addresses: "other")
    assert all("its code has changed since" in line for line in stale(jobs, places(root)))
    assert len(stale(jobs, places(root))) == len(jobs)


def test_cells_that_were_trained_unlike_are_named(made):
    root, cell, jobs = made
    assert mixed(jobs, places(root)) == []
    other = Train(cell=cell.model_copy(update={"family": "other"}))
    write_json(root / other.record.path, {"device": {"type": "cuda", "precision": "bfloat16"}})
    told = "digits/mlp: cells were trained on cpu in float32 and on cuda in bfloat16"
    assert mixed([*jobs, other], places(root)) == [told]


@pytest.mark.parametrize("text", ["{}", "[]", "null", "not JSON"])
def test_an_unreadable_record_is_told_and_does_not_vouch(made, text):
    root, cell, jobs = made
    (root / jobs[1].record.path).write_text(text)
    assert any(f"no readable record {root / jobs[1].record.path}" in line for line in stale(jobs, places(root)))
    with pytest.raises(InputError):
        vouched_checksum(Train.file("wiring", cell=cell.path), places(root))


def test_an_altered_input_output_and_a_missing_record_are_named(made):
    root, cell, jobs = made
    with of_training(root, cell, "metrics").open("a") as file:
        file.write("forged\n")
    assert any("metrics.csv was altered after it was made" in line for line in stale(jobs, places(root)))
    with product(root, Prepare, "data", dataset="digits").open("ab") as file:
        file.write(b"x")
    assert any("digits.safetensors has changed since" in line for line in stale(jobs, places(root)))
    (root / jobs[1].record.path).unlink()
    assert any("no readable record" in line and "meta.json" in line for line in stale(jobs, places(root)))
    of_training(root, cell, "wiring").unlink()
    assert any("wiring.safetensors missing" in line for line in stale(jobs, places(root)))


def test_a_result_that_was_made_from_other_files_or_whose_input_is_gone_is_named(made):
    root, cell, jobs = made
    elsewhere = cell.model_copy(update={"dataset": "breast_cancer"})
    for file in (*Train(cell=cell).outputs.values(), Train(cell=cell).record):
        there = root / file.path.replace("digits", "breast_cancer")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes((root / file.path).read_bytes())
    (line,) = stale([Train(cell=elsewhere)], places(root))
    assert "made with other settings (cell.dataset: digits -> breast_cancer); made from other files" in line
    product(root, Prepare, "data", dataset="digits").unlink()
    assert any("digits.safetensors is gone" in line for line in stale(jobs, places(root)))


def test_a_file_of_the_users_own_needs_no_record_but_must_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = File("own", "claims.yaml")
    with pytest.raises(InputError, match=r"^claims\.yaml does not exist; run the workflow that makes it\.$"):
        vouched_checksum(own, places(tmp_path))
    Path("claims.yaml").write_text("{}")
    assert vouched_checksum(own, places(tmp_path)) == checksum(Path("claims.yaml"))


class Copy(Job):
    """A job of one file of the user's own."""

    stage: ClassVar = "copy"
    message: ClassVar = "Copy"
    products: ClassVar = {"copy": "copy.txt"}
    beside: ClassVar = "copy.meta.json"

    @classmethod
    def plan(cls, plan):
        return [cls()]

    def needs(self):
        return {"text": [File("own", "text.txt")]}

    def make(self, run):
        run.write("copy").write_bytes(run.read("text").read_bytes())


def test_another_file_of_the_users_own_makes_stale_what_was_made_from_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("one\n")
    run(Copy(), tmp_path)
    assert stale([Copy()], places(tmp_path)) == []
    Path("text.txt").write_text("two\n")
    assert stale([Copy()], places(tmp_path)) == ["copy: its input text.txt has changed since"]


def test_a_job_does_not_start_from_a_file_that_was_altered(made):
    root, cell, _ = made
    with product(root, Prepare, "data", dataset="digits").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match=r"digits\.safetensors is not the file that digits\.meta\.json vouches for"):
        train(cell, root)


# Where the code comes from


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a project in one folder, and the same project, ignored, in another."""
    for name, value in (("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")):
        monkeypatch.setenv(name, value)
    for folder in ("tracked", "ignored"):
        (tmp_path / folder / "src").mkdir(parents=True)
        (tmp_path / folder / "src/code.py").write_text("x = 1\n")
        (tmp_path / folder / "other.py").write_text("y = 1\n")
    (tmp_path / ".gitignore").write_text("ignored\n")
    who = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "All of it"]):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    return tmp_path


def test_a_tracked_project_has_the_commit_and_whether_it_was_changed_since(repository):
    commit = subprocess.check_output(["git", "-C", repository, "rev-parse", "HEAD"], text=True).strip()
    code = repository / "tracked/src/code.py"
    assert commit_of(code) == {"commit": commit, "dirty": False}
    (repository / "tracked/other.py").write_text("y = 2\n")
    assert commit_of(code) == {"commit": commit, "dirty": True}


def test_a_project_that_no_repository_tracks_has_no_commit(repository, tmp_path_factory, monkeypatch):
    nothing = {"commit": None, "dirty": None}
    assert commit_of(repository / "ignored/src/code.py") == nothing
    lone = tmp_path_factory.mktemp("lone") / "code.py"
    lone.touch()
    assert commit_of(lone) == nothing
    monkeypatch.setenv("PATH", str(lone.parent))  # without git
    assert commit_of(repository / "tracked/src/code.py") == nothing


def test_a_package_that_is_not_there_has_no_version():
    found = installed(["numpy", "no-such-package"])
    assert found["numpy"] and found["no-such-package"] is None
