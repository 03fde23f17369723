"""Every archive in git still is what its preset describes, and tells its tables without training."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from disentangle.config import load_experiment, read_configs
from disentangle.pipeline.archive import ARCHIVES, PACKED, TOLD, open_archive
from disentangle.tables.ledger import ledger
from disentangle.tables.stacking import read_table
from tests.conftest import ROOT
from tests.project import Project


def preset_of(name: str) -> list[str]:
    """The preset that describes an archive; none of the default experiment, which is config.yaml alone."""
    return [] if name == "embedded" else [f"workflow/presets/{name}.yaml"]


archived = pytest.mark.parametrize("name", sorted(file.parent.name for file in (ROOT / ARCHIVES).glob(f"*/{PACKED}")))


def test_every_archive_is_packed():
    assert [folder.name for folder in (ROOT / ARCHIVES).iterdir() if not (folder / PACKED).is_file()] == []


@archived
def test_an_archive_fits_its_preset(name, unpacked, monkeypatch):
    made = unpacked(name)
    monkeypatch.chdir(made.parents[2])
    experiment = load_experiment(read_configs([Path(file) for file in preset_of(name)]) | {"source": "archive"})
    plan = open_archive(experiment)
    needed = {Path(plan.places.find(f)) for job in plan.to_run for files in job.needs().values() for f in files}
    assert experiment.name == name and any(file.absolute().is_relative_to(made) for file in needed)


# What the methods have to reach on MNIST: a share of the test images, mean over the replicates.
REACHED = {
    "paper/cells/mnist/mlp/dense/1.0": 0.983,
    "paper/cells/mnist/mlp/edge_popup/0.5": 0.98,
    "paper/cells/mnist/mlp/edge_popup_normal/0.5": 0.977,
    "paper/cells/mnist/mlp/supermask/free": 0.975,
    "paper/cells/mnist/mlp/weight_free_on_off/free": 0.98,
    "weight_free/cells/mnist/mlp/weight_free_top_share_on_off/0.1": 0.982,
}


@pytest.mark.parametrize("cell", REACHED)
def test_what_is_archived_reaches_what_the_method_is_known_for(cell, unpacked):
    archive, _, path = cell.partition("/")
    metrics = pd.read_csv(unpacked(archive) / path / "metrics.csv")
    assert len(metrics) == 5 and metrics["test_accuracy"].mean() >= REACHED[cell]


def verdicts(page: str, name: str) -> set[tuple[str, ...]]:
    """What a page of claims has of one experiment: claim, data set, network, what was measured, value, n and verdict."""
    found, claim = set(), ""
    for line in page.splitlines():
        claim = line.split("`")[1] if line.startswith("###") else claim
        experiments, *row = (cell.strip() for cell in line.strip("|").split("|"))
        if line.startswith("|") and (experiments == "all" or name in experiments.split(", ")):
            found.add((claim, *row))
    return found


@archived
@pytest.mark.slow
def test_the_code_of_today_reads_it(name, tmp_path):
    project = Project.new(tmp_path)
    shutil.copytree(ROOT / "archive" / name, tmp_path / "archive" / name)
    told = [*(word for file in preset_of(name) for word in ("--configfile", file)), "--config", "source=archive"]
    assert "Train " not in project.snakemake("tables", *told)
    for table in TOLD:
        text = (ROOT / ARCHIVES / name / f"{table}.csv").read_text()
        assert (tmp_path / "results" / name / f"tables/{table}.csv").read_text() == text
    claims = ledger({name: read_table(tmp_path / "results" / name / "tables/claims.csv")})
    assert verdicts(claims, name) == verdicts((ROOT / "docs/claims.md").read_text(), name)
