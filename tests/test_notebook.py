"""Notebooks: executed by the workflow, recorded, and a cell that fails is told."""

import json
import runpy

import pytest
import torch

from disentangle.pipeline.job import Places
from disentangle.stages.notebook import Notebook
from disentangle.tracking import reached
from tests.conftest import ROOT
from tests.project import SMOKE

PLACES = Places.of("smoke")
EXECUTED = PLACES.find(Notebook.file("notebook", notebook="weight_free"))


def test_the_code_that_a_notebook_imports_decides_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    job = Notebook(notebook="weight_free")
    rooms = {name.partition(":")[0] for name in reached(*job.code)}
    assert {"disentangle.stages.notebook", "disentangle.families.weight_free"} <= rooms
    needed = [PLACES.find(file) for files in job.needs().values() for file in files]
    assert needed == ["workflow/notebooks/weight_free.py", "results/smoke/tables/accuracy.csv"]


@pytest.mark.slow
def test_a_notebook_is_executed_with_the_tables_of_the_experiment(twin):
    output = twin.snakemake("notebooks", *SMOKE)
    assert "Execute the notebook weight_free" in output and "Train " not in output
    cells = json.loads((twin.folder / EXECUTED).read_text())["cells"]
    assert 'results = Path("results/smoke")' in ["".join(cell["source"]) for cell in cells]
    outputs = [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    assert all(output["output_type"] != "error" for output in outputs)
    shown = [kind for output in outputs for kind in output.get("data", {})]
    assert shown.count("image/png") == 4 and "text/markdown" in shown
    assert "weight_free_on_off" in json.dumps(outputs)
    record = json.loads((twin.folder / PLACES.find(Notebook(notebook="weight_free").record)).read_text())
    assert "workflow/notebooks/weight_free.py" in record["inputs"] and list(record["outputs"]) == ["weight_free.ipynb"]
    assert "Nothing to be done" in twin.snakemake("notebooks", *SMOKE)


@pytest.mark.slow
def test_a_cell_that_fails_is_told_and_leaves_nothing(twin):
    twin.edit("workflow/notebooks/weight_free.py", "torch.set_num_threads(1)", 'raise ValueError("broken on purpose")')
    twin.snakemake("notebooks", *SMOKE, fails=True)
    log = (twin.folder / "results/smoke/logs/notebook/weight_free.log").read_text()
    sentence = "workflow/notebooks/weight_free.py: a cell ended with ValueError: broken on purpose; mend the notebook."
    assert log.splitlines()[-1] == f"disentangle: {sentence}" and "Traceback" in log
    assert not (twin.folder / EXECUTED).exists()


def test_the_profile_of_vgg16_is_drawn_where_its_weights_are_at_hand(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DISENTANGLE_DATA", str(tmp_path))
    notebook = str(ROOT / "workflow/notebooks/vgg16.py")
    assert "rows" not in runpy.run_path(notebook)
    assert "Markdown" in capsys.readouterr().out
    layer = torch.randn(70, 300, generator=torch.Generator().manual_seed(0))
    torch.save({"classifier.0.weight": layer, "classifier.0.bias": layer[:, 0]}, tmp_path / "vgg16-397923af.pth")
    (row,) = runpy.run_path(notebook)["rows"].to_dict("records")
    assert (row["units"], row["edges"]) == (64, 300) and row["gaussian_low"] < row["r2"] < row["gaussian_high"]
    assert "Image" in capsys.readouterr().out
