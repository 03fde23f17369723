"""The config: what it expands to, and one sentence for each way to get it wrong."""

import json

import jsonschema
import pytest
import yaml

from disentangle.cells import Cell, list_cells
from disentangle.config import load_experiment
from disentangle.errors import InputError, checked
from disentangle.families import FAMILIES, family
from disentangle.pipeline.job import Places
from disentangle.pipeline.plan import Plan
from disentangle.schema import config_schema
from disentangle.stages.prepare import check_data_folder
from tests.conftest import ROOT


def with_change(config, place, value):
    *path, last = place.split(".")
    node = config
    for key in path:
        node = node[key]
    node[last] = value
    return config


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("replicats", 5, r"config\.replicats is not a setting; did you mean 'replicates'\? \(allowed: .*seed.*\)\."),
        ("training.epoch", 5, r"config\.training\.epoch is not a setting; did you mean 'epochs'\?"),
        ("families.dense.learning", {"rate": 1}, r"families\.dense\.learning\.rate is not a setting; .*learning_rate"),
        ("families.edge_popup.valuse", "x", r"families\.edge_popup\.valuse is not a setting; did you mean 'values'\?"),
        (
            "families.edge_popup.values",
            "gauss",
            r"families\.edge_popup\.values is 'gauss'; .*'signed_constant', .* or 'xav",
        ),
        ("densities", [0], r"config\.densities\.0 is 0; input should be greater than 0"),
        ("families.edge_popup.densities", [0.5, 1.2], r"config\.families\.edge_popup\.densities\.1 is 1\.2; .*less than or eq"),
        ("families.dense.densities", [0.5], r"families\.dense\.densities: family dense takes no density"),
        ("families.denze", {}, r"families\.denze: family 'denze' does not exist; did you mean 'dense'\?"),
        ("families.mine", {"family": "gnn"}, r"families\.mine: family 'gnn' does not exist; allowed: dense, random"),
        ("datasets.digit", {"network": "mlp"}, r"dataset 'digit' does not exist; did you mean 'digits'\?"),
        ("datasets.digits.network", "mpl", r"datasets\.digits: network 'mpl' does not exist; did you mean 'mlp'\?"),
        ("families.dense.networks", ["mpl"], r"families\.dense\.networks: network 'mpl' does not exist; did you mean 'mlp'\?"),
        ("families.dense.networks", [], r"config\.families\.dense\.networks is \[\]; write at least one entry"),
        (
            "networks.mlp.activation",
            "elu",
            r"networks\.mlp\.activation is 'elu'; input should be 'relu', 'tanh', 'abs' or",
        ),
        ("networks.mlp.activation", "abs", r"families\.weight_free_on_off on network mlp: activation abs takes no ON and OFF"),
        (
            "families.weight_free_on_off.on_off",
            "inputs",
            r"families\.weight_free_on_off\.on_off is 'inputs'; input should be False, True or 'hidden'\.",
        ),
        ("sweep", {"factors": [1, 0]}, r"config\.sweep\.factors is \[1, 0\]; .*a factor of 0 leaves no edge"),
        ("sweep", {"factors": [1, 1.0]}, r"config\.sweep\.factors is .*each factor may be there only once"),
        ("profiles", {"draws": 5}, r"config\.profiles\.draws is 5; .*write 0 for no profiles"),
        ("networks.mlp.width", [3], r"networks\.mlp\.width is not a setting; did you mean 'widths'\?"),
        ("networks.mlp.widths", [0], r"networks\.mlp\.widths\.0 is 0; input should be greater than or equal to 1"),
        ("densities", [0.5, 0.5], r"config\.densities is .*each density may be there only once"),
        ("families.edge_popup.densities", [0.1, 0.1], r"families\.edge_popup\.densities is .*only once"),
        ("datasets.digits.network", [], r"config\.datasets\.digits\.network.* is \[\]"),
        ("training.batch_size", 1, r"config\.training\.batch_size is 1; input should be greater than or equal to 2"),
        ("families.dense.learning", {"learning_rate": float("inf")}, r"families\.dense\.learning\.learning_rate is inf"),
        ("families.edge_popup.densitys", [0.1], r"densitys is not a setting; did you mean 'densities'\?"),
        ("device", "gpu", r"config\.device is 'gpu'; input should be 'auto', 'cpu' or 'cuda'"),
        ("name", "a/b", r"config\.name is 'a/b'; write letters, digits, _ and -, the first a letter or digit\."),
        ("families", {}, r"config\.families is {}; write at least one entry\."),
        ("training", True, r"config\.training is True; write names and values below it"),
        ("datasets", None, r"config\.datasets is None; write names and values below it"),
        ("family", "dense", r"config\.family is not a setting; did you mean 'families'\?"),
        ("epochs", 5, r"config\.epochs is not a setting; did you mean 'training\.epochs'\?"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_that_names_the_key(small_config, place, value, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        list_cells(load_experiment(with_change(small_config, place, value)))
    assert "\n" not in str(error.value)


def test_what_is_no_mapping_at_all_is_one_sentence():
    with pytest.raises(InputError, match=r"^cell is \[1\]; write names and values below it"):
        checked(Cell, [1], "cell")


def test_a_data_folder_counts_only_while_something_is_to_be_read_there(small_config, tmp_path):
    def check():
        experiment = load_experiment(small_config | {"data_dir": str(tmp_path / "nowhere")})
        check_data_folder(Plan(experiment, Places(tmp_path, tmp_path, tmp_path / "figures")))

    check()  # its sets come with scikit-learn
    small_config["datasets"] = {"mnist": {"network": "mlp"}}
    with pytest.raises(InputError, match=r"the data folder .*nowhere does not exist"):
        check()
    (tmp_path / "datasets").mkdir()
    for name in ("mnist.safetensors", "mnist.json"):
        (tmp_path / "datasets" / name).touch()
    check()  # prepared already


def test_a_missing_key_is_named(small_config):
    del small_config["name"]
    with pytest.raises(InputError, match=r"config\.name is missing; write a value for it\."):
        load_experiment(small_config)


def test_cells_are_the_product_of_datasets_families_and_densities(small_config):
    small_config["datasets"]["breast_cancer"] = {"network": ["mlp", "deep"]}
    small_config["networks"]["deep"] = {"network": "mlp", "widths": [8, 8, 8]}
    small_config["densities"] = [0.1, 1.0]
    small_config["families"]["sparse"] = {"family": "edge_popup", "densities": [0.02]}
    paths = [cell.path for cell in list_cells(load_experiment(small_config))]
    per_network = ["dense/1.0", "edge_popup/0.1", "edge_popup/1.0", "weight_free_on_off/free", "sparse/0.02"]
    networks = ["digits/mlp", "breast_cancer/mlp", "breast_cancer/deep"]
    assert paths == [f"{network}/{cell}" for network in networks for cell in per_network]


def test_a_family_may_be_trained_by_some_networks_only(small_config):
    small_config["datasets"]["digits"]["network"] = ["mlp", "tanh"]
    small_config["networks"]["tanh"] = {"network": "mlp", "widths": [8], "activation": "tanh", "normalisation": "in_degree"}
    for label in ("dense", "edge_popup"):
        small_config["families"][label]["networks"] = ["mlp"]
    cells = list_cells(load_experiment(small_config))
    assert [cell.path for cell in cells if cell.network == "tanh"] == ["digits/tanh/weight_free_on_off/free"]
    assert [cell.family for cell in cells if cell.network == "mlp"] == ["dense", "edge_popup", "weight_free_on_off"]
    assert [cell.layout["activation"] for cell in cells] == ["relu", "relu", "relu", "tanh"]
    assert "networks" not in cells[0].settings


def test_a_cell_carries_its_settings_and_survives_the_command_line(small_cells):
    cell = small_cells["weight_free_on_off"]
    assert (cell.method, cell.settings["on_off"], cell.settings["clip"]) == ("weight_free", True, 1.0)
    assert type(cell).model_validate(json.loads(cell.model_dump_json())) == cell
    assert cell.seeds == [0, 1]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_partial_learning_entry_keeps_the_rest_of_the_familys_own(name):
    needed = {"of": "y"} if name == "control" else {}
    own, changed = (family(name, needed | more, "x").learning for more in ({}, {"learning": {"learning_rate": 0.05}}))
    assert changed == own.model_copy(update={"learning_rate": 0.05})


def test_a_tiny_density_is_a_decimal_in_the_path(small_config):
    small_config["densities"] = [0.00001]
    assert any(cell.path.endswith("edge_popup/0.00001") for cell in list_cells(load_experiment(small_config)))


@pytest.mark.parametrize("null", [None, "null"])
def test_null_leaves_an_entry_out(small_config, null):
    small_config["families"]["dense"] = null
    assert "dense" not in load_experiment(small_config).families


@pytest.mark.parametrize("preset", [None, *sorted((ROOT / "workflow/presets").glob("*.yaml"))])
def test_the_config_and_its_presets_hold_and_match_the_schema(preset):
    from snakemake.utils import update_config

    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if preset:
        update_config(config, yaml.safe_load(preset.read_text()))
    assert list_cells(load_experiment(config))
    jsonschema.validate(config, config_schema())


def test_the_schema_refuses_what_the_models_refuse(small_config):
    jsonschema.validate(small_config, config_schema())
    for place, value in [("replicats", 5), ("families.dense.valuse", 1), ("densities", [1.2]), ("networks.mlp.width", [3])]:
        changed = with_change(json.loads(json.dumps(small_config)), place, value)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, config_schema())


def test_the_stored_schema_is_the_generated_one():
    assert json.loads((ROOT / "workflow/schemas/config.schema.json").read_text()) == config_schema()
