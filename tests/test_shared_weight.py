"""The shared-weight sweep: what it must find, where it is made, and what it refuses."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from disentangle.cells import Cell
from disentangle.config import Sweep as Settings
from disentangle.config import load_experiment
from disentangle.datasets import Dataset, InMemory
from disentangle.errors import InputError
from disentangle.evaluation.metrics import evaluate
from disentangle.evaluation.shared_weight import sweep
from disentangle.families.registry import FAMILIES, family
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network, layout
from disentangle.networks.normalisation import Frozen
from disentangle.networks.scoring import statistics_of
from disentangle.pipeline.plan import Plan
from disentangle.stages.figure import Figure
from disentangle.stages.sweep import Sweep

FACTORS = Settings().factors


def cohort(normalisation="measured", activation="relu", values=(0.5,)):
    """Two replicates whose weights are 0 or one of these values, and data whose labels are what the first of them says."""
    settings = {"widths": [20], "activation": activation, "normalisation": normalisation}
    network = Network("mlp", layout("mlp", settings, "test"), (6,), 3)
    random = np.random.default_rng(0)
    weights = {
        x.name: (random.choice(values, (2, *x.shape)) * (random.random((2, *x.shape)) < 0.5)).astype(np.float32)
        for x in network.layers
    }
    tensors = {name: torch.from_numpy(weight).double() for name, weight in weights.items()}
    inputs = torch.from_numpy(random.normal(size=(90, 6)).astype(np.float32))
    blank = InMemory(inputs, torch.zeros(90, dtype=torch.int64))
    statistics = statistics_of(network, tensors, blank)
    logits = network.logits(tensors, inputs.double()[None], Frozen(statistics))
    images = InMemory(inputs, logits[0].argmax(0))
    arrays = {name: statistic.numpy() for name, statistic in statistics.items()}
    masks = {name: weight != 0 for name, weight in weights.items()}
    return Wiring(network, weights, masks, {}, arrays), Dataset("tiny", ("a", "b", "c"), images, images, images)


def accuracies(wiring, data, factors=FACTORS):
    table = pd.DataFrame(sweep(wiring, data, factors))
    return table.pivot_table(index=["statistics", "replicate"], columns="factor", values="test_accuracy")


@pytest.mark.parametrize("normalisation", ["measured", "in_degree"])
def test_its_own_value_gives_the_accuracy_of_the_network(normalisation):
    wiring, data = cohort(normalisation)
    own = [row["test_accuracy"] for row in evaluate(wiring, data, [0, 1])]
    assert own[0] == 1 > own[1]
    table = accuracies(wiring, data, [1.0])
    for statistics in ("frozen", "remeasured"):
        assert table.loc[statistics][1.0].tolist() == own


def test_rows_go_by_replicate_factor_and_statistics():
    rows = sweep(*cohort(), [-1.0, 2.0])
    assert [list(row.values())[:3] for row in rows] == [
        [r, factor, statistics] for r in (0, 1) for factor in (-1.0, 2.0) for statistics in ("frozen", "remeasured")
    ]
    assert list(rows[0]) == ["replicate", "factor", "statistics", "test_accuracy"]


@pytest.mark.parametrize("activation", ["relu", "abs", "alternating", "tanh"])
@pytest.mark.parametrize("normalisation", ["measured", "in_degree"])
def test_under_statistics_taken_anew_any_positive_value_is_the_same_network(normalisation, activation):
    table = accuracies(*cohort(normalisation, activation)).loc["remeasured"]
    positive = table[[factor for factor in FACTORS if factor >= 0.5]]  # below, epsilon tells
    assert (positive.max(axis=1) - positive.min(axis=1) <= 1 / 90 + 1e-9).all()


def test_under_frozen_divisors_relu_does_not_see_a_positive_factor_and_a_negative_one_kills_what_excites():
    wiring, data = cohort("in_degree")
    table = accuracies(wiring, data).loc["frozen"]
    assert all(np.allclose(table[factor], table[1.0]) for factor in FACTORS if factor > 0)
    assert all((table[factor] < table[1.0]).all() for factor in FACTORS if factor < 0)


@pytest.mark.parametrize(("normalisation", "activation"), [("measured", "relu"), ("in_degree", "tanh")])
def test_what_is_not_homogeneous_depends_on_the_value(normalisation, activation):
    table = accuracies(*cohort(normalisation, activation)).loc["frozen"]
    assert table.loc[0, 1.0] == 1 and (table.loc[0].drop(1.0) < 1).any()
    assert table.loc[0, 0.1] < 1 and table.loc[0, 4.0] < 1


def test_a_wiring_of_several_values_is_refused():
    with pytest.raises(InputError, match=r"^layer hidden1 has 2 different weights, and only a network of one weight a layer "):
        sweep(*cohort(values=(0.5, -0.5)), FACTORS)


def test_only_families_that_say_so_are_swept(small_config):
    assert {name for name in set(FAMILIES) - {"control"} if family(name, {}, "test").edge_weights == "shared"} == {
        "weight_free",
        "weight_free_top_share",
    }

    def planned():
        plan = Plan(load_experiment(small_config))
        swept = [(job.cell.family, job.settings["given"]) for job in plan.of(Sweep)]
        return swept, [job.figure for job in plan.of(Figure)]

    swept, drawn = planned()
    assert swept == [("weight_free_on_off", {"factors": FACTORS})] and "shared_weight" in drawn
    small_config["sweep"] = {"factors": []}
    swept, drawn = planned()
    assert swept == [] and "shared_weight" not in drawn
    del small_config["sweep"], small_config["families"]["weight_free_on_off"]
    assert "shared_weight" not in planned()[1]


@pytest.mark.slow
def test_the_stage_repeats_what_the_workflow_made(twin):
    folder = twin.folder / "results/smoke/cells/digits/mlp/weight_free_on_off/free"
    made = (folder / "sweep.csv").read_bytes()
    record = json.loads((folder / "sweep.meta.json").read_text())
    assert record["settings"]["given"] == {"factors": FACTORS} and len(record["inputs"]) == 2
    cell = json.loads((folder / "meta.json").read_text())["settings"]["cell"]
    assert record["settings"]["cell"] == cell
    (folder / "sweep.csv").unlink()
    assert run(twin, cell).returncode == 0
    assert (folder / "sweep.csv").read_bytes() == made
    own = pd.read_csv(folder / "sweep.csv").query("factor == 1 and statistics == 'frozen'")["test_accuracy"]
    assert own.tolist() == pd.read_csv(folder / "metrics.csv")["test_accuracy"].tolist()


@pytest.mark.slow
def test_a_cell_of_many_weights_ends_with_one_sentence(twin):
    folder = twin.folder / "results/smoke/cells/digits/mlp/dense/1.0"
    done = run(twin, json.loads((folder / "meta.json").read_text())["settings"]["cell"])
    assert done.returncode == 1 and not (folder / "sweep.csv").exists()
    assert done.stderr.startswith("disentangle: layer hidden1 has ") and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_other_factors_sweep_again_and_train_nothing(twin):
    twin.edit("workflow/presets/smoke.yaml", "statistics:", "sweep: {factors: [1, 2]}\nstatistics:")
    messages = twin.planned()
    assert len([message for message in messages if message.startswith("Sweep")]) == 2
    assert "Draw shared_weight" in messages and not any(message.startswith(("Train", "Draw w")) for message in messages)


def run(project, cell):
    job = Sweep(cell=Cell.model_validate(cell), given=Settings(factors=FACTORS))
    words = ["sweep", job.model_dump_json(), "--experiment", "smoke"]
    return subprocess.run(
        [sys.executable, "-m", "disentangle", *words], cwd=project.folder, env=project.environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
