"""Tables and figures from the archive: the same bytes, without training."""

import shutil

import pytest

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
    assert made == {name: whole[name] for name in made} and len([name for name in made if "figures" in name]) == 18
    assert {name for name in whole if "tables" in name} == {name for name in made if "tables" in name}
    assert not list((lone.folder / "results").glob("**/*.safetensors"))
    assert "0 of 11 results are missing or stale." in lone.snakemake("check", *ARCHIVED)
    assert lone.planned("--config", "source=archive") == []


def test_what_is_large_stays_out(archived, finished):
    files = {file.name for file in (archived.folder / "archive").rglob("*") if file.is_file()}
    assert {"metrics.csv", "history.csv", "masks.csv", "spectra.safetensors", "distances.safetensors", "meta.json"} <= files
    assert not {"wiring.safetensors", "null.safetensors", "digits.safetensors"} & files


def test_altered_archive_is_refused(lone):
    metrics = next((lone.folder / "archive").glob("smoke/cells/**/metrics.csv"))
    metrics.write_text(metrics.read_text().replace("0.9", "0.8"))
    lone.snakemake("figures", *ARCHIVED, fails=True)
    said = (lone.folder / "results/smoke/logs/tables/metrics.log").read_text()
    assert "metrics.csv is not the file that meta.json vouches for" in said


def test_archive_without_a_cell_or_of_other_settings_is_refused(lone):
    other = lone.snakemake(*SMOKE, "--config", "source=archive", "training={epochs: 4}", fails=True)
    assert "was made with other settings (training.epochs: 3 -> 4)" in other
    lacking = lone.snakemake(*SMOKE, "--config", "source=archive", "densities=[0.25]", fails=True)
    assert "archive/smoke lacks cells/digits/mlp/random/0.25/metrics.csv" in lacking


@pytest.mark.parametrize("change", ["wiring", "code"])
def test_results_that_do_not_match_are_not_archived(finished, tmp_path, change):
    project = finished.copy(tmp_path)
    project.snakemake("archive", *SMOKE)
    before = sorted((project.folder / "archive").rglob("*"))
    if change == "wiring":
        wiring = next(project.folder.glob("results/smoke/cells/*/*/dense/*/wiring.safetensors"))
        wiring.write_bytes(wiring.read_bytes()[:-1] + b"x")
    else:
        project.edit("src/disentangle/families/dense.py", "He-normal weights.", "Other weights.")
    said = project.snakemake("archive", *SMOKE, fails=True)
    assert (
        "results do not match (the first: results/smoke/cells/digits/mlp/dense/1.0" in said and "nothing was archived" in said
    )
    assert sorted((project.folder / "archive").rglob("*")) == before
