"""What only the start of a network can refuse, no preset asks for."""

import pytest
import torch
import yaml
from snakemake.utils import update_config

from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.networks import Network
from disentangle.training.cohort import start_cohort
from tests.conftest import ROOT

SHAPES = {"digits": (1, 8, 8), "breast_cancer": (30,)}  # and 28 x 28 of those like MNIST


@pytest.mark.parametrize("preset", ["", *sorted(file.stem for file in (ROOT / "workflow/presets").glob("*.yaml"))])
def test_every_cell_of_a_fully_connected_network_can_start(preset):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if preset:
        update_config(config, yaml.safe_load((ROOT / f"workflow/presets/{preset}.yaml").read_text()))
    for cell in list_cells(load_experiment(config)):
        if cell.kind == "mlp" and not cell.parent:
            made = cell.make_family()
            network = Network(cell.kind, cell.make_layout(), SHAPES.get(cell.dataset, (1, 28, 28)), 10, made.on_off)
            state = start_cohort(made, cell.frame(network.layers), cell.seeds[:1], torch.device("cpu")).state
            assert state.trained or state.frozen, cell.path
