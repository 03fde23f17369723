"""Modules loaded at their first use.

``import torch`` takes over a second. A family's file holds its settings and its tensor code together, and Snakemake reads
the settings of every family each time it starts, so families and networks take torch and the tensor kernels from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class _Late:
    """Stands for a module; not registered in ``sys.modules``, where libraries that look for torch would wake it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


if TYPE_CHECKING:
    import torch

    from disentangle.families import gates, initial
else:
    torch = _Late("torch")
    gates = _Late("disentangle.families.gates")
    initial = _Late("disentangle.families.initial")

__all__ = ["gates", "initial", "torch"]
