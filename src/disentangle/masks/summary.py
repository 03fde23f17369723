"""What a wiring's masks look like in numbers: edges, densities and degrees of every layer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from disentangle.errors import InputError
from disentangle.graphs.graph import Graph
from disentangle.graphs.paths import depths, live
from disentangle.masks.graphs import graphs_of
from disentangle.masks.wiring import Wiring


def summarise(wiring: Wiring) -> list[dict[str, Any]]:
    """Rows of masks.csv, replicate by replicate and layer by layer.

    ``possible`` and ``edges`` count places and edges of the mask, ``density`` is their ratio; ``effective_edges`` are those
    that act (see `effective_edges`); ``effective_density`` is that of the weights (see `effective_density`);
    ``weight_values`` is the number of distinct weights of all places, the 0 of those without an edge included. But for
    ``effective_edges``, the ON and the OFF channel of a neuron are two places here. ``live_units`` and ``depth`` are those of
    the layer's units in the graph of the wiring (see `of_units`).

    Raises InputError when a mask does not have the shape of its weight, and as `graphs_of` does.
    """
    masks = _checked_masks(wiring)
    units = [of_units(graph) for graph in graphs_of(wiring)]
    effective = {layer: effective_edges(wiring, layer) for layer in masks}
    return [
        {
            "replicate": replicate,
            "layer": layer,
            "possible": mask[replicate].size,
            "edges": (edges := int(mask[replicate].sum())),
            "effective_edges": effective[layer][replicate],
            "density": edges / mask[replicate].size,
            "effective_density": effective_density(wiring.weights[layer][replicate]),
            "weight_values": len(np.unique(wiring.weights[layer][replicate])),
            **units[replicate].get(layer, {"live_units": None, "depth": None}),
        }
        for replicate in range(wiring.replicates)
        for layer, mask in masks.items()
    ]


def degrees(wiring: Wiring) -> dict[str, NDArray[np.int64]]:
    """Arrays of degrees.safetensors: ``<layer>.in_degree`` (replicate, out), of the first also ``.out_degree`` (replicate, in).

    Both count edges of the mask; those of a kernel (replicate, out, in, …) count over its places too.

    Raises InputError when a mask does not have the shape of its weight.
    """
    counts = {}
    for i, (layer, mask) in enumerate(_checked_masks(wiring).items()):
        by_channel = mask.reshape(*mask.shape[:3], -1).sum(axis=3)
        counts[f"{layer}.in_degree"] = by_channel.sum(axis=2)
        if i == 0:
            counts[f"{layer}.out_degree"] = by_channel.sum(axis=1)
    return counts


def of_units(graph: Graph) -> dict[str, dict[str, int]]:
    """Of each group of nodes that are no inputs: how many stand on a path from an input to an output, and how deep they are.

    ``depth`` is the number of edges on the longest path from an input to one of ``live_units`` or another unit of the group, 0
    where none leads there. A layer of a shortcut has no units of its own, and so no group.
    """
    alive, deep = live(graph), depths(graph).clip(min=0)
    return {
        group.name: {"live_units": int(alive[place].sum()), "depth": int(deep[place].max(initial=0))}
        for group, place in zip(graph.groups, graph.places, strict=True)
        if group.role != "input"
    }


def effective_edges(wiring: Wiring, layer: str) -> list[int]:
    """Edges of a layer that act, of each replicate: those of the mask, but for a first layer that reads x and -x.

    There a unit sees an input through the weight ON minus OFF alone: its two edges are one, or none where they are equal
    and cancel. In hidden layers they do not: relu(h) and relu(-h) are different signals.
    """
    acting = wiring.effective(layer) != 0 if wiring.cancels(layer) else wiring.masks[layer]
    counts: list[int] = acting.reshape(wiring.replicates, -1).sum(axis=1).tolist()
    return counts


def effective_density(weights: NDArray[Any]) -> float:
    """Participation ratio (sum |w|)^2 / (N sum w^2) of all N places of an array, in [0, 1]; 0 if every weight is 0.

    Equal weights give the density, Gaussian ones 2/pi of it: the density a 0/1 layer needs for the same bulk of its
    spectrum (our reconstruction: a mean-field argument, for units of many edges).
    """
    magnitude = np.abs(weights, dtype=np.float64)
    total = magnitude.sum()
    return float(total**2 / (magnitude.size * np.square(magnitude).sum())) if total > 0 else 0.0


def _checked_masks(wiring: Wiring) -> dict[str, NDArray[Any]]:
    for layer, weight in wiring.weights.items():
        if layer not in wiring.masks or wiring.masks[layer].shape != weight.shape:
            raise InputError(f"the mask of layer {layer} lacks or differs in shape from its weight; train the cell again.")
    return wiring.masks
