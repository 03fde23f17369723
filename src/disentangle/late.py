"""Modules loaded at their first use.

``import torch`` takes over a second, and Snakemake reads the settings of every family and network each time it starts. Their
files hold settings and tensor code together, so they take torch from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class Late:
    """Stands for a module; not registered in ``sys.modules``, where libraries that look for torch would wake it.

    What was asked for once is kept as an attribute of its own: quicker, and the compiler can see through it.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


if TYPE_CHECKING:
    import torch
else:
    torch = Late("torch")

__all__ = ["Late", "torch"]
