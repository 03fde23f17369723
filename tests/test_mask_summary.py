"""Edges, densities and degrees of a wiring."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from disentangle.artefacts import load_arrays
from disentangle.errors import InputError
from disentangle.masks.storage import load_counts, save_counts
from disentangle.masks.summary import degrees, effective_density, summarise
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network, layout
from disentangle.networks.mlp import Mlp


def wiring(weights, masks=None, on_off=False):
    """A wiring of these weights, with an edge wherever a weight is not zero unless masks are given."""
    masks = masks or {layer: weight != 0 for layer, weight in weights.items()}
    return Wiring(Network("mlp", Mlp(widths=[3]), (4,), 2, on_off), weights, masks, {}, {})


@pytest.fixture
def cohort():
    """Two replicates of a 4-3-2 network, one with ±c weights and one without edges in its last layer."""
    hidden = np.zeros((2, 3, 4), np.float32)
    hidden[0, 0], hidden[0, 1, 2] = (1, -1, 1, -1), 1
    hidden[1] = np.arange(1, 13).reshape(3, 4)
    output = np.zeros((2, 2, 3), np.float32)
    output[0] = 0.25
    return wiring({"hidden1": hidden, "output": output})


def test_rows_go_by_replicate_then_layer(cohort):
    rows = summarise(cohort)
    assert [(row["replicate"], row["layer"]) for row in rows] == [
        (0, "hidden1"),
        (0, "output"),
        (1, "hidden1"),
        (1, "output"),
    ]
    counts, shares = ["possible", "edges", "effective_edges"], ["density", "effective_density"]
    assert list(rows[0]) == ["replicate", "layer", *counts, *shares, "weight_values", "live_units", "depth"]
    assert all(type(value) in (int, float, str) for row in rows for value in row.values())


def test_counts_and_densities(cohort):
    first, full, rising, empty = summarise(cohort)
    assert (first["possible"], first["edges"], first["weight_values"]) == (12, 5, 3)
    assert first["density"] == first["effective_density"] == pytest.approx(5 / 12)
    assert (full["density"], full["effective_density"], full["weight_values"]) == (1, pytest.approx(1), 1)
    assert rising["weight_values"] == 12
    assert rising["effective_density"] == pytest.approx(78**2 / (12 * 650))
    assert (empty["edges"], empty["density"], empty["effective_density"], empty["weight_values"]) == (0, 0, 0, 1)


def test_live_units_stand_between_an_input_and_an_output_and_depth_is_the_longest_path_to_one():
    first = np.array([[[1, 0], [0, 0], [0, -1], [1, 1]]], np.float32)  # the second reads nothing
    second = np.array([[[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]], np.float32)  # nobody reads the fourth; the second is dead
    third = np.array([[[1, 1, 0], [0, 1, 0]]], np.float32)  # nobody reads the third, and so the third of the first layer
    rows = summarise(wiring({"hidden1": first, "hidden2": second, "output": third}))
    assert [(row["live_units"], row["depth"]) for row in rows] == [(1, 1), (1, 2), (1, 3)]
    empty = summarise(wiring({"hidden1": 0 * first, "hidden2": second, "output": third}))
    assert [(row["live_units"], row["depth"]) for row in empty] == [(0, 0)] * 3


def test_shortcuts_keep_units_alive_and_have_none_of_their_own():
    network = Network("resnet18", layout("resnet18", {"width": 2 / 64}, "test"), (3, 8, 8), 4)
    weights = {x.name: np.ones((1, *x.shape), np.float32) for x in network.layers}
    weights["stage1.block1.conv1"][:] = 0
    weights["stage2.block1.conv1"][:] = 0
    rows = {row["layer"]: row for row in summarise(Wiring(network, weights, weights, {}, {}))}
    found = [(rows[f"stage{s}.block1.{x}"]["live_units"], rows[f"stage{s}.block1.{x}"]["depth"]) for s in (1, 2)
             for x in ("conv1", "conv2")]  # fmt: skip
    assert found == [(0, 0), (2, 2), (0, 0), (4, 5)]
    past = rows["stage2.block1.shortcut"]
    assert (past["edges"], past["live_units"], past["depth"]) == (8, None, None)


# Of each unit the edges from inputs 0 1 2, ON before OFF.
PAIRS = [
    ([1, 1, 0, 1, 0, 0], 3, 1),  # input 0 cancels, input 1 excites
    ([0, 1, 0, 1, 0, 1], 3, 3),  # one of each input
    ([1, 1, 1, 1, 1, 1], 6, 0),
    ([2, 3, 0, 2, 1, 0], 4, 1),  # weights of their own: 2 - 2, and one edge of 3 - 1
    ([0, 0, 0, 0, 0, 0], 0, 0),
]


def test_of_two_channels_of_an_input_as_many_edges_act_as_differ():
    hidden = np.array([[row for row, *_ in PAIRS]], np.float32)
    for on_off in (True, "hidden", False):
        output = np.ones((1, 2, 10 if on_off else 5), np.float32)
        first, last = summarise(wiring({"hidden1": hidden, "output": output}, on_off=on_off))
        assert first["edges"] == sum(edges for _, edges, _ in PAIRS) == 16
        assert first["effective_edges"] == (sum(acting for *_, acting in PAIRS) if on_off is True else 16)
        assert last["edges"] == last["effective_edges"] == output.size  # relu(h) and relu(-h) do not cancel
        assert first["live_units"] == (3 if on_off is True else 4)


def test_each_replicate_and_place_of_a_kernel_cancels_for_itself():
    on, off = np.ones((2, 2, 3, 2, 2), np.float32), np.zeros((2, 2, 3, 2, 2), np.float32)
    off[0, 0, 0, 0, 0], off[1] = 1, 1
    rows = summarise(wiring({"conv1": np.concatenate([on, off], axis=2)}, on_off=True))
    assert [(row["edges"], row["effective_edges"]) for row in rows] == [(25, 23), (48, 0)]


@given(arrays.arrays(np.bool_, (2, 3, 8)))
def test_effective_edges_of_masks_are_the_edges_less_two_for_each_pair(mask):
    rows = summarise(wiring({"hidden1": mask.astype(np.float32)}, on_off=True))
    pairs = (mask[:, :, :4] & mask[:, :, 4:]).sum(axis=(1, 2))
    assert [row["effective_edges"] for row in rows] == [row["edges"] - 2 * n for row, n in zip(rows, pairs, strict=True)]


def test_masks_decide_what_an_edge_is():
    weight, mask = np.ones((1, 2, 2), np.float32), np.ones((1, 2, 2), bool)
    weight[0, 0, 0] = 0
    layer = wiring({"hidden1": weight}, {"hidden1": mask})
    row = summarise(layer)[0]
    assert (row["edges"], row["effective_density"]) == (4, 0.75)
    assert degrees(layer)["hidden1.in_degree"].tolist() == [[2, 2]]


@pytest.mark.parametrize("distinct", [1, 17, 40])
def test_values_of_weights_are_counted_with_the_0_of_missing_edges(distinct):
    weight = np.resize(np.arange(1, distinct + 1), (1, 5, 8)).astype(np.float32)
    assert summarise(wiring({"hidden1": weight}))[0]["weight_values"] == distinct
    weight[0, 0, 0] = 0
    assert summarise(wiring({"hidden1": weight}))[0]["weight_values"] == min(distinct + 1, 40)


def test_degrees_count_edges_into_units_and_out_of_inputs(cohort):
    found = degrees(cohort)
    assert found["hidden1.in_degree"].tolist() == [[4, 1, 0], [4, 4, 4]]
    assert found["hidden1.out_degree"].tolist() == [[1, 1, 2, 1], [3, 3, 3, 3]]
    assert found["output.in_degree"].tolist() == [[3, 3], [0, 0]]
    assert "output.out_degree" not in found


@given(st.lists(arrays.arrays(np.int64, (2, 3), elements=st.integers(0, 2**40) | st.integers(0, 300)), min_size=1, max_size=3))
def test_counts_take_the_bytes_they_need_and_come_back_wide(counts):
    named = {f"layer{i}.in_degree": array for i, array in enumerate(counts)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "degrees.safetensors"
        save_counts(path, named)
        stored, read = load_arrays(path)[0], load_counts(path)
    for name, array in named.items():
        assert stored[name].dtype.kind == "u" and array.max() < 256 ** stored[name].dtype.itemsize
        assert stored[name].dtype.itemsize == 1 or array.max() >= 256 ** (stored[name].dtype.itemsize // 2)
        assert read[name].dtype == np.int64 and np.array_equal(read[name], array)
    assert list(read) == list(named)


def test_what_is_no_count_is_not_stored(tmp_path):
    with pytest.raises(ValueError, match=r"^counts below 0 in \['hidden1.in_degree'\]$"):
        save_counts(tmp_path / "degrees.safetensors", {"hidden1.in_degree": np.array([3, -1])})
    assert not list(tmp_path.iterdir())


def test_degrees_of_kernels_count_their_places():
    weight = np.zeros((1, 2, 3, 2, 2), np.float32)
    weight[0, 0, 1], weight[0, 1, 2, 0, 0] = 1, 1
    found = degrees(wiring({"conv1": weight}))
    assert found["conv1.in_degree"].tolist() == [[4, 1]]
    assert found["conv1.out_degree"].tolist() == [[0, 4, 1]]
    assert summarise(wiring({"conv1": weight}))[0]["possible"] == 24


@pytest.mark.parametrize("masks", [{"output": np.ones((1, 2, 2), bool)}, {"hidden1": np.ones((1, 2, 3), bool)}])
def test_mask_that_does_not_fit_is_refused(masks):
    for summary in (summarise, degrees):
        with pytest.raises(InputError, match="mask of layer hidden1"):
            summary(wiring({"hidden1": np.ones((1, 2, 2), np.float32)}, masks))


def test_effective_density_of_known_distributions():
    generator = np.random.default_rng(0)
    mask = generator.random((400, 400)) < 0.3
    assert effective_density(mask * generator.normal(size=mask.shape)) == pytest.approx(0.3 * 2 / np.pi, rel=0.02)
    assert effective_density(mask * generator.uniform(-1, 1, mask.shape)) == pytest.approx(0.3 * 0.75, rel=0.02)
    assert effective_density(mask * np.float32(-0.1)) == pytest.approx(mask.mean())


@given(arrays.arrays(np.float32, (4, 5), elements=st.floats(-10, 10, width=32)), st.floats(1e-3, 1e3))
def test_effective_density_lies_below_density_and_ignores_scale_and_sign(weights, factor):
    found = effective_density(weights)
    assert 0 <= found <= np.mean(weights != 0) + 1e-12
    assert effective_density(-factor * weights.astype(np.float64)) == pytest.approx(found, abs=1e-12)
