"""Tables and figures from the archive: the same bytes, without training."""

import json
import re
import shutil
import tarfile
from pathlib import Path

import pytest
from snakemake.utils import update_config

from disentangle.config import load_experiment, read_configs
from disentangle.errors import InputError
from disentangle.packing import NOTE, pack, unpack
from disentangle.pipeline.archive import PACKED, TOLD, open_archive
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
    assert {file.relative_to(lone.folder).parts[2] for file in lone.folder.glob("results/**/*.safetensors")} == {"unpacked"}
    assert re.search(r"^0 of \d+ results are missing or stale.$", lone.snakemake("check", *ARCHIVED), re.MULTILINE)
    assert lone.planned("--config", "source=archive") == []


def test_what_is_large_stays_out(archived, finished):
    folder = archived.folder / "archive/smoke"
    assert {file.name for file in folder.iterdir()} == {PACKED, *(f"{table}.csv" for table in TOLD)}
    for table in TOLD:
        told = finished.folder / f"results/smoke/tables/{table}.csv"
        assert (folder / f"{table}.csv").read_bytes() == told.read_bytes()
    with tarfile.open(folder / PACKED) as packed:
        files = {Path(name).name for name in packed.getnames()}
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


def edit_archive(folder, change):
    """Change the files of an archive and pack them again."""
    files = folder / "edited"
    unpack(folder / "archive/smoke" / PACKED, files)
    change(files)
    packed = {str(file.relative_to(files)): file for file in files.rglob("*") if file.is_file() and file.name != NOTE}
    pack(packed, folder / "archive/smoke" / PACKED)


def test_altered_archive_is_refused(lone):
    def forge(files):
        metrics = next(files.glob("cells/**/metrics.csv"))
        metrics.write_text(metrics.read_text() + "9,9,1.0\n")

    edit_archive(lone.folder, forge)
    lone.snakemake("figures", *ARCHIVED, fails=True)
    said = (lone.folder / "results/smoke/logs/stack/metrics.log").read_text()
    assert "metrics.csv is not the file that meta.json vouches for; delete results/smoke/unpacked and run" in said


def test_a_torn_archive_ends_with_one_sentence(lone):
    packed = lone.folder / "archive/smoke" / PACKED
    packed.write_bytes(packed.read_bytes()[:1000])
    output = lone.snakemake("figures", *ARCHIVED, fails=True)
    assert re.search(rf"cannot read archive/smoke/{PACKED}: .*; restore it from git\.", output)
    assert not (lone.folder / "results/smoke/unpacked").exists()


@pytest.fixture
def check(lone, monkeypatch):
    """Holds the archive against the smoke preset with some settings laid over it."""
    monkeypatch.chdir(lone.folder)
    config = read_configs([Path(SMOKE[1])]) | {"source": "archive"}

    def check(**settings):
        update_config(config, settings)
        open_archive(load_experiment(config))

    return check


def edit_records(change, pattern="cells/**/*meta.json"):
    def edit(files):
        for path in files.glob(pattern):
            record = json.loads(path.read_text())
            change(record)
            path.write_text(json.dumps(record))

    edit_archive(Path(), edit)


def test_archive_of_another_experiment_is_refused(check):
    check()
    with pytest.raises(InputError, match=r"not in archive/smoke, the first: cells/digits/mlp/random/0\.25"):
        check(densities=[0.5, 0.25])
    with pytest.raises(InputError, match=r"made with other settings \(cell\.training\.epochs: 3 -> 4\)"):
        check(densities=[0.5], training={"epochs": 4})
    with pytest.raises(InputError, match=r"compare digits mlp was made with other settings \(cells: "):
        check(training={"epochs": 3}, families={"random": None})


def test_a_setting_that_is_newer_than_the_archive_counts_as_its_default(check):
    def of_older_code(record):
        record["settings"]["forgotten"] = 1
        if isinstance(cell := record["settings"]["cell"], dict):
            cell["forgotten"] = cell["training"].pop("checkpoint_epochs")

    edit_records(of_older_code)
    with pytest.raises(InputError, match=r"cell\.training\.checkpoint_epochs: 20 -> 1"):
        check()
    check(training={"checkpoint_epochs": 20})
    edit_records(lambda record: record["settings"].clear())
    with pytest.raises(InputError, match="is missing"):
        check()


def test_an_archive_older_than_the_sweeps_tells_all_else_and_one_that_lost_one_is_refused(lone, check):
    def sweeps(files):
        return sorted(files.rglob("sweep.*"))

    edit_archive(lone.folder, lambda files: sweeps(files)[0].unlink())
    with pytest.raises(InputError, match=r"1 files of this experiment are not in archive/smoke, the first: cells/.*sweep\.csv"):
        check()
    edit_archive(lone.folder, lambda files: [file.unlink() for file in sweeps(files)])
    check()
    planned = lone.planned("--config", "source=archive")
    assert "Draw wiring" in planned and "Draw shared_weight" not in planned


@pytest.mark.parametrize(
    "record", ["cells/**/dense/1.0/meta.json", "cells/**/dense/1.0/spectra.meta.json", "datasets/*.meta.json"]
)
def test_files_that_are_not_of_one_run_are_refused(check, record):
    edit_records(lambda record: record.update(outputs=dict.fromkeys(record["outputs"], "other")), record)
    with pytest.raises(InputError, match=r"was not made from the .* of this archive"):
        check()


def test_an_archive_behind_a_link_is_replaced_and_one_that_cannot_be_is_kept(finished, tmp_path):
    project = finished.copy(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/smoke").symlink_to(tmp_path / "elsewhere")
    project.snakemake("archive", *SMOKE)
    assert (tmp_path / "archive/smoke").is_symlink() and (tmp_path / "elsewhere" / PACKED).is_file()
    assert sorted(path.name for path in tmp_path.glob(".elsewhere*")) == []


@pytest.mark.parametrize("change", ["wiring", "code", "table"])
def test_results_that_do_not_match_are_not_archived(finished, tmp_path, change):
    project = finished.copy(tmp_path)
    project.snakemake("archive", *SMOKE)
    archived = project.folder / "archive/smoke"
    before = {file.name: file.read_bytes() for file in archived.iterdir()}
    if change == "wiring":
        wiring = next(project.folder.glob("results/smoke/cells/*/*/dense/*/wiring.safetensors"))
        wiring.write_bytes(wiring.read_bytes()[:-1] + b"x")
    elif change == "table":
        project.edit("results/smoke/tables/accuracy.csv", "dataset,", "datasets,")
    else:
        project.edit("src/disentangle/families/dense.py", 'return state.role("weight")', 'return dict(state.role("weight"))')
    said = project.snakemake("archive", *SMOKE, fails=True)
    first = "table accuracy" if change == "table" else "train digits/mlp/dense/1.0"
    assert f"results do not match (the first: {first}: " in said and "nothing was archived" in said
    assert {file.name: file.read_bytes() for file in archived.iterdir()} == before
