"""Modules loaded at their first use.

``import torch`` takes over a second, and matplotlib, pandas and scipy a second more. Snakemake reads the settings of every
family and network and what every figure and claim asks for each time it starts, and their files hold that and the code that
computes together, so they take these modules from here.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any


class Late:
    """Stands for a module; not registered in ``sys.modules``, where libraries that look for torch would wake it.

    What was asked for once is kept as an attribute of its own: quicker, and the compiler can see through it. A submodule that
    nobody has imported yet is imported, as in ``mpl.lines.Line2D``.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        module = import_module(self._name)
        if not hasattr(module, attribute):
            _import_submodule(f"{self._name}.{attribute}")
        value = getattr(module, attribute)
        setattr(self, attribute, value)
        return value


@cache
def load(address: str) -> Any:
    """What stands at an address, module:name, of a registry."""
    module, name = address.split(":")
    return getattr(import_module(module), name)


def _import_submodule(name: str) -> None:
    """Import it where there is such a module."""
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise


if TYPE_CHECKING:
    import matplotlib as mpl
    import matplotlib.style  # noqa: F401 - the one submodule in use that mypy does not find by itself
    import numpy as np
    import pandas as pd
    import scipy
    import tabulate
    import torch
    import yaml
else:
    mpl = Late("matplotlib")
    np = Late("numpy")
    pd = Late("pandas")
    scipy = Late("scipy")
    tabulate = Late("tabulate")
    torch = Late("torch")
    yaml = Late("yaml")

__all__ = ["Late", "load", "mpl", "np", "pd", "scipy", "tabulate", "torch", "yaml"]
