"""Histograms of weights."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from disentangle.masks.histograms import edges, histograms
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp


def of(weights):
    """Counts and zeros of a layer with these weights (replicate, out, in)."""
    masks = {"hidden1": weights != 0}
    found = histograms(Wiring(Network("mlp", Mlp(widths=[3]), (4,), 2), {"hidden1": weights}, masks, {}, {}))
    return found["hidden1.counts"], found["hidden1.zeros"]


def bin_of(value):
    return int(np.searchsorted(edges(), value)) - 1


def test_constants_fall_at_one_root_mean_square_whatever_their_size_and_density():
    signs = np.random.default_rng(0).choice([-1, 0, 0, 1], (3, 20, 30)).astype(np.float32)
    counts, zeros = of(signs * np.float32([0.01, 1.7, 300])[:, None, None])
    assert np.array_equal(counts[:, bin_of(1)], (signs == 1).sum(axis=(1, 2)))
    assert np.array_equal(counts[:, bin_of(-1)], (signs == -1).sum(axis=(1, 2)))
    assert np.array_equal(zeros, (signs == 0).sum(axis=(1, 2)))
    assert np.array_equal(counts.sum(axis=1) + zeros, [600] * 3)


def test_normal_weights_have_the_normal_shape():
    weights = np.random.default_rng(0).normal(0, 0.2, (1, 400, 500)).astype(np.float32)
    counts, _ = of(weights)
    middles = (edges()[:-1] + edges()[1:]) / 2
    expected = np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi) * np.diff(edges()) * weights.size
    inside = np.abs(middles) < 2
    assert np.abs(counts[0, inside] / expected[inside] - 1).max() < 0.08


def test_what_lies_far_out_is_counted_at_the_ends():
    weights = np.full((1, 40, 50), 0.01, np.float32)
    weights[0, 0, :3] = 5, -5, -5
    counts, _ = of(weights)
    assert (counts[0, 0], counts[0, -1]) == (2, 1)


@given(arrays.arrays(np.float32, (2, 3, 4), elements=st.floats(-8, 8, width=16).filter(lambda w: w == 0 or abs(w) > 1e-3)))
def test_every_place_is_counted_once_and_signs_mirror(weights):
    counts, zeros = of(weights)
    assert np.array_equal(counts.sum(axis=1) + zeros, [12, 12])
    assert np.array_equal(zeros, (weights == 0).sum(axis=(1, 2)))
    mirrored, _ = of(-weights)
    assert np.array_equal(mirrored.sum(axis=1), counts.sum(axis=1))
