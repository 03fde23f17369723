"""An independent evaluation of a wiring file: NumPy and docs/files.md, nothing of the package."""

import json

import numpy as np
from safetensors import safe_open


def accuracies(wiring_path, dataset_path, split="test"):
    """Accuracy of each replicate on a split, and the header's description of the network."""
    with safe_open(dataset_path, framework="np") as data:
        inputs, labels = data.get_tensor(f"{split}.inputs"), data.get_tensor(f"{split}.labels")
    with safe_open(wiring_path, framework="np") as wiring:
        network = json.loads(wiring.metadata()["network"])
        tensors = {name: wiring.get_tensor(name) for name in wiring.keys()}  # noqa: SIM118
    layers = [*(f"hidden{i + 1}" for i in range(len(network["settings"]["widths"]))), "output"]
    result = []
    for replicate in range(len(tensors["output.weight"])):
        h = inputs.reshape(len(inputs), -1).astype(np.float64)
        for depth, layer in enumerate(layers):
            if depth:
                h = np.concatenate([h.clip(0), (-h).clip(0)], axis=1) if network["on_off"] else h.clip(0)
            elif network["on_off"] is True:  # hidden: the first layer reads the inputs alone
                h = np.concatenate([h, -h], axis=1)
            weight, mean, variance = (tensors[f"{layer}.{part}"][replicate] for part in ("weight", "mean", "variance"))
            h = (h @ weight.astype(np.float64).T - mean) / np.sqrt(variance + 1e-5)
        result.append(float((h.argmax(1) == labels).mean()))
    return result, network


ACTIVATIONS = {
    "linear": lambda h: h,
    "relu": lambda h: np.maximum(h, 0),
    "-relu": lambda h: -np.maximum(h, 0),
    "tanh": np.tanh,
    "abs": np.abs,
}


def outputs_of_nodes(inputs, activations, edges, outputs):
    """What the last nodes of a graph give for ``inputs`` (image, input), node by node in the order of their numbers.

    The inputs are the first nodes; ``activations``, one a node; ``edges``, triples (source, target, weight).
    """
    into = {}
    for source, target, weight in edges:
        into.setdefault(int(target), []).append((int(source), float(weight)))
    values = list(inputs.T.astype(np.float64))
    for node in range(len(values), len(activations)):
        total = sum((weight * values[source] for source, weight in into.get(node, [])), np.zeros(len(inputs)))
        values.append(ACTIVATIONS[activations[node]](total))
    return np.stack(values[-outputs:], axis=1)
