"""From spectra and their nulls to distances between networks."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import wasserstein_distance

from disentangle.errors import InputError
from disentangle.graphs.graph import Block
from disentangle.masks.graphs import graphs_of
from disentangle.masks.summary import effective_density
from disentangle.spectra.cell import cell_spectra
from disentangle.spectra.comparison import compare
from disentangle.spectra.density import bins, density
from disentangle.spectra.distance import floor, wasserstein
from disentangle.spectra.embedding import embed
from disentangle.spectra.laplacian import eigenvalues
from disentangle.spectra.matched import matched_distance, quantiles
from disentangle.spectra.null import places
from tests.random_graphs import layered
from tests.random_wirings import SIZES, cohort, draw_cohort, gaussian, ones


def weights(graph):
    return [block.weights for block in graph.blocks]


def test_null_deals_the_same_weights_and_follows_its_seed():
    graph = graphs_of(draw_cohort(0, 0.4, gaussian))[0]
    null = places(graph, seed=1, draw=0)
    assert null.groups == graph.groups
    for dealt, block in zip(weights(null), weights(graph), strict=True):
        assert dealt.shape == block.shape
        assert np.array_equal(np.sort(dealt, axis=None), np.sort(block, axis=None))
        assert effective_density(dealt) == pytest.approx(effective_density(block))
    same, other_draw, other_seed = places(graph, 1, 0), places(graph, 1, 1), places(graph, 2, 0)
    assert all(np.array_equal(a, b) for a, b in zip(weights(null), weights(same), strict=True))
    for other in (other_draw, other_seed):
        assert not any(np.array_equal(a, b) for a, b in zip(weights(null), weights(other), strict=True))


def test_null_uses_every_place_and_keeps_an_empty_layer_empty_and_a_fixed_one_as_it_is():
    sparse = np.zeros((4, 5))
    sparse[0] = 1
    graph = layered(sparse, np.zeros((2, 4)), np.zeros((5, 2)))
    graph = replace(graph, blocks=[*graph.blocks, Block(0, 3, np.eye(5), fixed=True)])
    draws = [weights(places(graph, 0, draw)) for draw in range(200)]
    share = np.mean([layers[0] for layers in draws], axis=0)
    assert share.min() > 0.12 and share.max() < 0.40  # 1/4 at every place, four standard errors
    assert not any(layers[1].any() or layers[2].any() for layers in draws)
    assert all(np.array_equal(layers[3], np.eye(5)) for layers in draws)


@pytest.mark.parametrize("density", [0.1, 0.5])
def test_weights_without_structure_are_as_near_their_null_as_the_null_to_itself(density):
    cell = cell_spectra(graphs_of(draw_cohort(5, density, gaussian)), [0, 1, 2], 8)
    spectra, nulls = ([row[~np.isnan(row)] for row in rows] for rows in (cell["magnitude"], cell["null"].reshape(24, -1)))
    to_null = np.mean([wasserstein([s, n])[0, 1] for i, s in enumerate(spectra) for n in nulls[8 * i : 8 * i + 8]])
    assert to_null < 1.5 * np.mean([floor(nulls[8 * i : 8 * i + 8]) for i in range(3)])


def test_cell_spectra_are_those_of_its_replicates_alone():
    wiring = draw_cohort(3, 0.1, gaussian)
    found = cell_spectra(graphs_of(wiring), [7, 8, 9], 4)
    nodes = sum(SIZES)
    assert [found[name].shape for name in ("magnitude", "edges", "null")] == [(3, nodes), (3, nodes), (3, 4, nodes)]
    alone = cell_spectra(graphs_of(wiring)[1:2], [8], 4)
    assert all(found[name][1] == pytest.approx(array[0], abs=1e-12, nan_ok=True) for name, array in alone.items())


@pytest.mark.parametrize(("seeds", "draws", "sentence"), [([0], 2, "1 seeds"), ([0, 1, 2], 1, "null_draws is 1")])
def test_seeds_and_draws_are_checked(seeds, draws, sentence):
    with pytest.raises(InputError, match=sentence):
        cell_spectra(graphs_of(draw_cohort(0, 0.5, ones)), seeds, draws)


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
    found = compare([cell_spectra(graphs_of(wiring), [0, 1, 2], 5) for wiring in (real, binary, equal)])
    groups = {name: found.distances[name].reshape(3, 3, 3, 3).mean(axis=(1, 3)) for name in ("raw", "matched")}
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
    assert low <= wasserstein([eigenvalues(graphs_of(wiring)[0]) for wiring in pair])[0, 1] <= high


def test_matrices_are_ordered_cell_by_cell_and_replicate_by_replicate():
    cells = [cell_spectra(graphs_of(draw_cohort(seed, 0.05, gaussian)), [0, 1, 2], 2) for seed in (0, 1)]
    found = compare(cells)
    rows = [row for cell in cells for row in cell["magnitude"]]
    present = [row[~np.isnan(row)] for row in rows]
    expected = squareform([wasserstein_distance(a, b) for i, a in enumerate(present) for b in present[i + 1 :]])
    np.testing.assert_allclose(found.distances["raw"], expected, atol=1e-12)
    assert found.isolated.tolist() == [np.isnan(row).sum() for row in rows] and found.isolated.any()
    edges = [row[~np.isnan(row)] for cell in cells for row in cell["edges"]]
    np.testing.assert_allclose(found.distances["edges"], wasserstein(edges))
    assert all(np.array_equal(found.maps[name], embed(matrix)) for name, matrix in found.distances.items())
    assert found.distances["matched"].shape == (6, 6) and found.floor.shape == (6,)


def test_one_network_alone():
    found = compare([cell_spectra(graphs_of(draw_cohort(0, 0.5, ones, replicates=1)), [0], 2)])
    assert found.distances["raw"].tolist() == found.distances["matched"].tolist() == [[0]]
    assert found.maps["raw"].tolist() == found.maps["matched"].tolist() == [[0, 0]]
    assert found.floor[0] > 0 and found.isolated.tolist() == [0]


def test_networks_of_unequal_size_are_compared_without_the_nodes_that_one_lacks():
    small, large = layered([[1.0, 0, 0]]), layered(np.ones((2, 3)), np.ones((4, 2)))
    large = replace(large, blocks=[*large.blocks, Block(0, 2, np.ones((4, 3)))])  # a skip connection: no mirror about 1
    cell = cell_spectra([small, large], [0, 1], 2)
    found = compare([cell])
    assert found.isolated.tolist() == [2, 0]
    apart = wasserstein_distance([0, 2], eigenvalues(large))
    np.testing.assert_allclose(found.distances["raw"], [[0, apart], [apart, 0]], atol=1e-12)
    heights, at_one = density(cell["magnitude"])
    assert (heights * np.diff(bins())).sum() + at_one == pytest.approx(1)
    assert heights[-1] * np.diff(bins())[-1] == pytest.approx(1 / 11)  # of 2 + 9 eigenvalues one is 2


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="no spectra"):
        compare([])
    with pytest.raises(InputError, match=r"networks \[1\] have no edges"):
        compare([cell_spectra(graphs_of(cohort(np.stack([np.ones((2, 3)), np.zeros((2, 3))]))), [0, 1], 2)])


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
