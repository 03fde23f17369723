"""What a control takes of the wiring that another cell left."""

import torch
from torch import Tensor

from disentangle.cells import Cell
from disentangle.errors import InputError
from disentangle.families import Family, Found, Frame
from disentangle.families.kernels import initial
from disentangle.masks.wiring import Wiring
from disentangle.streams import STREAMS, torch_generator


def take(cell: Cell, frame: Frame, wiring: Wiring) -> Found:
    """Masks and starting values for the control ``cell`` from the wiring of its source: replicate r takes replicate r's.

    Values that are kept are the wiring's ``initial``; of a layer whose edges all have one weight, that weight at every place.
    Values that are drawn again come from the source family's start, with the stream ``redraw`` in place of all others;
    He-normal ones where it leaves no ``initial``. Of either only the signs are taken where the source takes no more of them.

    Raises InputError when the layers have other shapes, when there is nothing to keep, and where the source starts without
    some edges that it ends with.
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


def kept(cell: Cell, wiring: Wiring, layer: str) -> Tensor:
    """The one weight of each replicate at every place (replicate, out, in, …), or starting values as the cell left them."""
    weights, masks = torch.from_numpy(wiring.weights[layer]), torch.from_numpy(wiring.masks[layer])
    found = [weight[mask].unique() for weight, mask in zip(weights, masks, strict=True)]
    if all(len(different) < 2 for different in found):
        return torch.stack([torch.ones_like(weight) * one.sum() for weight, one in zip(weights, found, strict=True)])
    if layer in wiring.initial:
        return torch.from_numpy(wiring.initial[layer])
    assert cell.parent
    raise InputError(f"families.{cell.family}: {cell.parent.path} left no starting values to keep; write values: redrawn.")


def as_scaled(values: Tensor, wiring: Wiring, layer: str) -> Tensor:
    """Starting values as the source scales them: their signs, where its edges have one magnitude (biprop, signed constants)."""
    if layer not in wiring.initial:
        return values
    weights, masks = torch.from_numpy(wiring.weights[layer]), torch.from_numpy(wiring.masks[layer])
    found = [weight[mask].abs().unique() for weight, mask in zip(weights, masks, strict=True)]
    if any(len(magnitudes) != 1 for magnitudes in found):
        return values
    return torch.stack([value.sign() * magnitude for value, magnitude in zip(values, found, strict=True)])


def redrawn(made: Family, frame: Frame, seed: int) -> dict[str, Tensor]:
    """A second draw of a family's starting values, of one replicate, by layer."""

    def stream(name: str) -> torch.Generator:
        return torch_generator(seed, "redraw", STREAMS.index(name))

    normal = initial.each_layer("initial", frame.layers, initial.kaiming_normal, stream("init"))
    own = made.start(frame, stream).role("initial")
    return {layer.name: own.get(layer.name, normal[f"{layer.name}.initial"]) for layer in frame.layers}
