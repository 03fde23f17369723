"""Individuals for tests: drawn, written by hand, and evaluated node by node."""

import numpy as np
from hypothesis import strategies as st
from scipy.special import expit, logsumexp

from disentangle.topology.edges import edges_of, ends
from disentangle.topology.genome import ACTIVATIONS, Population, start
from disentangle.topology.variation import DRAWS, offspring

FORMULAS = {
    "linear": lambda x: x,
    "sine": lambda x: np.sin(np.pi * np.fmod(x, 2)),
    "gaussian": lambda x: np.exp(-(x**2) / 2),
    "tanh": np.tanh,
    "sigmoid": expit,
    "negative": np.negative,
    "absolute": np.abs,
    "relu": lambda x: np.maximum(x, 0),
    "cosine": lambda x: np.cos(np.pi * np.fmod(x, 2)),
}


def by_hand(inputs, outputs, hidden, edges):
    """One individual: names of the activations of hidden nodes, and edges (source, target) by the numbers of nodes."""
    leaves = 1 + inputs
    direct = np.zeros((1, leaves, outputs), bool)
    grown = [(a, b) for a, b in edges if not (a < leaves and b < leaves + outputs)]
    for a, b in set(edges) - set(grown):
        direct[0, a, b - leaves] = True
    codes = np.array([ACTIVATIONS.index(name) for name in hidden], np.int8)
    sources, targets = np.array(grown, np.int32).reshape(-1, 2).T.copy()
    nodes, genes = np.array([0, len(hidden)]), np.array([0, len(grown)])
    return Population(direct, nodes, codes, genes, sources, targets, np.ones(len(grown), bool))


def evolved(seed, size, inputs, outputs, generations, enabled=0.5):
    """A population after random mutations of random parents."""
    generator = np.random.default_rng(seed)
    population = start(size, inputs, outputs, enabled, generator)
    for _ in range(generations):
        parents = generator.integers(size, size=size)
        population = offspring(population, edges_of(population), parents, generator.random((size, DRAWS)))
    return population


populations = st.builds(
    evolved,
    seed=st.integers(0, 2**32),
    size=st.integers(1, 5),
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 3),
    generations=st.integers(0, 40),
    enabled=st.sampled_from([0.0, 0.3, 1.0]),
)


def genes(population, i):
    """All genes of one individual, direct ones first: (source, target, on)."""
    leaves, outputs = population.leaves, population.outputs
    own = slice(population.genes[i], population.genes[i + 1])
    direct = [(a, leaves + b, bool(population.direct[i, a, b])) for a in range(leaves) for b in range(outputs)]
    grown = zip(
        population.sources[own].tolist(), population.targets[own].tolist(), population.enabled[own].tolist(), strict=True
    )
    return direct + list(grown)


def hidden(population, i):
    """Activations of the hidden nodes of one individual."""
    return population.activations[population.nodes[i] : population.nodes[i + 1]].tolist()


def slow_logits(individual, inputs, weights):
    """Logits (image, output) in float64 by recursion over the genes; ``weights`` is one number, or one for each edge."""
    edges = ends(individual).tolist()
    weight = dict(zip(map(tuple, edges), np.broadcast_to(weights, len(edges)).tolist(), strict=True))
    codes, leaves = hidden(individual, 0), individual.leaves
    known = {0: np.ones(len(inputs))} | {1 + k: inputs[:, k].astype(np.float64) for k in range(leaves - 1)}

    def activity(node):
        if node not in known:
            total = np.zeros(len(inputs))
            for source, target, on in genes(individual, 0):
                if on and target == node:
                    total = total + weight[source, target] * activity(source)
            code = codes[node - leaves - individual.outputs] if node >= leaves + individual.outputs else 0
            known[node] = FORMULAS[ACTIVATIONS[code]](total)
        return known[node]

    return np.stack([activity(leaves + k) for k in range(individual.outputs)], axis=1)


def slow_reward(individual, inputs, labels, value):
    """Minus the mean cross-entropy in float64."""
    logits = slow_logits(individual, inputs, value)
    return float(np.mean(logits[np.arange(len(labels)), labels] - logsumexp(logits, axis=1)))
