"""Modules loaded at their first use.

``import torch`` takes over a second. A family's file holds its settings and its tensor code together, and Snakemake reads
the settings of every family each time it starts, so families take torch and the tensor kernels from here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from disentangle.families import gates, initial
else:
    import lazy_loader

    torch = lazy_loader.load("torch")
    gates = lazy_loader.load("disentangle.families.gates", suppress_warning=True)
    initial = lazy_loader.load("disentangle.families.initial", suppress_warning=True)

__all__ = ["gates", "initial", "torch"]
