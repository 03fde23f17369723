"""Provenance: what decides a result is found, and a result that no longer holds is named."""

import json
from pathlib import Path

import pytest

from disentangle import artefacts, jobs, plan
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.provenance import vouched_checksum
from disentangle.sources import PACKAGE, sources
from disentangle.stages import prepare as preparing
from disentangle.stages import train as training
from disentangle.staleness import mixed, stale


def names(*modules):
    return {str(path.parent.name + "/" + path.name) for path in sources(*modules)}


def test_the_code_of_a_cell_is_its_family_and_all_it_shares_but_no_other_family(small_cells):
    found = names(*jobs.train_job(Path("results/x"), small_cells["edge_popup"]).modules)
    assert {"families/edge_popup.py", "families/top_share.py", "training/loop.py", "networks/mlp.py"} <= found
    assert not {"families/dense.py", "families/weight_free.py", "families/registry.py", "disentangle/config.py"} & found
    assert not any(name.startswith(("figures/", "tables/", "spectra/", "statistics/")) for name in found)


def test_every_job_names_code_that_exists(small_config):
    for job in plan.list_jobs(load_experiment(small_config), Path("results/x"), Path("results/x"), Path("figures/x")):
        assert sources(*job.modules), job.stage
        assert json.loads(json.dumps(job.settings)) == job.settings


def test_what_a_stage_does_itself_and_the_style_of_a_figure_are_code(small_config):
    experiment = load_experiment(small_config)
    for job in plan.list_jobs(experiment, Path("results/x"), Path("results/x"), Path("figures/x")):
        found = names(*job.modules)
        assert f"stages/{job.stage}.py" in found
        assert (job.stage in {"train", "sweep", "gradients", "profiles"}) == ("training/device.py" in found)
        assert (job.stage == "train") == ("training/checkpoint.py" in found)
        assert (job.stage == "figure") == ("figures/paper.mplstyle" in found)


def test_a_relative_import_which_cannot_be_tracked_is_refused(tmp_path, monkeypatch):
    (tmp_path / "own_family.py").write_text("from .dense import Dense\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"own_family\.py line 1 imports relatively; write the full name"):
        sources("own_family")


@pytest.mark.parametrize("text", ["{}", "[]", "null", "not JSON"])
def test_an_unreadable_record_is_told_and_does_not_vouch(made, text):
    root, cell, found = made
    (artefacts.cell_folder(root, cell.path) / artefacts.META).write_text(text)
    assert any("no readable record meta.json" in line for line in stale(found))
    with pytest.raises(InputError):
        vouched_checksum(artefacts.cell_folder(root, cell.path) / artefacts.WIRING)


def test_every_output_of_every_job_has_a_record_that_vouches_for_it(small_config):
    small_config["name"] = "cells"
    for job in plan.list_jobs(
        load_experiment(small_config), Path("results/cells"), Path("results/cells"), Path("figures/cells")
    ):
        assert {artefacts.record_path(output) for output in job.outputs} == {artefacts.record_path(job.outputs[0])}


def test_servants_are_not_code_of_a_result():
    assert not {f"{PACKAGE}/{name}.py" for name in ("cli", "artefacts", "provenance")} & names("disentangle.training.loop")


@pytest.fixture
def made(tmp_path, small_config):
    """A data set and one trained cell, and the jobs that made them."""
    small_config["families"] = {"random": {}}
    experiment = load_experiment(small_config)
    (cell,) = list_cells(experiment)
    preparing.prepare("digits", tmp_path)
    training.train(cell, tmp_path, "cpu", 1)
    return tmp_path, cell, [jobs.prepare_job(tmp_path, "digits"), jobs.train_job(tmp_path, cell)]


def test_a_record_says_what_made_the_result(made):
    root, cell, (_, train) = made
    record = json.loads((artefacts.cell_folder(root, cell.path) / artefacts.META).read_text())
    assert record["settings"] == cell.model_dump(mode="json") and record["seeds"] == [0, 1]
    assert set(record["outputs"]) == {path.name for path in train.outputs}
    assert {"code", "inputs", "git", "versions", "machine", "device", "seconds"} <= set(record)
    assert record["device"]["deterministic"] is True


def test_what_was_just_made_is_not_stale(made):
    assert stale(made[2]) == []


def test_other_settings_are_named(made):
    root, cell, (data, _) = made
    changed = cell.model_copy(update={"training": cell.training.model_copy(update={"epochs": 9})})
    (line,) = stale([data, jobs.train_job(root, changed)])
    assert "random/0.3/wiring.safetensors: made with other settings (training.epochs: 4 -> 9)" in line


def test_changed_code_is_named(made, monkeypatch):
    monkeypatch.setattr("disentangle.staleness.digest", lambda files: "other")
    assert all("its code has changed since" in line for line in stale(made[2]))


def test_cells_that_were_trained_unlike_are_named(made):
    root, cell, found = made
    assert mixed(found) == []
    other = cell.model_copy(update={"family": "other"})
    record = {"device": {"type": "cuda", "precision": "bfloat16"}}
    artefacts.write_json(artefacts.cell_folder(root, other.path) / artefacts.META, record)
    told = "digits/mlp: cells were trained on cpu in float32 and on cuda in bfloat16"
    assert mixed([*found, jobs.train_job(root, other)]) == [told]


def test_an_altered_input_output_and_a_missing_record_are_named(made):
    root, cell, found = made
    folder = artefacts.cell_folder(root, cell.path)
    with (folder / artefacts.METRICS).open("a") as file:
        file.write("forged\n")
    assert any("metrics.csv was altered after it was made" in line for line in stale(found))
    with artefacts.dataset_path(root, "digits").open("ab") as file:
        file.write(b"x")
    assert any("digits.safetensors has changed since" in line for line in stale(found))
    (folder / artefacts.META).unlink()
    assert any("no readable record meta.json" in line for line in stale(found))
    (folder / artefacts.WIRING).unlink()
    assert any("wiring.safetensors missing" in line for line in stale(found))
