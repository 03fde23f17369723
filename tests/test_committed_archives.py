"""Every archive in git still is what its preset describes, and tells its tables and figures without training."""

import shutil
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from disentangle.archive import check_archive
from disentangle.config import load_experiment
from disentangle.plan import list_jobs
from tests.conftest import ROOT
from tests.project import Project

pytestmark = pytest.mark.parametrize("name", sorted(file.parent.name for file in (ROOT / "archive").glob("*/cells")))


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


@pytest.mark.slow
def test_the_code_of_today_reads_it(name, tmp_path):
    project = Project.new(tmp_path)
    shutil.copytree(ROOT / "archive" / name, tmp_path / "archive" / name)
    told = ["--configfile", f"workflow/presets/{name}.yaml", "--config", "source=archive"]
    output = project.snakemake("tables", f"figures/{name}/convergence.png", *told)
    assert "Train " not in output and (tmp_path / "results" / name / "tables/claims.csv").stat().st_size
    assert (tmp_path / "figures" / name / "convergence.png").stat().st_size
