"""What a control starts from: masks and starting values that it takes from the networks of another cell."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from numpy.typing import NDArray
from torch import Tensor

from disentangle.cells import Cell
from disentangle.errors import InputError
from disentangle.families import Found, Frame, GradientFamily
from disentangle.families.kernels import initial
from disentangle.networks import Network
from disentangle.streams import STREAMS, torch_generator

Arrays = Mapping[str, NDArray[Any]]


class Trained(Protocol):
    """What is taken from: the `disentangle.masks.wiring.Wiring` of the other cell, arrays by layer (replicate, out, in, …)."""

    @property
    def network(self) -> Network:
        """The network, whose layers must be those of the control."""

    @property
    def weights(self) -> Arrays:
        """Effective weights."""

    @property
    def masks(self) -> Arrays:
        """Which edges exist."""

    @property
    def initial(self) -> Arrays:
        """Starting values; may lack layers."""


def take(cell: Cell, frame: Frame, wiring: Trained) -> Found:
    """Masks and starting values for the control ``cell`` from the ``wiring`` of its source, replicate by replicate.

    Kept values are the source's starting values; in a layer whose edges all have one weight, that weight at every place.
    Redrawn values come from a second start of the source's family, on a stream of their own; where that has no starting values,
    they are He-normal. If all weights of the source in a layer have one magnitude, only the signs of its starting values matter
    to it: then values of either kind get this magnitude and keep their signs.

    Raises InputError when the layers have other shapes, when there are no values to keep, and when an edge of the source has
    the starting value 0.
    """
    assert cell.parent
    ours, theirs = ({layer.name: layer.shape for layer in layers} for layers in (frame.layers, wiring.network.layers))
    if ours != theirs:
        name = next(name for name in ours | theirs if ours.get(name) != theirs.get(name))
        raise InputError(
            f"families.{cell.family}: layer {name} is {theirs.get(name)} in {cell.parent.path} but {ours.get(name)} on "
            f"{cell.dataset}; let its networks name those whose layers are the same on both."
        )
    masks = {name: torch.from_numpy(mask) for name, mask in wiring.masks.items()}
    if made := cell.parent.make_family():
        assert isinstance(made, GradientFamily)
        draws = [redrawn(made, frame, seed) for seed in cell.seeds]
        values = {layer: torch.stack([draw[layer] for draw in draws]) for layer in ours}
    else:
        values = {layer: kept(cell, wiring, layer) for layer in ours}
    values = {layer: as_scaled(value, wiring, layer) for layer, value in values.items()}
    if any((masks[layer] & (values[layer] == 0)).any() for layer in ours):
        raise InputError(
            f"families.{cell.family}: the edges of {cell.parent.path} are not those it started with, and have no starting "
            "values; write a family whose edges stay at their places."
        )
    return Found(masks, values)


def kept(cell: Cell, wiring: Trained, layer: str) -> Tensor:
    """Kept values of a layer (replicate, out, in, …).

    Raises InputError when the source has several weights in the layer and left no starting values.
    """
    weights, masks = torch.from_numpy(wiring.weights[layer]), torch.from_numpy(wiring.masks[layer])
    found = [weight[mask].unique() for weight, mask in zip(weights, masks, strict=True)]
    if all(len(different) < 2 for different in found):
        return torch.stack([torch.ones_like(weight) * one.sum() for weight, one in zip(weights, found, strict=True)])
    if layer in wiring.initial:
        return torch.from_numpy(wiring.initial[layer])
    assert cell.parent
    raise InputError(f"families.{cell.family}: {cell.parent.path} left no starting values to keep; write values: redrawn.")


def as_scaled(values: Tensor, wiring: Trained, layer: str) -> Tensor:
    """The signs of ``values`` times the magnitude of the source's weights, if they have only one (biprop, signed constants).

    Values are returned as they are if the weights have several magnitudes, or if the source has no starting values.
    """
    if layer not in wiring.initial:
        return values
    weights, masks = torch.from_numpy(wiring.weights[layer]), torch.from_numpy(wiring.masks[layer])
    found = [weight[mask].abs().unique() for weight, mask in zip(weights, masks, strict=True)]
    if any(len(magnitudes) != 1 for magnitudes in found):
        return values
    return torch.stack([value.sign() * magnitude for value, magnitude in zip(values, found, strict=True)])


def redrawn(made: GradientFamily, frame: Frame, seed: int) -> dict[str, Tensor]:
    """A second draw of a family's starting values, of one replicate, by layer."""

    def stream(name: str) -> torch.Generator:
        return torch_generator(seed, "redraw", STREAMS.index(name))

    normal = initial.each_layer("initial", frame.layers, initial.kaiming_normal, stream("init"))
    own = made.start(frame, stream).role("initial")
    return {layer.name: own.get(layer.name, normal[f"{layer.name}.initial"]) for layer in frame.layers}
