"""Every archive in git still is what its preset describes, and tells its tables and figures without training."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from snakemake.utils import update_config

from disentangle import artefacts
from disentangle.archive import check_archive
from disentangle.config import load_experiment
from disentangle.plan import list_jobs
from tests.conftest import ROOT
from tests.project import Project

archived = pytest.mark.parametrize("name", sorted(file.parent.name for file in (ROOT / "archive").glob("*/cells")))


@archived
def test_an_archive_fits_its_preset(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    base, preset = (yaml.safe_load(Path(file).read_text()) for file in ("config.yaml", f"workflow/presets/{name}.yaml"))
    config: dict = {}
    for layer in (preset, base, preset):  # as Snakemake lays them: what stands in the preset comes first
        update_config(config, layer)
    experiment = load_experiment(config | {"source": "archive"})
    results, archive, figures = (Path(kind) / name for kind in ("results", "archive", "figures"))
    jobs = list_jobs(experiment, results, archive, figures)
    check_archive(experiment, results, archive, [file for job in jobs for file in job.inputs])
    assert experiment.name == name and any(archive in file.parents for job in jobs for file in job.inputs)


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
def test_what_is_archived_reaches_what_the_method_is_known_for(cell):
    metrics = pd.read_csv(ROOT / "archive" / cell / artefacts.METRICS)
    assert len(metrics) == 5 and metrics["test_accuracy"].mean() >= REACHED[cell]


@archived
@pytest.mark.slow
def test_the_code_of_today_reads_it(name, tmp_path):
    project = Project.new(tmp_path)
    shutil.copytree(ROOT / "archive" / name, tmp_path / "archive" / name)
    told = ["--configfile", f"workflow/presets/{name}.yaml", "--config", "source=archive"]
    output = project.snakemake("tables", f"figures/{name}/convergence.png", *told)
    assert "Train " not in output and (tmp_path / "results" / name / "tables/claims.csv").stat().st_size
    assert (tmp_path / "figures" / name / "convergence.png").stat().st_size
