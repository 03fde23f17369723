"""What a family must keep to: checked before and after the training, so that a mistake in a new one is told in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from disentangle.errors import InputError, choose
from disentangle.families.abilities import ABILITIES, Apportions
from disentangle.families.base import Density, Family, GradientFamily, Trait
from disentangle.families.given import Frame, State
from disentangle.late import torch

if TYPE_CHECKING:
    from torch import Tensor


def check_class(kind: type[Family], place: str) -> None:
    """Refuse a class that misspells its density or a trait, lacks a method, or writes one of an ability that it does not list.

    Raises InputError that names ``place`` in the config, the class, and what to change.
    """
    name = kind.__name__
    choose(getattr(kind, "density", ""), get_args(Density), f"{place}: the density rule of class {name}")
    for trait in kind.traits:
        choose(trait, get_args(Trait), f"{place}: the trait of class {name}")
    for ability in ABILITIES:
        methods = sorted(ability.__abstractmethods__)
        if all(hasattr(kind, method) for method in methods) and not issubclass(kind, ability):
            raise InputError(
                f"{place}: {name}.{methods[0]} would never be called; "
                f"list {ability.__name__}, from families/abilities.py, among the bases of {name}."
            )
    if missing := sorted(kind.__abstractmethods__):
        raise InputError(f"{place}: class {name} lacks {', '.join(missing)}; write what its bases ask for.")


def check_tensors(
    family: GradientFamily, frame: Frame, weights: Mapping[str, Tensor], masks: Mapping[str, Tensor], replicates: int
) -> None:
    """Refuse weights or masks that lack a layer, have another shape or type, are not finite, or lie outside the mask.

    Raises InputError that names the family's class, the method and the layer.
    """
    name = type(family).__name__
    for method, tensors, dtype in (("weights", weights, torch.float32), ("masks", masks, torch.bool)):
        if list(tensors) != [layer.name for layer in frame.layers]:
            layers = ", ".join(layer.name for layer in frame.layers)
            raise InputError(
                f"{name}.{method} returns the layers {', '.join(tensors)}; it must return {layers}, in this order."
            )
        for layer in frame.layers:
            shape, found = (replicates, *layer.shape), tensors[layer.name]
            if tuple(found.shape) != shape or found.dtype != dtype:
                had = f"{tuple(found.shape)} of {found.dtype}"
                raise InputError(f"{name}.{method} gives layer {layer.name} as {had}; it must be {shape} of {dtype}.")
    for layer in frame.layers:
        weight, mask = weights[layer.name], masks[layer.name]
        if not weight.isfinite().all():
            raise InputError(
                f"a weight of layer {layer.name} of family {name} is not finite; see its start, or lower its learning rate."
            )
        if bool((weight * ~mask).any()):
            raise InputError(
                f"{name}.weights has weights outside {name}.masks in layer {layer.name}; multiply them by the mask."
            )


def check_values(family: GradientFamily, state: State, weights: Mapping[str, Tensor]) -> None:
    """Refuse a family that says it only moves values, and whose units do not have the values they started with.

    Raises InputError that names the layer.
    """
    if "reconnects" not in family.traits:
        return
    for layer, start in state.role("initial").items():
        now, then = (values.detach().flatten(2).sort(dim=2).values for values in (weights[layer], start))
        if not torch.equal(now, then):
            raise InputError(
                f"{type(family).__name__}.weights has other values in layer {layer} than its units started with; permute them "
                "within each unit, or leave the trait reconnects out."
            )


def check_trained(family: GradientFamily, state: State, weights: Mapping[str, Tensor]) -> None:
    """Refuse a family that trains but whose weights do not depend on its trained tensors.

    Raises InputError that says what to change.
    """
    name = type(family).__name__
    if not state.trained:
        raise InputError(f"{name}.start leaves nothing to train; put tensors under trained, or let {name}.rounds return 0.")
    if not any(weight.requires_grad for weight in weights.values()):
        raise InputError(f"{name}.weights does not depend on the trained tensors; keep the operations differentiable.")


def check_density(family: GradientFamily, frame: Frame, masks: Mapping[str, Tensor]) -> None:
    """Refuse finished masks that do not have the density asked for, give or take one edge a layer for rounding.

    Masks of a free density are not checked, nor are inherited ones, which were checked where they were found.

    Raises InputError that says both numbers.
    """
    if family.density in ("free", "inherited"):
        return
    kept = sum(mask.flatten(1).sum(1) for mask in masks.values())
    wanted = sum((family.kept(frame) if isinstance(family, Apportions) else frame.kept).values())
    assert isinstance(kept, torch.Tensor)
    if bool(((kept - wanted).abs() > len(frame.layers)).any()):
        raise InputError(
            f"{type(family).__name__} keeps {kept.tolist()} edges where its density {frame.density:g} asks for {wanted}; "
            "mend its masks, or let its density be free."
        )
