"""Provenance: what decides a result is found, and a result that no longer holds is named."""

import json

import pytest

from disentangle import artefacts, jobs
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.sources import PACKAGE, sources
from disentangle.stages import cells as stages
from disentangle.staleness import stale


def names(*modules):
    return {str(path.parent.name + "/" + path.name) for path in sources(*modules)}


def test_the_code_of_a_cell_is_its_family_and_all_it_shares_but_no_other_family(small_cells):
    found = names(*small_cells["edge_popup"].modules)
    assert {"families/edge_popup.py", "families/gates.py", "training/loop.py", "networks/mlp.py"} <= found
    assert not {"families/dense.py", "families/weight_free.py", "families/registry.py", "disentangle/config.py"} & found
    assert not any(name.startswith(("figures/", "tables/", "spectra/", "statistics/")) for name in found)


def test_every_job_names_code_that_exists(small_config):
    from pathlib import Path

    for job in jobs.list_jobs(load_experiment(small_config), Path("results/x"), Path("figures/x")):
        assert sources(*job.modules), job.stage
        assert json.loads(json.dumps(job.settings)) == job.settings


def test_servants_are_not_code_of_a_result():
    assert not {f"{PACKAGE}/{name}.py" for name in ("cli", "artefacts", "provenance")} & names("disentangle.training.loop")


@pytest.fixture
def made(tmp_path, small_config):
    """A data set and one trained cell, and the jobs that made them."""
    small_config["families"] = {"random": {}}
    experiment = load_experiment(small_config)
    (cell,) = list_cells(experiment)
    stages.prepare("digits", tmp_path)
    stages.train(cell, tmp_path, "cpu", 1)
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
