"""The device: its settings, the precision of the training on it, and how the host keeps from waiting for it."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, get_args

import torch
from torch import Tensor

from disentangle.config import Precision
from disentangle.errors import InputError, choose
from disentangle.training.allocator import keep_freed_memory


def prepare_device(name: str, threads: int) -> torch.device:
    """The torch device, with deterministic kernels and that many CPU threads; auto is for `planned_device` to settle.

    Float32 means float32: TensorFloat-32, which torch would use in convolutions, is off. Raises InputError when cuda is asked
    for and there is no GPU.
    """
    if choose(name, ("cpu", "cuda"), "device") == "cuda" and not torch.cuda.is_available():
        raise InputError("device is 'cuda' but torch finds no GPU here; write device: cpu, or run on a machine with a GPU.")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms would import the compiler, a second a job
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # would write all new memory twice
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_num_threads(threads)
    keep_freed_memory()
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """Precision of the forward passes in training; auto is bfloat16 on a GPU, which has units for it, else float32.

    Raises InputError for a name that is none of these.
    """
    choose(name, get_args(Precision), "precision")
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def describe_device(device: torch.device, precision: torch.dtype = torch.float32, compiled: bool = False) -> dict[str, Any]:
    """What a record says about the device and how it was used."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return {
        "type": device.type,
        "name": name,
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": str(precision).removeprefix("torch."),
        "compiled": compiled,
    }


def lower_precision(device: torch.device, precision: torch.dtype) -> AbstractContextManager[Any]:
    """Inside, matrix products and convolutions are computed in ``precision``; sums of normalisation stay in float32."""
    return nullcontext() if precision == torch.float32 else torch.autocast(device.type, precision)


def compile_network(logits: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The compiled function; no benchmark chooses its kernels, since it could choose others in the next run."""
    torch.use_deterministic_algorithms(True)  # tells the compiler, which `prepare_device` spares others the import of
    return torch.compile(logits, dynamic=False)


@contextmanager
def without_waiting(device: torch.device) -> Iterator[None]:
    """Inside, torch warns of an operation that makes the host wait for a GPU: a training that does is far slower, but right."""
    if device.type != "cuda":
        yield
        return
    warnings.filterwarnings("ignore", "Synchronization debug mode is a prototype")  # it may overlook some waits; no matter
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
