"""The obvious way to evaluate a searched network, that of the released code: a matrix of all its nodes, and a column a node."""

import numpy as np

from disentangle.topology.edges import edges_of, ends
from disentangle.topology.genome import Population

FUNCTIONS = (
    lambda x: x,
    lambda x: np.sin(np.pi * x),
    lambda x: np.exp(-x * x / 2),
    np.tanh,
    lambda x: (np.tanh(x / 2) + 1) / 2,
    np.negative,
    np.abs,
    lambda x: np.maximum(0, x),
    lambda x: np.cos(np.pi * x),
)


def rewards(individual: Population, inputs: np.ndarray, labels: np.ndarray, values: tuple[float, ...]) -> list[float]:
    """Minus the mean cross-entropy at each shared weight."""
    leaves, outputs = individual.leaves, individual.outputs
    order = np.argsort(edges_of(individual).layers, kind="stable")
    codes = np.concatenate([np.zeros(outputs, np.int8), individual.activations])
    total = leaves + len(codes)
    weights = np.zeros((total, total))
    weights[tuple(ends(individual).T)] = 1
    found = []
    for value in values:
        activity = np.zeros((len(inputs), total))
        activity[:, 0], activity[:, 1:leaves] = 1, inputs
        for node in order:
            activity[:, leaves + node] = FUNCTIONS[codes[node]](activity @ (value * weights[:, leaves + node]))
        logits = activity[:, leaves : leaves + outputs]
        logits = logits - logits.max(1, keepdims=True)
        found.append(float((logits[np.arange(len(labels)), labels] - np.log(np.exp(logits).sum(1))).mean()))
    return found
