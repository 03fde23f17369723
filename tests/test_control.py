"""Controls: what they take of another cell, and what they change of it."""

import csv
import shutil

import numpy as np
import pytest
import torch

from disentangle import artefacts
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.families import Found, Frame, family
from disentangle.families.contract import check_tensors
from disentangle.masks.wiring import Wiring, load_wiring
from disentangle.networks import Layer, Network
from disentangle.training.cohort import start_cohort
from disentangle.training.taking import redrawn, take
from tests.made_up_controls import controls_of
from tests.running import of_training, prepare, train

CPU = torch.device("cpu")
LAYERS = (Layer("hidden1", (12, 20)), Layer("output", (3, 12)))
SOURCES = {"edge_popup": {}, "pruned": {}, "weight_free": {}, "biprop": {}, "supermask": {}}
TRIED = {
    "edge_popup": ("found_kept_untrained", "shuffled_kept_untrained", "shuffled_kept_trained", "found_redrawn_untrained"),
    "pruned": ("found_kept_untrained", "found_kept_trained", "shuffled_kept_untrained"),
    "weight_free": ("found_kept_untrained", "shuffled_kept_untrained", "found_redrawn_untrained", "found_redrawn_trained"),
    "biprop": ("found_kept_untrained", "found_redrawn_untrained"),
    "supermask": ("found_kept_untrained",),
}
ALL = {label: entry for of in SOURCES for label, entry in controls_of(of, learning={"learning_rate": 0.02}).items()}
CONTROLS = {f"{of}_{which}": ALL[f"{of}_{which}"] for of, tried in TRIED.items() for which in tried}
CONFIG = {
    "name": "controls",
    "replicates": 3,
    "datasets": {"digits": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}},
    "families": SOURCES | CONTROLS,
    "densities": [0.3],
    "training": {"epochs": 2, "checkpoint_epochs": 1},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Every source and its controls, trained on disk."""
    root = tmp_path_factory.mktemp("results")
    prepare("digits", root)
    cells = {cell.family: cell for cell in list_cells(load_experiment(CONFIG))}
    for cell in cells.values():
        train(cell, root)
    return root, cells


def wiring_of(results, label):
    root, cells = results
    return load_wiring(of_training(root, cells[label], "wiring"))


def rows_of(results, label, name="metrics"):
    root, cells = results
    with of_training(root, cells[label], name).open() as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return [float(row[name]) for row in rows]


def found(density=0.4, replicates=3):
    generator = torch.Generator().manual_seed(0)
    shapes = {layer.name: (replicates, *layer.shape) for layer in LAYERS}
    masks = {name: torch.rand(shape, generator=generator) < density for name, shape in shapes.items()}
    return Found(masks, {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()})


def state_of(taken, seeds=(0, 1, 2), **settings):
    made, frame = family("control", {"of": "x"} | settings, "test"), Frame(LAYERS, 0.4)
    return made, frame, start_cohort(made, frame, seeds, CPU, taken)


# Masks


def test_replicates_are_shuffled_apart_each_as_it_would_be_alone():
    taken = found()
    same = Found({k: v[:1].expand(3, -1, -1) for k, v in taken.masks.items()}, taken.values)
    made, frame, cohort = state_of(same, mask="shuffled")
    masks = made.masks(frame, cohort.state)
    alone = state_of(Found(*({k: v[1:2] for k, v in part.items()} for part in (same.masks, same.values))), [1], mask="shuffled")
    for layer, mask in masks.items():
        assert not torch.equal(mask[0], mask[1]) and not torch.equal(mask[0], same.masks[layer][0])
        assert torch.equal(mask[1], made.masks(frame, alone[2].state)[layer][0])


def test_a_training_moves_weights_and_leaves_mask_and_source_alone():
    taken = found()
    before = {k: v.clone() for k, v in taken.values.items()}
    made, frame, cohort = state_of(taken, trained=True)
    assert made.rounds(frame) == 1 and list(cohort.state.role("weight")) == [layer.name for layer in LAYERS]
    weights = made.weights(frame, cohort.state)
    sum(weight.square().sum() for weight in weights.values()).backward()
    for layer, weight in cohort.state.role("weight").items():
        assert torch.equal(weight.grad != 0, taken.masks[layer])
        with torch.no_grad():
            weight.add_(1)
        assert torch.equal(taken.values[layer], before[layer])


# On disk


def test_a_control_that_changes_nothing_has_the_accuracy_of_its_source(results):
    for of in ("edge_popup", "weight_free", "biprop", "supermask"):
        theirs, ours = rows_of(results, of), rows_of(results, f"{of}_found_kept_untrained")
        for name in ("test_accuracy", "validation_accuracy", "test_loss", "edges"):
            assert column(ours, name) == column(theirs, name)
        assert ours[0]["epochs"] == "0"


@pytest.mark.parametrize("label", CONTROLS)
def test_masks_are_the_sources_or_have_its_counts(results, label):
    theirs = wiring_of(results, CONTROLS[label]["of"]).masks
    for layer, mask in wiring_of(results, label).masks.items():
        assert mask.reshape(3, -1).sum(1).tolist() == theirs[layer].reshape(3, -1).sum(1).tolist()
        assert np.array_equal(mask, theirs[layer]) == (CONTROLS[label]["mask"] == "found")


def test_kept_values_are_the_sources_at_whatever_places(results):
    for of in ("edge_popup", "pruned"):
        initial = wiring_of(results, of).initial
        for mask in ("found", "shuffled"):
            ours = wiring_of(results, f"{of}_{mask}_kept_untrained")
            for layer, weight in ours.weights.items():
                assert np.array_equal(weight, initial[layer] * ours.masks[layer])


def test_of_a_source_that_takes_signs_only_no_more_is_taken(results):
    theirs = wiring_of(results, "biprop")
    for values in ("kept", "redrawn"):
        ours = wiring_of(results, f"biprop_found_{values}_untrained")
        for layer, weight in theirs.weights.items():
            assert np.array_equal(np.abs(ours.weights[layer]), np.abs(weight))
            assert np.array_equal(ours.weights[layer], weight) == (values == "kept")


def test_of_one_weight_a_layer_that_weight_is_kept(results):
    for mask in ("found", "shuffled"):
        ours = wiring_of(results, f"weight_free_{mask}_kept_untrained")
        for layer in ours.network.layers:
            weight = np.float32((2 / layer.fan_in) ** 0.5)
            assert np.array_equal(ours.weights[layer.name], weight * ours.masks[layer.name])


def test_what_is_trained_learns_and_starts_from_what_was_kept(results):
    for label in ("edge_popup_shuffled_kept_trained", "pruned_found_kept_trained", "weight_free_found_redrawn_trained"):
        untrained = label.replace("_trained", "_untrained")
        after, before = (np.mean(column(rows_of(results, of), "test_accuracy")) for of in (label, untrained))
        assert after > before + 0.2
        starts = (column(rows_of(results, of, "history")[:3], "validation_accuracy") for of in (label, untrained))
        assert next(starts) == next(starts)


@pytest.mark.parametrize("on_off", [False, True, "hidden"])
@pytest.mark.parametrize("name", ["weight_free", "weight_free_top_share"])
def test_a_random_wiring_of_0_and_1_has_the_density_and_the_channels_of_the_one_found(name, on_off):
    entries = {"found": {"family": name}, "shuffled": {"family": "control", "of": "found", "mask": "shuffled"}}
    families = {label: entry | {"on_off": on_off} for label, entry in entries.items()}
    source, cell = list_cells(load_experiment(CONFIG | {"families": families}))
    made, network = source.make_family(), Network("mlp", source.make_layout(), (1, 8, 8), 10, on_off)
    frame = source.frame(network.layers)
    state = start_cohort(made, frame, source.seeds, CPU).state
    arrays = ({k: v.detach().numpy() for k, v in of(frame, state).items()} for of in (made.weights, made.masks))
    wiring = Wiring(network, *arrays, {}, {})
    control = cell.make_family()
    shuffled = start_cohort(control, frame, cell.seeds, CPU, take(cell, frame, wiring)).state
    weights = control.weights(frame, shuffled)
    assert control.rounds(frame) == 0
    for layer in network.layers:
        ours, theirs = weights[layer.name].numpy(), wiring.weights[layer.name]
        assert ours.shape == (3, *layer.shape) and not np.array_equal(ours, theirs)
        assert np.array_equal(np.sort(ours.reshape(3, -1)), np.sort(theirs.reshape(3, -1)))
    check_tensors(control, frame, weights, control.masks(frame, shuffled), 3)


# Values drawn again


def test_a_second_draw_has_the_same_distribution_and_is_another():
    frame = Frame((Layer("wide", (60, 200)),), 0.25)
    for name, of in (("edge_popup", {}), ("edge_popup", {"values": "kaiming_normal"}), ("pruned", {}), ("weight_free", {})):
        made = family(name, of, "test")
        (values,) = redrawn(made, frame, 3).values()
        scale = 1 / 0.25 if name == "edge_popup" else 1.0  # wider for the share that is dropped
        assert values.var().item() == pytest.approx(scale * 2 / 200, rel=0.05)
        assert values.mean().item() == pytest.approx(0, abs=5 * (scale * 2 / 200 / 12000) ** 0.5)
        for first in start_cohort(made, frame, [3], CPU).state.role("initial").values():
            assert abs(np.corrcoef(values.flatten(), first.flatten())[0, 1]) < 5 / 12000**0.5
        assert torch.equal(values, redrawn(made, frame, 3)["wide"])
        assert not torch.equal(values, redrawn(made, frame, 4)["wide"])
    assert len(redrawn(family("edge_popup", {}, "test"), frame, 0)["wide"].unique()) == 2


# What cannot be taken


def test_layers_of_other_shapes_and_missing_values_are_told(results):
    _, cells = results
    wiring, cell = wiring_of(results, "edge_popup"), cells["edge_popup_shuffled_kept_untrained"]
    other = Frame((Layer("hidden1", (12, 30)), *wiring.network.layers[1:]), 0.3)
    with pytest.raises(InputError, match=r"layer hidden1 is \(12, 64\) in digits/mlp/edge_popup/0\.3 but \(12, 30\) on digits"):
        take(cell, other, wiring)
    wiring.initial.clear()
    with pytest.raises(InputError, match=r"edge_popup/0\.3 left no starting values to keep; write values: redrawn\."):
        take(cell, cell.frame(wiring.network.layers), wiring)


# Resuming


class KilledError(Exception):
    pass


def test_a_killed_training_goes_on_to_the_same_bits(results, tmp_path, monkeypatch):
    root, cells = results
    cell = cells["edge_popup_shuffled_kept_trained"]
    twin = tmp_path / "results"
    for path in ("datasets", f"cells/{cells['edge_popup'].path}"):
        shutil.copytree(root / path, twin / path)

    def killed(*_):
        raise KilledError

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr("disentangle.settling.trained.extract", killed)
        train(cell, twin)
    wiring = of_training(twin, cell, "wiring")
    checkpoint = wiring.with_name("checkpoint.safetensors")
    arrays, header = artefacts.load_arrays(checkpoint)
    artefacts.save_arrays(checkpoint, arrays, header | {"seconds": "3000.0"})
    train(cell, twin)
    assert all(1000 < seconds < 1200 for seconds in column(rows_of((twin, cells), cell.family), "seconds"))
    assert wiring.read_bytes() == of_training(root, cell, "wiring").read_bytes()
    assert rows_of((twin, cells), cell.family, "history") == rows_of(results, cell.family, "history")
