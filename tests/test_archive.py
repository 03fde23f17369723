"""Tables and figures from the archive: the same bytes, without training."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from disentangle.archive import check_archive
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.plan import list_jobs
from tests.project import SMOKE

ARCHIVED = [*SMOKE, "--config", "source=archive"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archived(finished, tmp_path_factory):
    """A finished experiment that was archived, and then lost its results and its figures."""
    project = finished.copy(tmp_path_factory.mktemp("archived"))
    assert "archive/smoke holds 0." in project.snakemake("archive", *SMOKE)
    shutil.rmtree(project.folder / "results")
    shutil.rmtree(project.folder / "figures")
    return project


@pytest.fixture
def lone(archived, tmp_path):
    return archived.copy(tmp_path)


def test_tables_and_figures_are_the_same_bytes(finished, lone):
    output = lone.snakemake("figures", *ARCHIVED)
    assert "Train " not in output
    made, whole = lone.products(), finished.products()
    assert made == {name: whole[name] for name in made}
    assert {name for name in whole if name.startswith("figures/")} <= set(made)
    assert {name for name in whole if "tables" in name} == {name for name in made if "tables" in name}
    assert not list((lone.folder / "results").glob("**/*.safetensors"))
    assert re.search(r"^0 of \d+ results are missing or stale.$", lone.snakemake("check", *ARCHIVED), re.MULTILINE)
    assert lone.planned("--config", "source=archive") == []


def test_what_is_large_stays_out(archived, finished):
    files = {file.name for file in (archived.folder / "archive").rglob("*") if file.is_file()}
    assert {
        "metrics.csv",
        "history.csv",
        "sweep.csv",
        "masks.csv",
        "distances.safetensors",
        "bias.csv",
        "meta.json",
    } <= files
    assert not {"wiring.safetensors", "spectra.safetensors", "null.safetensors", "digits.safetensors"} & files


def test_altered_archive_is_refused(lone):
    metrics = next((lone.folder / "archive").glob("smoke/cells/**/metrics.csv"))
    metrics.write_text(metrics.read_text() + "9,9,1.0\n")
    lone.snakemake("figures", *ARCHIVED, fails=True)
    said = (lone.folder / "results/smoke/logs/tables/metrics.log").read_text()
    assert "metrics.csv is not the file that meta.json vouches for" in said


@pytest.fixture
def check(lone, monkeypatch):
    """Holds the archive against the smoke preset with some settings laid over it."""
    monkeypatch.chdir(lone.folder)
    config = yaml.safe_load(Path("config.yaml").read_text())
    update_config(config, yaml.safe_load(Path(SMOKE[1]).read_text()) | {"source": "archive"})

    def check(**settings):
        update_config(config, settings)
        experiment = load_experiment(config)
        results, archive = Path("results/smoke"), Path("archive/smoke")
        telling = list_jobs(experiment, results, archive, Path("figures/smoke"))
        check_archive(experiment, results, archive, [file for job in telling for file in job.inputs])

    return check


def edit_records(change, pattern="cells/**/meta.json"):
    for path in Path("archive/smoke").glob(pattern):
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))


def test_archive_of_another_experiment_is_refused(check):
    check()
    with pytest.raises(InputError, match=r"not in archive/smoke, the first: cells/digits/mlp/random/0\.25"):
        check(densities=[0.5, 0.25])
    with pytest.raises(InputError, match=r"made with other settings \(training\.epochs: 3 -> 4\)"):
        check(densities=[0.5], training={"epochs": 4})
    with pytest.raises(InputError, match=r"distances\.safetensors was made with other settings \(cells: "):
        check(training={"epochs": 3}, families={"random": None})


def test_a_setting_that_is_newer_than_the_archive_counts_as_its_default(check):
    edit_records(lambda record: record["settings"]["training"].pop("checkpoint_epochs"))
    edit_records(lambda record: record["settings"].update(forgotten=1))
    with pytest.raises(InputError, match=r"training\.checkpoint_epochs: 20 -> 1"):
        check()
    check(training={"checkpoint_epochs": 20})
    edit_records(lambda record: record["settings"].clear())
    with pytest.raises(InputError, match="is missing"):
        check()


def test_an_archive_older_than_the_sweeps_tells_all_else_and_one_that_lost_one_is_refused(lone, check):
    sweeps = sorted(Path("archive/smoke").rglob("sweep.*"))
    sweeps[0].unlink()
    with pytest.raises(InputError, match=r"1 files of this experiment are not in archive/smoke, the first: cells/.*sweep\.csv"):
        check()
    for file in sweeps[1:]:
        file.unlink()
    check()
    planned = lone.planned("--config", "source=archive")
    assert "Draw wiring" in planned and "Draw shared_weight" not in planned


@pytest.mark.parametrize("record", ["cells/**/dense/1.0/meta.json", "cells/**/dense/1.0/spectra.meta.json", "datasets/*.json"])
def test_files_that_are_not_of_one_run_are_refused(check, record):
    edit_records(lambda record: record.get("outputs", {}).update(dict.fromkeys(record.get("outputs", {}), "other")), record)
    with pytest.raises(InputError, match=r"was not made from the .* of this archive"):
        check()


def test_an_archive_behind_a_link_is_replaced_and_one_that_cannot_be_is_kept(finished, tmp_path):
    project = finished.copy(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/smoke").symlink_to(tmp_path / "elsewhere")
    project.snakemake("archive", *SMOKE)
    assert (tmp_path / "archive/smoke").is_symlink() and (tmp_path / "elsewhere/cells").is_dir()
    assert sorted(path.name for path in tmp_path.glob(".elsewhere*")) == []


@pytest.mark.parametrize("change", ["wiring", "code"])
def test_results_that_do_not_match_are_not_archived(finished, tmp_path, change):
    project = finished.copy(tmp_path)
    project.snakemake("archive", *SMOKE)
    before = sorted((project.folder / "archive").rglob("*"))
    if change == "wiring":
        wiring = next(project.folder.glob("results/smoke/cells/*/*/dense/*/wiring.safetensors"))
        wiring.write_bytes(wiring.read_bytes()[:-1] + b"x")
    else:
        project.edit("src/disentangle/families/dense.py", "He-normal or He-uniform weights.", "Other weights.")
    said = project.snakemake("archive", *SMOKE, fails=True)
    assert (
        "results do not match (the first: results/smoke/cells/digits/mlp/dense/1.0" in said and "nothing was archived" in said
    )
    assert sorted((project.folder / "archive").rglob("*")) == before
