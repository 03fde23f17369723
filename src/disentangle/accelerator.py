"""Which code computes: some kernels have one way for the processor and another for an accelerator, beyond the library's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def accelerated(tensor: Tensor) -> bool:
    """Whether ``tensor`` lies on an accelerator; a tensor without data (device meta) does, so that tests can walk that way."""
    return tensor.device.type != "cpu"
