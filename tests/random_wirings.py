"""Random wirings and layered graphs to compute spectra of."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from disentangle.masks.wiring import Wiring
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp
from disentangle.spectra.laplacian import eigenvalues
from tests.random_graphs import joined, layered

SIZES = (30, 60, 40, 5)


def cohort(*layers, on_off=False):
    """A wiring of fully connected layers (replicate, out, in), those that read two channels ON before OFF."""
    weights = {f"hidden{i + 1}": np.asarray(layer, np.float32) for i, layer in enumerate(layers)}
    inputs, classes = layers[0].shape[2] // (2 if on_off is True else 1), layers[-1].shape[1]
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
    """Eigenvalues of one layered graph, isolated nodes left out."""
    values = eigenvalues(layered(*blocks))
    return values[~np.isnan(values)]


def as_networkx(blocks):
    """The same graph node by node, without isolated nodes."""
    return joined(
        ((layer, before), (layer + 1, unit), block[unit, before])
        for layer, block in enumerate(blocks)
        for unit, before in np.argwhere(block)
    )


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
