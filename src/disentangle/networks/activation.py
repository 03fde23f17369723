"""What a unit makes of its pre-activation: one channel to the next layer, or with ON and OFF channels two.

A {0, 1} network has only positive weights, so what inhibits has to come from its normalisation or from here; with ON and OFF
channels of its inputs, its first layer is in effect {-1, 0, +1}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from disentangle.errors import InputError
from disentangle.late import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Activate = Callable[[Tensor], Tensor]

OnOff = Literal[False, True, "hidden"]
"""What has ON and OFF channels: nothing, inputs and hidden units, or hidden units alone."""


def _relu(h: Tensor) -> Tensor:
    return torch.relu(h)


def _tanh(h: Tensor) -> Tensor:
    return torch.tanh(h)


def _abs(h: Tensor) -> Tensor:
    return torch.abs(h)


def _alternating(h: Tensor) -> Tensor:
    """+relu(h) of even units or channels, which excite, and -relu(h) of odd ones, which inhibit.

    Dale's principle: a unit does one or the other to all that it feeds (our reconstruction).
    """
    axis = _units(h)
    signs = torch.ones(h.shape[axis], dtype=h.dtype, device=h.device)
    signs[1::2] = -1
    return torch.relu(h) * signs.view([-1 if a == axis else 1 for a in range(h.dim())])


ACTIVATIONS: dict[str, Activate] = {"relu": _relu, "tanh": _tanh, "abs": _abs, "alternating": _alternating}

# Activations that have no ON and OFF channels, and why.
ONE_CHANNEL = {
    "abs": "|h| and |-h| are the same",
    "alternating": "a unit that only excites or only inhibits has no channel for the other",
}


def activation(name: str, on_off: OnOff) -> Activate:
    """The activation of that name; with ``on_off`` it gives a(h) and a(-h), one block after the other along the units.

    It takes pre-activations of fully connected layers (replicate, unit, image) or of convolutional ones (image, replicate,
    channel, height, width). Raises InputError for an activation whose two channels would make no sense.
    """
    single = ACTIVATIONS[name]
    if not on_off:
        return single
    if name in ONE_CHANNEL:
        raise InputError(
            f"activation {name} takes no ON and OFF channels ({ONE_CHANNEL[name]}); choose another activation, "
            "leave on_off out, or keep the family to other networks by its setting networks."
        )

    def on_and_off(h: Tensor) -> Tensor:
        return torch.cat([single(h), single(-h)], dim=_units(h))

    return on_and_off


def _units(h: Tensor) -> int:
    """The axis of units or channels."""
    return 1 if h.dim() == 3 else 2
