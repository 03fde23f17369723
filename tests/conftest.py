"""What all tests share: repeatable property tests, one thread, and a small trained cell."""

import json
from pathlib import Path

import pytest
from hypothesis import settings

from disentangle.cells import list_cells
from disentangle.config import load_experiment

# The same examples in every run, and no deadline: the first call of a test may import torch.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")

ROOT = Path(__file__).parents[1]

SMALL = {
    "name": "small",
    "replicates": 2,
    "datasets": {"digits": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}},
    "families": {"dense": {}, "edge_popup": {}, "weight_free_on_off": {"family": "weight_free", "on_off": True}},
    "densities": [0.3],
    "training": {"epochs": 4, "checkpoint_epochs": 2},
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The tests that share a finished run of the workflow go to one process, so that it is run once."""
    for item in items:
        if "finished" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("workflow"))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def small_config():
    return json.loads(json.dumps(SMALL))


@pytest.fixture
def small_cells(small_config):
    return {cell.family: cell for cell in list_cells(load_experiment(small_config))}


@pytest.fixture(scope="session")
def digits():
    from disentangle.datasets.preparation import prepare

    return prepare("digits")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The smoke preset, run once without interruption."""
    from tests.project import SMOKE, Project

    project = Project(tmp_path_factory.mktemp("finished"))
    project.snakemake(*SMOKE)
    return project


@pytest.fixture
def twin(finished, tmp_path):
    return finished.copy(tmp_path)


@pytest.fixture
def no_data_at_hand(tmp_path, monkeypatch):
    """An empty working folder, and no folder of data named by the environment."""
    monkeypatch.delenv("DISENTANGLE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """A small folder in the ImageFolder layout."""
    from tests.fake_photographs import write_folder

    return write_folder(tmp_path_factory.mktemp("photographs"))


@pytest.fixture
def prepared(photographs):
    """That folder, prepared."""
    from disentangle.datasets.preparation import prepare

    return prepare("imagenet", photographs)
