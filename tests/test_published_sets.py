"""The real image sets, where they are at hand: read whole, with their published sizes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from disentangle.datasets.preparation import Raw, finish, read
from tests.conftest import ROOT

GIVEN, PACKED = os.environ.get("DISENTANGLE_DATA"), ROOT.parent / "shared" / "data"
SETS = ("mnist", "fashion_mnist", "cifar10")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A folder with the real sets: the user's, or unpacked from the copies beside the project."""
    if GIVEN:
        return Path(GIVEN)
    if not (PACKED / "unpack.py").is_file():
        pytest.skip("needs the real image sets; set DISENTANGLE_DATA to a folder that has them")
    target = tmp_path_factory.mktemp("unpacked")
    subprocess.run([sys.executable, PACKED / "unpack.py", target], capture_output=True, check=True)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_the_real_sets_have_their_published_sizes(real, name):
    raw: Raw = read(name, real)
    data = finish(name, raw)
    train = 45000 if name == "cifar10" else 55000
    assert data.describe()["images"] == {"train": train, "validation": 5000, "test": 10000}
    assert torch.bincount(data.validation.labels).tolist() == [500] * 10
    axes = (0, 2, 3)
    assert torch.allclose(data.train.inputs.double().mean(axes), torch.tensor(0.0).double(), atol=1e-4)
    assert torch.allclose(data.train.inputs.double().std(axes), torch.tensor(1.0).double(), atol=1e-4)
    if name == "cifar10" and data.test.exact is not None:
        assert int((~data.test.exact).sum()) == 20
        assert set(data.test.labels[~data.test.exact].tolist()) == {7, 8}
