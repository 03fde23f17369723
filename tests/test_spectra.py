"""From wirings to spectra, and from spectra to distances between networks."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from math import ceil

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import wasserstein_distance

from disentangle.errors import InputError
from disentangle.masks.summary import effective_density
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp
from disentangle.spectra.cell import cell_spectra
from disentangle.spectra.comparison import compare
from disentangle.spectra.distance import floor, matched_distance, quantiles, wasserstein
from disentangle.spectra.embedding import embed
from disentangle.spectra.graph import adjacency
from disentangle.spectra.laplacian import eigenvalues
from disentangle.spectra.null import draw_null

SIZES = (30, 60, 40, 5)


def cohort(*layers, on_off=False):
    """A wiring of fully connected layers (replicate, out, in)."""
    weights = {f"hidden{i + 1}": np.asarray(layer, np.float32) for i, layer in enumerate(layers)}
    inputs, classes = layers[0].shape[2] // (2 if on_off else 1), layers[-1].shape[1]
    network = Network("mlp", Mlp(widths=[layer.shape[1] for layer in layers[:-1]]), (inputs,), classes, on_off)
    return Wiring(network, weights, {name: weight != 0 for name, weight in weights.items()}, {}, {})


def draw_cohort(seed, density, values, replicates=3, sizes=SIZES):
    """Networks whose masks have exactly this density and whose weights are ``values(generator, shape)``."""
    generator = np.random.default_rng(seed)
    layers = []
    for before, units in pairwise(sizes):
        shape = (replicates, units, before)
        order = generator.random(shape).reshape(replicates, -1).argsort(axis=1).reshape(shape)
        layers.append(values(generator, shape) * (order < round(density * units * before)))
    return cohort(*layers)


def gaussian(generator, shape):
    return generator.normal(size=shape)


def ones(_, shape):
    return np.ones(shape)


def spectrum(*blocks):
    """Eigenvalues of one graph, isolated nodes left out."""
    values = eigenvalues([np.asarray(block, float)[None] for block in blocks])[0]
    return values[~np.isnan(values)]


def as_networkx(blocks):
    """The same graph node by node, without isolated nodes."""
    graph = nx.Graph()
    for layer, block in enumerate(blocks):
        for unit, before in np.argwhere(block):
            graph.add_edge((layer, before), (layer + 1, unit), weight=block[unit, before])
    return graph


def full_spectrum(graph, weight="weight"):
    return np.linalg.eigvalsh(nx.normalized_laplacian_matrix(graph, weight=weight).toarray())


@st.composite
def layered_graphs(draw):
    """Blocks of small graphs of two to five layers with an edge or more, real-valued or 0/1, whole or in pieces."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density, real = draw(st.floats(0.05, 1)), draw(st.booleans())
    shapes = [(units, before) for before, units in pairwise(sizes)]
    blocks = [(generator.random(s) < density) * (generator.exponential(size=s) if real else 1.0) for s in shapes]
    blocks[0][0, 0] = 1
    return blocks


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


def test_graphs_in_a_stack_are_apart_and_padded_for_isolated_nodes():
    stack = np.zeros((3, 2, 3))
    stack[0], stack[1, 0, :2] = 1, 1
    found = eigenvalues([stack])
    np.testing.assert_allclose(found[0], [0, 1, 1, 1, 2], atol=1e-12)
    np.testing.assert_allclose(found[1], [0, 1, 2, np.nan, np.nan], atol=1e-12)
    assert np.isnan(found[2]).all()


def test_sign_is_dropped_and_on_and_off_channels_fold():
    on_off = np.array([[[1.0, 0, 2, 3, 0, 0], [0, 0, -1, 0, 0, 4]]])
    (block,) = adjacency(cohort(on_off, on_off=True))
    assert block.tolist() == [[[4, 0, 2], [0, 0, 5]]]
    assert np.array_equal(adjacency(cohort(on_off))[0], np.abs(on_off))


def test_spectra_of_folded_channels_are_those_of_the_graph_built_by_hand():
    hidden = np.array([[[1, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1]]])  # reads ON 0 1 2, OFF 0 1 2
    output = np.array([[[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]])
    found = cell_spectra(cohort(hidden, output, on_off=True), [0], 2)
    graph = nx.Graph()
    graph.add_weighted_edges_from([("i0", "h0", 2), ("i1", "h0", 1), ("i1", "h1", 1), ("i2", "h1", 1)])
    graph.add_weighted_edges_from([("h0", "o0", 2), ("h1", "o1", 1), ("h1", "o2", 1)])
    for kind, weight in (("magnitude", "weight"), ("edges", None)):
        np.testing.assert_allclose(found[kind][0], full_spectrum(graph, weight), atol=1e-10)


def test_wirings_that_are_no_layered_graph_are_refused():
    layer = np.ones((1, 2, 3))
    with pytest.raises(InputError, match="layer hidden1 has kernels"):
        adjacency(cohort(np.ones((1, 2, 3, 3, 3))))
    with pytest.raises(InputError, match="layer hidden2 has a weight that is not finite"):
        adjacency(cohort(layer, layer * np.nan))
    with pytest.raises(InputError, match="layer hidden2 reads 3 neurons but 2 come before it"):
        adjacency(cohort(layer, layer))


def test_null_deals_the_same_weights_and_follows_its_seed():
    blocks = [block[0] for block in adjacency(draw_cohort(0, 0.4, gaussian))]
    null = draw_null(blocks, seed=1, draw=0)
    for dealt, block in zip(null, blocks, strict=True):
        assert dealt.shape == block.shape
        assert np.array_equal(np.sort(dealt, axis=None), np.sort(block, axis=None))
        assert effective_density(dealt) == pytest.approx(effective_density(block))
    same, other_draw, other_seed = draw_null(blocks, 1, 0), draw_null(blocks, 1, 1), draw_null(blocks, 2, 0)
    assert all(np.array_equal(a, b) for a, b in zip(null, same, strict=True))
    assert not any(np.array_equal(a, b) for other in (other_draw, other_seed) for a, b in zip(null, other, strict=True))


def test_null_uses_every_place_and_keeps_an_empty_layer_empty():
    sparse = np.zeros((4, 5))
    sparse[0] = 1
    draws = [draw_null([sparse, np.zeros((2, 4))], 0, draw) for draw in range(200)]
    share = np.mean([layers[0] for layers in draws], axis=0)
    assert share.min() > 0.12 and share.max() < 0.40  # 1/4 at every place, four standard errors
    assert not any(layers[1].any() for layers in draws)


@pytest.mark.parametrize("density", [0.1, 0.5])
def test_weights_without_structure_are_as_near_their_null_as_the_null_to_itself(density):
    cell = cell_spectra(draw_cohort(5, density, gaussian), [0, 1, 2], 8)
    spectra, nulls = ([row[~np.isnan(row)] for row in rows] for rows in (cell["magnitude"], cell["null"].reshape(24, -1)))
    to_null = np.mean([wasserstein([s, n])[0, 1] for i, s in enumerate(spectra) for n in nulls[8 * i : 8 * i + 8]])
    assert to_null < 1.5 * np.mean([floor(nulls[8 * i : 8 * i + 8]) for i in range(3)])


def test_cell_spectra_are_those_of_its_replicates_alone():
    wiring = draw_cohort(3, 0.1, gaussian)
    found = cell_spectra(wiring, [7, 8, 9], 4)
    nodes = sum(SIZES)
    assert [found[name].shape for name in ("magnitude", "edges", "null")] == [(3, nodes), (3, nodes), (3, 4, nodes)]
    alone = cell_spectra(cohort(*(weight[1:2] for weight in wiring.weights.values())), [8], 4)
    assert all(found[name][1] == pytest.approx(array[0], abs=1e-12, nan_ok=True) for name, array in alone.items())


@pytest.mark.parametrize(("seeds", "draws", "sentence"), [([0], 2, "1 seeds"), ([0, 1, 2], 1, "null_draws is 1")])
def test_seeds_and_draws_are_checked(seeds, draws, sentence):
    with pytest.raises(InputError, match=sentence):
        cell_spectra(draw_cohort(0, 0.5, ones), seeds, draws)


spectra_ = st.lists(st.floats(0, 2), min_size=1, max_size=30).map(np.array)


@given(st.lists(spectra_, min_size=3, max_size=3))
def test_wasserstein_is_a_metric(three):
    distance = wasserstein(three)
    assert np.array_equal(distance, distance.T) and not distance.diagonal().any()
    assert distance[0, 2] <= distance[0, 1] + distance[1, 2] + 1e-12
    assert wasserstein([three[0], np.repeat(three[0], 3)])[0, 1] == pytest.approx(0, abs=1e-12)
    assert wasserstein([three[0], three[0] + 0.5])[0, 1] == pytest.approx(0.5)


@settings(max_examples=30)
@given(st.lists(spectra_, min_size=2, max_size=4))
def test_matched_distance_is_wasserstein_where_nulls_agree_and_zero_on_the_null(some):
    same_null = [[np.array([1.0]), np.array([0.5, 1.5])]] * len(some)
    np.testing.assert_allclose(matched_distance(some, same_null), wasserstein(some), atol=1e-4)
    assert matched_distance(some, [[s, s] for s in some]).max() < 1e-12


@given(spectra_, st.integers(1, 50))
def test_quantiles_are_steps_of_the_eigenvalues(spectrum, points):
    levels = [(i + Fraction(1, 2)) / points for i in range(points)]
    expected = [sorted(spectrum)[ceil(len(spectrum) * level) - 1] for level in levels]
    assert quantiles(spectrum, points).tolist() == expected


def test_floor_is_the_mean_over_pairs_of_draws():
    assert floor([np.array([0.0]), np.array([1.0]), np.array([4.0])]) == pytest.approx((1 + 4 + 3) / 3)


def test_effective_density_explains_what_sets_dense_weights_apart_from_dense_ones():
    """The confound: Gaussian weights are far from equal ones and next to a 0/1 graph of density 2/pi."""
    real, binary, equal = draw_cohort(1, 1, gaussian), draw_cohort(2, 2 / np.pi, ones), draw_cohort(3, 1, ones)
    found = compare([cell_spectra(wiring, [0, 1, 2], 5) for wiring in (real, binary, equal)])
    groups = {name: getattr(found, name).reshape(3, 3, 3, 3).mean(axis=(1, 3)) for name in ("raw", "matched")}
    noise = found.floor[:6].mean()
    assert groups["raw"][0, 2] > 20 * noise
    assert max(groups["raw"][0, 1], groups["matched"][0, 1], groups["matched"][0, 2]) < 2 * noise


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((0.1, ones), (0.3, ones), 0.040, 0.044),
        ((0.3, ones), (0.3, gaussian), 0.011, 0.015),
        ((1, ones), (1, gaussian), 0.019, 0.023),
        ((0.3, ones), (0.471, gaussian), 0, 0.0004),
        ((2 / np.pi, ones), (1, gaussian), 0, 0.0004),
    ],
)
def test_distances_of_random_mlps_are_those_of_our_notes(one, other, low, high):
    """The Monte Carlo values of the 784-300-100-10 network in methods.md, section E.3.3."""
    pair = [draw_cohort(seed, *kind, 1, (784, 300, 100, 10)) for seed, kind in enumerate((one, other))]
    assert low <= wasserstein([spectrum(*(block[0] for block in adjacency(wiring))) for wiring in pair])[0, 1] <= high


def test_matrices_are_ordered_cell_by_cell_and_replicate_by_replicate():
    cells = [cell_spectra(draw_cohort(seed, 0.05, gaussian), [0, 1, 2], 2) for seed in (0, 1)]
    found = compare(cells)
    rows = [row for cell in cells for row in cell["magnitude"]]
    present = [row[~np.isnan(row)] for row in rows]
    expected = squareform([wasserstein_distance(a, b) for i, a in enumerate(present) for b in present[i + 1 :]])
    np.testing.assert_allclose(found.raw, expected, atol=1e-12)
    assert found.isolated.tolist() == [np.isnan(row).sum() for row in rows] and found.isolated.any()
    edges = [row[~np.isnan(row)] for cell in cells for row in cell["edges"]]
    np.testing.assert_allclose(found.edges, wasserstein(edges))
    assert np.array_equal(found.raw_xy, embed(found.raw)) and np.array_equal(found.matched_xy, embed(found.matched))
    assert found.matched.shape == (6, 6) and found.floor.shape == (6,)


def test_one_network_alone():
    found = compare([cell_spectra(draw_cohort(0, 0.5, ones, replicates=1), [0], 2)])
    assert found.raw.tolist() == found.matched.tolist() == [[0]]
    assert found.raw_xy.tolist() == found.matched_xy.tolist() == [[0, 0]]
    assert found.floor[0] > 0 and found.isolated.tolist() == [0]


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="no spectra"):
        compare([])
    with pytest.raises(InputError, match=r"networks \[1\] have no edges"):
        compare([cell_spectra(cohort(np.stack([np.ones((2, 3)), np.zeros((2, 3))])), [0, 1], 2)])


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_map_of_points_in_the_plane_keeps_their_distances(points, seed):
    plane = np.random.default_rng(seed).normal(size=(points, 2))
    distances = squareform(pdist(plane)) if points > 1 else np.zeros((1, 1))
    np.testing.assert_allclose(pdist(embed(distances)), pdist(plane), atol=1e-6)
    np.testing.assert_array_equal(embed(distances), embed(distances))


def test_map_points_the_same_way_whatever_the_rounding():
    line = np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0)))
    np.testing.assert_allclose(embed(line), [[1, 0], [0, 0], [-1, 0]], atol=1e-7)
    np.testing.assert_allclose(embed(line * (1 + 1e-12)), embed(line), atol=1e-6)


def test_neither_job_loads_torch_or_pandas():
    heavy = ("torch._C", "pandas", "scipy.stats")
    code = f"import disentangle.spectra.{{}}, sys; print([m for m in {heavy} if m in sys.modules])"
    told = [subprocess.check_output([sys.executable, "-c", code.format(m)], text=True) for m in ("cell", "comparison")]
    assert [text.strip() for text in told] == ["[]", "['scipy.stats']"]
