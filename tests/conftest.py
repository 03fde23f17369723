"""What all tests share: repeatable property tests, one thread, and a small trained cell."""

import json
import os
from pathlib import Path

import pytest
from filelock import FileLock
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
    """The smoke preset, run once without interruption; of several processes each works on a copy of that one run."""
    from tests.project import SMOKE, Project

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            made = Project.new(tmp_path_factory.mktemp("made"))
            made.snakemake(*SMOKE)
            made.folder.rename(shared)
    return Project(shared).copy(tmp_path_factory.mktemp("finished_copy"))


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """Unpacks an archive of the project, each once, below a folder that has what planning reads; gives where its files lie."""
    from disentangle.packing import unpack
    from disentangle.pipeline.archive import ARCHIVES, PACKED
    from disentangle.pipeline.job import Places

    folder = tmp_path_factory.mktemp("unpacked")
    for name in ("archive", "config.yaml", "workflow"):
        (folder / name).symlink_to(ROOT / name)

    def files_of(name):
        made = folder / Places.of(name, "archive").made
        unpack(folder / ARCHIVES / name / PACKED, made)
        return made

    return files_of


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
