"""Starting values: how weights, scores and random masks are drawn, layer by layer, from a stream."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

import torch
from torch import Generator, Tensor

from disentangle.networks import Layer

Draw = Callable[[Layer, Generator], Tensor]


def standard_normal(layer: Layer, generator: Generator) -> Tensor:
    """Normal with mean 0 and variance 1."""
    return torch.randn(layer.shape, generator=generator)


def kaiming_normal(layer: Layer, generator: Generator) -> Tensor:
    """Normal with variance 2 / fan_in (He et al. 2015, gain of ReLU)."""
    return standard_normal(layer, generator) * sqrt(2 / layer.fan_in)


def kaiming_uniform(layer: Layer, generator: Generator) -> Tensor:
    """Uniform in ±sqrt(6 / fan_in), whose variance is 2 / fan_in (He et al. 2015)."""
    return _uniform(layer, generator) * sqrt(6 / layer.fan_in)


def xavier_normal(layer: Layer, generator: Generator) -> Tensor:
    """Normal with variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010)."""
    return standard_normal(layer, generator) * sqrt(2 / (layer.fan_in + layer.fan_out))


def laplace(layer: Layer, generator: Generator) -> Tensor:
    """Laplace distributed with variance 2 / fan_in: an exponential of a fair sign."""
    magnitudes = torch.empty(layer.shape).exponential_(generator=generator)
    return magnitudes * _signs(layer, generator) * sqrt(1 / layer.fan_in)


def signed_constant(layer: Layer, generator: Generator) -> Tensor:
    """Plus or minus sqrt(2 / fan_in), a fair coin each (Ramanujan et al. 2020: signed Kaiming constant)."""
    return _signs(layer, generator) * sqrt(2 / layer.fan_in)


def xavier_constant(layer: Layer, generator: Generator) -> Tensor:
    """Plus or minus sqrt(2 / (fan_in + fan_out)), a fair coin each (Ramanujan et al. 2020, released code)."""
    return _signs(layer, generator) * sqrt(2 / (layer.fan_in + layer.fan_out))


def unsigned_constant(layer: Layer, generator: Generator) -> Tensor:
    """sqrt(2 / fan_in) everywhere (Ramanujan et al. 2020, released code)."""
    return torch.full(layer.shape, sqrt(2 / layer.fan_in))


def scores(layer: Layer, generator: Generator) -> Tensor:
    """Uniform in ±1 / sqrt(fan_in) (Ramanujan et al. 2020, released code: Kaiming uniform with a = sqrt 5)."""
    return _uniform(layer, generator) / sqrt(layer.fan_in)


def random_mask(layer: Layer, kept: int, generator: Generator) -> Tensor:
    """Exactly ``kept`` edges at uniformly random places."""
    mask = torch.zeros(layer.edges, dtype=torch.bool)
    mask[torch.randperm(layer.edges, generator=generator)[:kept]] = True
    return mask.view(layer.shape)


def each_layer(role: str, layers: Sequence[Layer], draw: Draw, generator: Generator) -> dict[str, Tensor]:
    """Draw one tensor for every layer, in order, from one generator; keyed ``<layer>.<role>``."""
    return {f"{layer.name}.{role}": draw(layer, generator) for layer in layers}


def random_masks(layers: Sequence[Layer], kept: Mapping[str, int], generator: Generator) -> dict[str, Tensor]:
    """A random mask with the given count for every layer; keyed ``<layer>.mask``."""
    return each_layer("mask", layers, lambda layer, g: random_mask(layer, kept[layer.name], g), generator)


def _signs(layer: Layer, generator: Generator) -> Tensor:
    return torch.randint(2, layer.shape, generator=generator) * 2.0 - 1.0


def _uniform(layer: Layer, generator: Generator) -> Tensor:
    """In ±1."""
    return torch.rand(layer.shape, generator=generator) * 2 - 1
