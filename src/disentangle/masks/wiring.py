"""The wiring of a trained cohort: enough to evaluate the networks without the code of their family."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.networks import Network, rebuild

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Wiring:
    """Per layer, leading axis the replicate: effective weights, masks, frozen starting values, latent variables; and
    normalisation statistics.

    All but ``statistics`` are keyed by layer and shaped (replicate, out, in, …); ``statistics`` is keyed ``<layer>.mean`` and
    ``<layer>.variance`` and shaped (replicate, out). ``initial`` and ``latent`` may lack layers, or all.
    """

    network: Network
    weights: Arrays
    masks: Arrays
    initial: Arrays
    statistics: Arrays
    latent: Arrays = field(default_factory=dict)

    @property
    def replicates(self) -> int:
        """Networks in the cohort."""
        return len(next(iter(self.weights.values())))

    def cancels(self, layer: str) -> bool:
        """Whether a unit's two edges from one input, ON and OFF, act as one: in a first layer that reads x and -x."""
        return self.network.reads_opposites and layer == next(iter(self.weights))

    def effective(self, layer: str) -> NDArray[np.float64]:
        """Weights of a layer as they act (replicate, out, in, …): where edges cancel, ON minus OFF, half as many inputs."""
        weight = self.weights[layer].astype(np.float64)
        if not self.cancels(layer):
            return weight
        on, off = np.split(weight, 2, axis=2)
        difference: NDArray[np.float64] = on - off
        return difference


def save_wiring(path: Path, wiring: Wiring) -> None:
    """Write ``<layer>.weight``, ``.mask``, ``.initial``, ``.latent``, ``.mean`` and ``.variance``.

    The header's ``network`` is the network's description as JSON.
    """
    roles = {"weight": wiring.weights, "mask": wiring.masks, "initial": wiring.initial, "latent": wiring.latent}
    arrays = {f"{layer}.{role}": array for role, layers in roles.items() for layer, array in layers.items()}
    save_arrays(path, arrays | wiring.statistics, {"network": json.dumps(wiring.network.describe())})


def load_wiring(path: Path) -> Wiring:
    """Read a wiring; needs no torch.

    Raises InputError when the file is missing or truncated.
    """
    arrays, header = load_arrays(path)
    network = rebuild(json.loads(header["network"]))

    def role(name: str) -> Arrays:
        return {x.name: arrays[f"{x.name}.{name}"] for x in network.layers if f"{x.name}.{name}" in arrays}

    statistics = {k: v for k, v in arrays.items() if k.endswith((".mean", ".variance"))}
    return Wiring(network, role("weight"), role("mask"), role("initial"), statistics, role("latent"))
