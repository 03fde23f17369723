"""From wirings to spectra."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle import config
from disentangle.artefacts import load_arrays
from disentangle.errors import InputError
from disentangle.graphs.flat import from_edges
from disentangle.graphs.graph import Block, Graph, Group
from disentangle.masks.graphs import graphs_of
from disentangle.masks.wiring import save_wiring
from disentangle.pipeline.job import Run
from disentangle.spectra.cell import cell_spectra
from disentangle.spectra.density import bins, density
from disentangle.spectra.laplacian import eigenvalues, two_colouring
from disentangle.spectra.storage import load_distances, load_spectra, save_distances, save_spectra
from disentangle.stages.compare import Compare
from disentangle.stages.spectra import Spectra
from disentangle.stages.train import Train
from tests.random_graphs import flat_graphs, full_spectrum, joined, layered
from tests.random_wirings import as_networkx, cohort, draw_cohort, gaussian, layered_graphs, spectrum
from tests.running import places, product


def test_complete_bipartite_graph_and_star_of_any_weights():
    assert spectrum(np.ones((4, 3))) == pytest.approx([0, 1, 1, 1, 1, 1, 2])
    assert spectrum([[0.2, 3, 7, 1]]) == pytest.approx([0, 1, 1, 1, 2])


@pytest.mark.parametrize("nodes", [2, 3, 8, 9])
def test_path(nodes):
    path = [np.ones((1, 1))] * (nodes - 1)
    assert spectrum(*path) == pytest.approx(1 - np.cos(np.pi * np.arange(nodes) / (nodes - 1)), abs=1e-12)


@given(layered_graphs())
def test_agrees_with_the_full_eigendecomposition(blocks):
    graph = as_networkx(blocks)
    found = spectrum(*blocks)
    np.testing.assert_allclose(found, full_spectrum(graph), atol=1e-10, rtol=0)
    np.testing.assert_allclose(found, 2 - found[::-1], atol=1e-10, rtol=0)
    assert found.sum() == pytest.approx(graph.number_of_nodes())
    assert np.sum(found < 1e-9) == nx.number_connected_components(graph)
    assert found.min() >= 0 and found.max() <= 2


@given(layered_graphs(), st.randoms(use_true_random=False), st.floats(1e-6, 1e6))
def test_names_of_hidden_units_and_scale_do_not_matter(blocks, random, factor):
    relabelled = [block * factor for block in blocks]
    for layer in range(len(blocks) - 1):
        order = random.sample(range(len(blocks[layer])), len(blocks[layer]))
        relabelled[layer] = relabelled[layer][order]
        relabelled[layer + 1] = relabelled[layer + 1][:, order]
    np.testing.assert_allclose(spectrum(*relabelled), spectrum(*blocks), atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (np.ones((2, 3)), [0, 1, 1, 1, 2]),
        ([[1, 1, 0], [0, 0, 0]], [0, 1, 2, np.nan, np.nan]),
        (np.zeros((2, 3)), [np.nan] * 5),
    ],
)
def test_isolated_nodes_have_no_eigenvalue(block, expected):
    np.testing.assert_allclose(eigenvalues(layered(block)), expected, atol=1e-12)


@given(flat_graphs())
def test_spectra_of_graphs_of_any_shape_are_those_of_networkx(flat):
    edges = flat[-1]
    graph = joined(zip(*edges, strict=True))
    for given_, weight in ((from_edges(*flat), "weight"), (from_edges(*flat).unweighted, None)):
        found = eigenvalues(given_)
        present = found[: len(graph)]
        assert len(found) == len(flat[0]) and np.isnan(found[len(graph) :]).all()
        np.testing.assert_allclose(present, full_spectrum(graph, weight) if len(graph) else [], atol=1e-10, rtol=0)
        assert present.min(initial=0) >= 0 and present.max(initial=0) <= 2


@given(layered_graphs())
def test_half_the_matrix_gives_what_the_whole_does(blocks):
    """A block without edges that closes a triangle of groups changes no graph but leaves no two colours."""
    graph = layered(np.ones((1, 1)), np.ones((len(blocks[0][0]), 1)), *blocks)
    assert two_colouring(graph) == [i % 2 for i in range(len(graph.groups))]
    closing = replace(graph, blocks=[*graph.blocks, Block(0, 2, np.zeros((graph.groups[2].size, 1)))])
    assert two_colouring(closing) is None
    np.testing.assert_allclose(eigenvalues(closing), eigenvalues(graph), atol=1e-10, rtol=0)


def test_a_triangle_a_square_and_a_shortcut_past_two_layers():
    one = np.ones((1, 1))
    triangle = layered(one, one)
    triangle = replace(triangle, blocks=[*triangle.blocks, Block(0, 2, one)])
    np.testing.assert_allclose(eigenvalues(triangle), [0, 1.5, 1.5], atol=1e-12)  # of a complete graph: n / (n - 1)
    square = layered(one, one, one)
    square = replace(square, blocks=[*square.blocks, Block(0, 3, -one)])
    assert two_colouring(square) == [0, 1, 0, 1]  # a bottleneck block of a residual network is a square
    np.testing.assert_allclose(eigenvalues(square), [0, 1, 1, 2], atol=1e-12)
    parallel = replace(layered(one, 3 * one), blocks=[*layered(one, 3 * one).blocks, Block(0, 1, 2 * one)])
    np.testing.assert_allclose(eigenvalues(parallel), eigenvalues(layered(one, one)), atol=1e-12)


def test_parts_that_nothing_joins_are_coloured_each_for_itself():
    one = np.ones((1, 1))
    groups = [Group(f"group{i}", 1) for i in range(5)]
    graph = Graph(groups, [Block(1, 3, one), Block(2, 4, one)])
    assert two_colouring(graph) == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(eigenvalues(graph), [0, 0, 2, 2, np.nan], atol=1e-12)


def test_spectra_of_folded_channels_are_those_of_the_graph_built_by_hand():
    hidden = np.array([[[1, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1]]])  # reads ON 0 1 2, OFF 0 1 2; input 0 cancels
    output = np.array([[[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]])
    found = cell_spectra(graphs_of(cohort(hidden, output, on_off=True)), [0], 2)
    graph = nx.Graph()
    graph.add_weighted_edges_from([("i1", "h0", 1), ("i1", "h1", 1), ("i2", "h1", 1)])
    graph.add_weighted_edges_from([("h0", "o0", 2), ("h1", "o1", 1), ("h1", "o2", 1)])
    for kind, weight in (("magnitude", "weight"), ("edges", None)):
        np.testing.assert_allclose(found[kind][0, :-1], full_spectrum(graph, weight), atol=1e-10)
        assert np.isnan(found[kind][0, -1])  # input 0 has no edge that acts


def test_a_network_whose_first_layer_cancels_keeps_the_graph_of_the_others():
    found = cell_spectra(graphs_of(cohort(np.ones((1, 2, 6)), np.ones((1, 3, 4)), on_off=True)), [0], 2)
    graph = nx.complete_bipartite_graph(2, 3)
    for kind in ("magnitude", "edges"):
        np.testing.assert_allclose(found[kind][0, :5], full_spectrum(graph, None), atol=1e-10)
        assert np.isnan(found[kind][0, 5:]).all()
    assert np.isnan(found["null"][0, :, 5:]).all()


def test_neither_job_loads_torch():
    code = """
import sys
from disentangle.masks.graphs import graphs_of
from disentangle.spectra.cell import cell_spectra
from disentangle.spectra.comparison import compare
from tests.random_wirings import draw_cohort, gaussian

def loaded():
    return [name for name in ("torch._C", "pandas", "scipy.stats") if name in sys.modules]

spectra = cell_spectra(graphs_of(draw_cohort(0, 0.5, gaussian, sizes=(4, 3, 2))), [0, 1, 2], 2)
print(loaded())
compare([spectra])
print(loaded())
"""
    told = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path(__file__).parents[1])
    assert told.splitlines() == ["[]", "['pandas', 'scipy.stats']"]


def test_the_stages_keep_apart_kinds_of_spectra_and_whose_they_are(tmp_path):
    """The density drawn is of the weights' graph, and a cell's rows have its own label, though its path sorts before others."""
    cells = {"digits/mlp/random/0.3": draw_cohort(0, 0.05, gaussian), "digits/mlp/dense/1.0": draw_cohort(1, 1, gaussian)}
    root = places(tmp_path)

    def make(job):
        inputs = {name: [Path(root.find(file)) for file in files] for name, files in job.needs().items()}
        job.make(Run(inputs, {name: Path(root.find(file)) for name, file in job.outputs.items()}))

    for cell, wiring in cells.items():
        job = Spectra(cell=cell, kind="mlp", seeds=[0, 1, 2], given=config.Spectra(null_draws=2))
        save_wiring(product(tmp_path, Train, "wiring", cell=cell), wiring)
        make(job)
        stored = load_spectra(product(tmp_path, Spectra, "spectra", cell=cell))
        drawn, _ = load_arrays(product(tmp_path, Spectra, "densities", cell=cell))
        np.testing.assert_allclose(drawn["magnitude"], density(stored["magnitude"])[0])
        assert not np.allclose(drawn["magnitude"], density(stored["edges"])[0])
    make(Compare(dataset="digits", network="mlp", cells=list(cells)))
    networks = pd.read_csv(product(tmp_path, Compare, "networks", dataset="digits", network="mlp"))
    assert networks["family"].tolist() == ["random"] * 3 + ["dense"] * 3
    assert (networks["isolated"] > 0).tolist() == [True] * 3 + [False] * 3


@given(st.lists(layered_graphs(), min_size=1, max_size=3))
def test_stored_by_halves_and_read_whole(graphs):
    found = [spectrum(*blocks) for blocks in graphs]
    nodes = max(map(len, found)) + 1
    padded = np.stack([np.append(values, [np.nan] * (nodes - len(values))) for values in found])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spectra.safetensors"
        save_spectra(path, {"magnitude": padded, "null": padded[:, None]})
        read = load_spectra(path)
        assert load_arrays(path)[0]["magnitude"].shape[1] <= nodes // 2
    np.testing.assert_allclose(read["magnitude"], padded, atol=1e-12, rtol=0)
    np.testing.assert_array_equal(read["null"][:, 0], read["magnitude"])


@given(st.lists(flat_graphs(), min_size=1, max_size=3))
def test_spectra_of_graphs_of_any_shape_and_size_are_stored_and_read(flats):
    """Where one is not symmetric about 1 all are stored whole; smaller graphs end with inf, isolated nodes stay NaN."""
    graphs = [from_edges(*flat) for flat in flats]
    found = cell_spectra(graphs, range(len(graphs)), 2)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spectra.safetensors"
        save_spectra(path, found)
        read = load_spectra(path)
    assert set(read) == set(found)
    for name, values in found.items():
        absent = np.isinf(values).sum(axis=-1) if name != "null" else np.isinf(values).sum(axis=-1)[:, 0]
        assert (values.shape[-1] - absent).tolist() == [graph.nodes for graph in graphs]
        np.testing.assert_allclose(read[name], values, atol=1e-11, rtol=0)


@pytest.mark.parametrize("networks", [1, 2, 7])
def test_distances_are_stored_by_triangles_and_read_whole(tmp_path, networks):
    points = np.random.default_rng(0).random(networks)
    distances, floor = np.abs(points[:, None] - points), points / 3
    path = tmp_path / "distances.safetensors"
    save_distances(path, {"raw": distances, "matched": distances / 7}, floor)
    assert load_arrays(path)[0]["raw"].tolist() == [distances[i, j] for i in range(networks) for j in range(i + 1, networks)]
    read = load_distances(path)
    assert {name: array.tobytes() for name, array in read.items()} == {
        "raw": distances.tobytes(),
        "matched": (distances / 7).tobytes(),
        "floor": floor.tobytes(),
    }


@pytest.mark.parametrize("place", [(1, 1), (0, 1)])
def test_what_is_no_matrix_of_distances_is_not_stored(tmp_path, place):
    matrix = np.ones((3, 3)) - np.eye(3)
    matrix[place] = 1 + 1e-15
    with pytest.raises(ValueError, match=r"must be symmetric|diagonal must be zero"):
        save_distances(tmp_path / "distances.safetensors", {"raw": matrix}, np.zeros(3))


def test_density_counts_every_eigenvalue_once():
    values = np.array([[0, 0.5, 1, 1, 1.5, 2], [0, 1 - 1e-9, 1, 2, np.nan, np.nan]])
    heights, ones = density(values)
    assert ones == pytest.approx(4 / 10)
    assert (heights * np.diff(bins())).sum() == pytest.approx(6 / 10)
    assert heights[0] * np.diff(bins())[0] == pytest.approx(2 / 10)  # the two zeros
    assert density(np.full((2, 3), np.nan))[1] == 0


def test_what_is_no_file_of_spectra_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*spectra\.safetensors"):
        load_spectra(tmp_path / "spectra.safetensors")
