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
