"""How many edges masks share, against masks drawn at random."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from disentangle import artefacts
from disentangle.masks.overlap import COLUMNS, edge_probabilities, overlaps
from disentangle.masks.wiring import Wiring, save_wiring
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp
from disentangle.stages.masks import Masks
from disentangle.stages.train import Train
from disentangle.tables.stacking import read_table
from tests.running import places, product, run


def rows_of(**masks):
    """Rows of layers with these masks (replicate, out, in, …)."""
    weights = {layer: mask.astype(np.float32) for layer, mask in masks.items()}
    return overlaps(Wiring(Network("mlp", Mlp(widths=[3]), (4,), 2), weights, masks, {}, {}))


def uneven(seed, out=12, into=15, density=0.5):
    """A mask whose inputs and units differ in their degrees; one input is dead."""
    random = np.random.default_rng(seed)
    favour = np.linspace(0.2, 1.8, into)[None] * np.linspace(0.6, 1.4, out)[:, None]
    favour[:, 0] = 0
    return random.random((out, into)) < density * favour


def traded(mask, random, trades=100):
    """A random mask with the same degrees: two units trade the inputs that only one of them has (curveball)."""
    mask = mask.copy()
    for _ in range(trades):
        pair = random.choice(len(mask), 2, replace=False)
        (differing,) = np.nonzero(mask[pair[0]] != mask[pair[1]])
        mask[np.ix_(pair, differing)] = random.permutation(mask[pair[0], differing])[None] ^ np.array([[False], [True]])
    return mask


def test_edges_that_both_keep_are_counted_for_every_pair_and_layer():
    hidden = np.array([[[1, 1, 0, 0]], [[1, 0, 1, 0]], [[0, 0, 0, 1]]], dtype=bool)
    rows = rows_of(hidden1=hidden, output=~hidden)
    assert [(r["layer"], r["first"], r["second"]) for r in rows] == [
        (layer, *pair) for layer in ("hidden1", "output") for pair in ((0, 1), (0, 2), (1, 2))
    ]
    assert tuple(rows[0]) == COLUMNS
    assert [r["shared"] for r in rows] == [1, 0, 0, 1, 1, 1]
    assert [(r["possible"], r["kept_first"], r["kept_second"], r["chance"]) for r in rows[:2]] == [(4, 2, 2, 1), (4, 2, 1, 0.5)]
    assert all(type(value) in (int, float, str) for row in rows for value in row.values())


def test_a_single_replicate_has_no_pair():
    assert rows_of(hidden1=np.ones((1, 3, 4), bool)) == []


def test_chance_is_the_mean_of_masks_at_random_places():
    random = np.random.default_rng(0)
    places = random.random((2, 4000, 60)).argsort(axis=2)
    drawn = (places[0] < 20) & (places[1] < 35)
    first, second = (np.arange(60).reshape(1, 5, 12) < kept for kept in (20, 35))
    (row,) = rows_of(hidden1=np.concatenate([first, second]))
    assert drawn.sum(axis=1).mean() == pytest.approx(row["chance"], abs=0.1)


@pytest.mark.parametrize("density", [0.2, 0.5, 0.8])
def test_chance_by_degrees_is_the_mean_of_masks_with_these_degrees(density):
    masks, random = [uneven(seed, density=density) for seed in (1, 2)], np.random.default_rng(0)
    first, second = ([traded(mask, random) for _ in range(120)] for mask in masks)
    for mask, drawn in zip(masks, (first, second), strict=True):
        assert all((one.sum(0) == mask.sum(0)).all() and (one.sum(1) == mask.sum(1)).all() for one in drawn)
    shared = [(a & b).sum() for a in first for b in second]
    (row,) = rows_of(hidden1=np.stack(masks))
    assert row["chance_by_degrees"] == pytest.approx(np.mean(shared), rel=0.015)
    assert abs(row["chance"] - np.mean(shared)) > 2 * abs(row["chance_by_degrees"] - np.mean(shared))


def test_a_kernel_has_an_input_for_each_of_its_places():
    mask = np.zeros((2, 3, 2, 2, 2), dtype=bool)
    mask[:, :, 1, :, 0] = True
    (row,) = rows_of(conv1=mask)
    assert row["shared"] == 6 and row["chance"] == 1.5
    assert row["chance_by_degrees"] == pytest.approx(6, rel=1e-6)  # only these masks have these degrees


@given(arrays.arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 9))))
def test_every_degree_is_right_on_average(mask):
    likely = edge_probabilities(mask)
    assert likely.shape == mask.shape and ((likely >= 0) & (likely <= 1)).all()
    assert likely.sum(axis=0) == pytest.approx(mask.sum(axis=0), abs=1e-3)
    assert likely.sum(axis=1) == pytest.approx(mask.sum(axis=1), abs=1e-3)


def test_odds_of_equal_degrees_are_equal_and_of_even_masks_the_density():
    even = np.kron(np.eye(4, dtype=bool), np.ones((1, 3), dtype=bool))
    assert edge_probabilities(even) == pytest.approx(0.25)
    odds = edge_probabilities(uneven(0))[:, 1:]  # without the dead input
    logits = np.log(odds / (1 - odds))
    assert logits - logits[:1] - logits[:, :1] + logits[:1, :1] == pytest.approx(0, abs=1e-6)


def test_the_stage_leaves_a_table_of_one_replicate_without_rows(tmp_path):
    job = Masks(cell="digits/mlp/edge_popup/0.5", kind="mlp")
    path = product(tmp_path, Train, "wiring", cell=job.cell)
    weights = {layer: np.ones((1, *shape), np.float32) for layer, shape in (("hidden1", (3, 4)), ("output", (2, 3)))}
    masks = {layer: weight > 0 for layer, weight in weights.items()}
    save_wiring(path, Wiring(Network("mlp", Mlp(widths=[3]), (4,), 2), weights, masks, {}, {}))
    artefacts.write_json(path.with_name("meta.json"), {"outputs": {path.name: artefacts.checksum(path)}})
    run(job, tmp_path)
    assert all(Path(places(tmp_path).find(file)).is_file() for file in (*job.outputs.values(), job.record))
    overlap = read_table(product(tmp_path, Masks, "overlap", cell=job.cell))
    assert tuple(overlap.columns) == COLUMNS and overlap.empty
