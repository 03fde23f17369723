"""Controls in the plan: their cells, what those start from and what decides them; one sentence for what cannot be."""

import csv
import json
import shutil

import pytest

from disentangle.artefacts import checksum, write_json
from disentangle.cells import Cell, list_cells
from disentangle.config import load_experiment
from disentangle.errors import InputError
from disentangle.families.registry import FAMILIES
from disentangle.masks.wiring import load_wiring
from disentangle.pipeline.plan import Plan
from disentangle.pipeline.staleness import stale
from disentangle.stages.prepare import Prepare
from disentangle.stages.train import Train
from disentangle.tracking import reached
from tests.project import SMOKE
from tests.running import of_training, places, prepare, product, train

CONTROL = {"family": "control", "of": "edge_popup"}
SHUFFLED = CONTROL | {"mask": "shuffled"}
CONFIG = {
    "name": "controls",
    "replicates": 2,
    "datasets": {"digits": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}},
    "families": {"dense": {}, "edge_popup": {}, "weight_free": {}, "mine": SHUFFLED},
    "densities": [0.3],
    "training": {"epochs": 2},
}


def cells_of(**changes):
    return {cell.path: cell for cell in list_cells(load_experiment(CONFIG | changes))}


# Refusals


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"of": "edgepopup"}, r"families\.mine\.of: family 'edgepopup' does not exist; did you mean 'edge_popup'\?"),
        ({"of": "other"}, r"other is a control itself; write a family that finds masks of its own\."),
        ({"of": "mine"}, r"families\.mine\.of: mine is a control itself"),
        ({"of": "dense"}, r"families\.mine\.of: dense keeps every edge and finds no masks; write a family that does\."),
        ({"on_off": True}, r"families\.mine: on_off must be that of edge_popup; write on_off: false\."),
        (
            {"of": "half", "on_off": True},
            r"families\.mine: on_off must be that of half; write on_off: hidden\.",
        ),
        ({"densities": [0.3, 0.4]}, r"families\.mine\.densities: edge_popup has no masks at density 0\.4; .*\(0\.3\)"),
        ({"of": "weight_free", "densities": [0.3]}, r"weight_free has no masks at density 0\.3; leave the key out .*\(free\)"),
        ({"found_on": "mnst"}, r"families\.mine\.found_on: dataset 'mnst' does not exist; allowed: digits, breast_cancer"),
        (
            {"found_on": "breast_cancer"},
            r"found_on: network mlp of digits does not learn breast_cancer; let families",
        ),
        ({"networks": ["other"]}, r"families\.mine\.networks: other does not train edge_popup; write some of mlp\."),
        ({"mask": "random"}, r"families\.mine\.mask is 'random'; input should be 'found', 'shuffled', 'shuffled_in_units' or"),
    ],
)
def test_what_cannot_be_a_control_is_told_in_one_sentence(entry, sentence):
    datasets = {"digits": {"network": "mlp"}, "breast_cancer": {"network": "other"}}
    families = CONFIG["families"] | {"edge_popup": {"networks": ["mlp"]}, "other": CONTROL, "mine": SHUFFLED | entry}
    families |= {"half": {"family": "weight_free", "on_off": "hidden"}}
    networks = {"mlp": {"widths": [12]}, "other": {"network": "mlp", "widths": [6]}}
    with pytest.raises(InputError, match=sentence) as error:
        cells_of(datasets=datasets, networks=networks, families=families)
    assert "\n" not in str(error.value)


def test_a_label_is_needed_and_a_second_dataset_for_masks_from_another():
    with pytest.raises(InputError, match=r"families\.mine\.of is missing; write a value for it\."):
        cells_of(families={"mine": {"family": "control"}})
    alone = {"edge_popup": {}, "mine": SHUFFLED | {"found_on": "digits"}}
    with pytest.raises(InputError, match=r"families\.mine\.found_on is digits, and no other data set has"):
        cells_of(families=alone)


# The plan


def test_cells_of_a_control_follow_its_source():
    families = {"edge_popup": {"densities": [0.1, 0.5], "networks": ["mlp"]}, "weight_free": {}, "mine": SHUFFLED}
    networks = {"mlp": {"widths": [12]}, "other": {"network": "mlp", "widths": [6]}}
    entries = {"digits": {"network": ["mlp", "other"]}, "breast_cancer": {"network": "mlp"}}
    free = CONTROL | {"of": "weight_free"}
    families |= {"free": free, "there": free | {"found_on": "digits", "networks": ["mlp"], "values": "redrawn"}}
    cells = cells_of(datasets=entries, networks=networks, families=families)
    sources = {path: cell.parent.path for path, cell in cells.items() if cell.parent}
    assert sources == {
        "digits/mlp/mine/0.1": "digits/mlp/edge_popup/0.1",
        "digits/mlp/mine/0.5": "digits/mlp/edge_popup/0.5",
        "digits/mlp/free/free": "digits/mlp/weight_free/free",
        "digits/other/free/free": "digits/other/weight_free/free",
        "breast_cancer/mlp/mine/0.1": "breast_cancer/mlp/edge_popup/0.1",
        "breast_cancer/mlp/mine/0.5": "breast_cancer/mlp/edge_popup/0.5",
        "breast_cancer/mlp/free/free": "breast_cancer/mlp/weight_free/free",
        "breast_cancer/mlp/there/free": "digits/mlp/weight_free/free",
    }


def test_the_wiring_of_the_source_is_an_input_of_a_control_and_of_no_other_cell():
    trains = Plan(load_experiment(CONFIG)).of(Train)
    made = {output for job in trains for output in job.outputs.values()}
    inputs = {job.cell.family: [file for files in job.needs().values() for file in files if file in made] for job in trains}
    wiring = Train.file("wiring", cell="digits/mlp/edge_popup/0.3")
    assert inputs == {"dense": [], "edge_popup": [], "weight_free": [], "mine": [wiring]}


def test_the_source_decides_by_its_wiring_and_by_its_settings_only_where_they_draw_again():
    redrawn = SHUFFLED | {"values": "redrawn"}

    def control(entry, **source):
        (cell,) = (c for c in cells_of(families={"edge_popup": source, "mine": entry}).values() if c.family == "mine")
        assert Cell.model_validate(json.loads(cell.model_dump_json())) == cell
        return cell

    assert control(SHUFFLED) == control(SHUFFLED, values="kaiming_normal")
    assert control(redrawn) != control(redrawn, values="kaiming_normal")
    ours, theirs = FAMILIES["control"], FAMILIES["edge_popup"]
    assert (theirs in control(SHUFFLED).chosen, theirs in control(redrawn).chosen) == (False, True)
    assert ours in control(SHUFFLED).chosen


def test_code_of_controls_decides_no_other_cell():
    cells = cells_of()

    def rooms(family):
        return {name.partition(":")[0] for name in reached(*Train(cell=cells[f"digits/mlp/{family}/0.3"]).code)}

    assert "disentangle.families.control" in rooms("mine") - rooms("edge_popup")


# On disk


def trained(root, **changes):
    """The cells of an experiment on digits, trained."""
    prepare("digits", root)
    cells = cells_of(**changes)
    for cell in cells.values():
        train(cell, root)
    return list(cells.values())


def accuracies(root, cell):
    with of_training(root, cell, "metrics").open() as file:
        return [float(row["test_accuracy"]) for row in csv.DictReader(file)]


def test_another_wiring_of_the_source_makes_the_control_stale(tmp_path):
    source, control = trained(tmp_path, families={"random": {}, "mine": CONTROL | {"of": "random"}})
    job = Train(cell=control)
    assert stale([job], places(tmp_path)) == [] and accuracies(tmp_path, control) == accuracies(tmp_path, source)
    train(source.model_copy(update={"seed": 5}), tmp_path)
    (line,) = stale([job], places(tmp_path))
    assert "train digits/mlp/mine/0.3: its input" in line and "random/0.3/wiring.safetensors has changed since" in line


def test_masks_go_to_another_dataset_with_their_replicates(tmp_path):
    """To the same images under another name, where the accuracy must be that of the source."""
    (source,) = trained(tmp_path, families={"edge_popup": {}})
    digits, other = (product(tmp_path, Prepare, "data", dataset=dataset) for dataset in ("digits", "mnist"))
    shutil.copy(digits, other)
    write_json(other.with_name("mnist.meta.json"), {"outputs": {other.name: checksum(other)}})
    datasets = {"digits": {"network": "mlp"}, "mnist": {"network": "mlp"}}
    there = CONTROL | {"found_on": "digits"}
    families = {"edge_popup": {}, "mine": there, "again": there | {"values": "redrawn"}, "trained": there | {"trained": True}}
    cells = cells_of(datasets=datasets, families=families)
    taken, again, more = (cells[f"mnist/mlp/{family}/0.3"] for family in ("mine", "again", "trained"))
    for cell in (taken, again, more):
        train(cell, tmp_path)
    found = accuracies(tmp_path, source)
    assert accuracies(tmp_path, taken) == found and found[0] != found[1]
    assert max(accuracies(tmp_path, again)) < min(found)
    assert accuracies(tmp_path, more) != found and min(accuracies(tmp_path, more)) > max(accuracies(tmp_path, again))
    first, last = (load_wiring(of_training(tmp_path, cell, "wiring")) for cell in (source, more))
    assert all((last.masks[layer] == mask).all() for layer, mask in first.masks.items())


# In the workflow


@pytest.mark.slow
def test_controls_are_trained_after_their_source_drawn_checked_and_archived(twin):
    twin.edit(
        "workflow/presets/smoke.yaml",
        "pruned_iterative: null",
        "pruned_iterative: null\n  shuffled: {family: control, of: edge_popup, mask: shuffled}"
        "\n  redrawn: {family: control, of: edge_popup, values: redrawn, trained: true}",
    )
    planned = twin.planned()
    assert {message.split("/")[2] for message in planned if message.startswith("Train")} == {"shuffled", "redrawn"}
    assert "Draw controls" in planned
    twin.snakemake(*SMOKE)
    assert "0 of" in twin.snakemake("check", *SMOKE)
    assert "figures/smoke/controls.svg" in twin.products()
    twin.snakemake("archive", *SMOKE)
    assert not [message for message in twin.planned("--config", "source=archive") if message.startswith("Train")]
    twin.edit("src/disentangle/families/edge_popup.py", "return 1 / sqrt(", "return 1.0 / sqrt(")
    assert {m.split("/")[2] for m in twin.planned() if m.startswith("Train")} == {"edge_popup", "shuffled", "redrawn"}
