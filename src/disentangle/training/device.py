"""The device and its settings."""

import os
from typing import Any

import torch

from disentangle.errors import InputError, choose


def prepare_device(name: str, threads: int) -> torch.device:
    """The torch device, with deterministic kernels and that many CPU threads.

    Raises InputError when cuda is asked for and there is no GPU.
    """
    choose(name, ["cpu", "cuda"], "device")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device is 'cuda' but torch finds no GPU here; write device: cpu, or run on a machine with a GPU.")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms would import the compiler, a second a job
    torch.set_num_threads(threads)
    return torch.device(name)


def describe_device(device: torch.device) -> dict[str, Any]:
    """What a record says about the device."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return {
        "type": device.type,
        "name": name,
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }
