"""The tables of accuracies, with their bits, and of spectral tests."""

import math

import numpy as np
import pandas as pd
import pytest

from disentangle.config import Statistics
from disentangle.statistics import KEY
from disentangle.statistics.accuracy import COLUMNS, accuracy_table
from disentangle.statistics.bits import weight_bits, wiring_bits
from disentangle.statistics.spectral_tests import Distances, spectral_table

SETTINGS = Statistics(resamples=999)


def cell(dataset, family, density, accuracies, edges=100):
    rows = {"seed": range(len(accuracies)), "edges": edges, "test_accuracy": accuracies}
    return pd.DataFrame({"dataset": dataset, "network": "mlp", "family": family, "density": density} | rows)


def layers(metrics, *counts):
    """A row a network of ``metrics`` and layer of (possible, edges)."""
    networks = metrics[list(KEY)].assign(replicate=metrics.index)
    rows = [networks.assign(layer=f"layer{i}", possible=n, edges=k, effective_edges=k) for i, (n, k) in enumerate(counts)]
    return pd.concat(rows)


def test_bits_count_the_masks_with_as_many_edges():
    masks = layers(cell("a", "pruned", "0.1", [0.9, 0.8]), (10, 3), (6, 6), (5, 0))
    masks.loc[masks["replicate"] == 1, "edges"] = [10, 1, 0]
    np.testing.assert_allclose(wiring_bits(masks), [math.log2(math.comb(10, 3)), math.log2(6)])
    assert wiring_bits(masks).index.names == [*KEY, "replicate"]


def test_bits_of_a_wiring_without_a_table_of_places_are_empty_and_not_0():
    masks = layers(cell("a", "weight_agnostic", "free", [0.9, 0.8]), (np.nan, 300)).assign(weight_values=1)
    assert wiring_bits(masks).isna().all() and weight_bits(masks).tolist() == [32, 32]  # every edge has one shared weight


def test_bits_of_large_layers():
    masks = layers(cell("a", "pruned", "0.1", [0.9]), (235200, 1176), (30000, 15000))
    exact = math.log2(math.comb(235200, 1176)) + math.log2(math.comb(30000, 15000))
    assert wiring_bits(masks).item() == pytest.approx(exact, rel=1e-10)
    assert wiring_bits(layers(cell("a", "dense", "1.0", [0.9]), (235200, 235200), (7, 7))).item() == 0


def test_accuracy_table_compares_with_the_dense_of_the_same_data():
    metrics = pd.concat([
        cell("b", "random", "0.5", [0.1, 0.2, 0.1]),
        cell("a", "dense", "1.0", [0.9, 0.8, 0.9]),
        cell("b", "dense", "1.0", [0.6, 0.5, 0.4]),
        cell("a", "pruned", "0.1", [0.8, 0.8, 0.9]),
        cell("c", "pruned", "0.1", [0.8, 0.8, 0.9]),
    ])  # fmt: skip
    table = accuracy_table(metrics, layers(metrics, (4, 2), (2, 1)), SETTINGS)
    np.testing.assert_allclose(table["bits"], math.log2(12))
    assert tuple(table.columns) == COLUMNS
    assert table["dataset"].tolist() == ["b", "a", "b", "a", "c"]
    np.testing.assert_allclose(table["mean"], [0.4 / 3, 2.6 / 3, 0.5, 2.5 / 3, 2.5 / 3])
    np.testing.assert_allclose(table["difference"], [-1.1 / 3, np.nan, np.nan, -0.1 / 3, np.nan])
    assert table["p"].isna().tolist() == [False, True, True, False, True]
    assert (table["low"] <= table["mean"]).all() and (table["replicates"] == 3).all()


def test_effective_edges_are_those_of_all_layers_and_empty_where_an_archive_lacks_them():
    metrics = pd.concat([cell("a", "dense", "1.0", [0.9, 0.8]), cell("a", "random", "0.5", [0.1, 0.2])], ignore_index=True)
    masks = layers(metrics, (9, 6), (4, 3))
    masks.loc[masks["layer"] == "layer0", "effective_edges"] = [5, 2, 6, 6]
    assert accuracy_table(metrics, masks, SETTINGS)["effective_edges"].tolist() == [6.5, 9]
    masks.loc[masks["family"] == "dense", "effective_edges"] = np.nan  # stacked with cells from before the column
    assert accuracy_table(metrics, masks, SETTINGS)["effective_edges"].fillna(-1).tolist() == [-1, 9]
    assert accuracy_table(metrics, masks.drop(columns="effective_edges"), SETTINGS)["effective_edges"].isna().all()


def test_holm_counts_the_cells_of_one_dataset_and_network():
    dense, other = [0.9, 0.8, 0.7], [0.85, 0.7, 0.68]
    frames = [cell(d, "dense", "1.0", dense) for d in "ab"]
    frames += [cell(d, "pruned", str(k), other) for d, k in [("a", 0.1), ("a", 0.2), ("a", 0.3), ("b", 0.1)]]
    metrics = pd.concat(frames)
    table = accuracy_table(metrics, layers(metrics, (4, 2)), SETTINGS).dropna(subset="p")
    np.testing.assert_allclose(table["p_holm"] / table["p"], [3, 3, 3, 1])


def distances(*cells, shift=0.01):
    """Two networks a cell, on a line."""
    networks = pd.DataFrame([(*name, r) for name in cells for r in (0, 1)], columns=["family", "density", "replicate"])
    places = np.repeat(np.arange(len(cells)) * shift, 2) + np.tile([0, 0.001], len(cells))
    apart = np.abs(np.subtract.outer(places, places))
    matrices = {"raw": apart, "edges": 2 * apart, "matched": 0 * apart}
    return Distances(networks, matrices | {"floor": np.full(len(places), 0.0005)})


def test_spectral_table_compares_every_cell_with_dense():
    here = distances(("weight_free", "free"), ("dense", "1.0"), ("pruned", "0.1"), ("pruned", "0.5"))
    table = spectral_table({("a", "mlp"): here}, SETTINGS)
    assert table[["family", "density", "version"]].to_numpy().tolist() == [
        [*name, version]
        for name in (["weight_free", "free"], ["pruned", "0.1"], ["pruned", "0.5"])
        for version in ("raw", "edges", "matched")
    ]
    raw = table[table["version"] == "raw"]
    np.testing.assert_allclose(raw["distance"], [0.01, 0.01, 0.02])
    np.testing.assert_allclose(raw["within"], 0.001)
    np.testing.assert_allclose(raw["p"], 2 / 6)
    np.testing.assert_allclose(raw["p_holm"], 1)
    assert (table["floor"] == 0.0005).all() and (table["replicates"] == 2).all()
    assert (raw["low"] < raw["distance"]).all() and (raw["high"] > raw["distance"]).all()
    matched = table[table["version"] == "matched"]
    assert (matched[["distance", "low", "high"]] == 0).all(axis=None) and (matched["p"] == 1).all()


def test_spectral_table_without_dense_has_no_rows():
    assert spectral_table({("a", "mlp"): distances(("pruned", "0.1"))}, SETTINGS).empty
    assert spectral_table({}, SETTINGS).empty
