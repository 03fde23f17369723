"""What is done in one way for the processor and in another for an accelerator, beyond the library's own: kernels and copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def accelerated(tensor: Tensor) -> bool:
    """Whether ``tensor`` lies on an accelerator; a tensor without data (device meta) does, so that tests can walk that way."""
    return tensor.device.type != "cpu"


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """The CPU tensor on the device; a GPU copies it while the host goes on."""
    return (tensor.pin_memory() if device.type == "cuda" else tensor).to(device, non_blocking=True)
