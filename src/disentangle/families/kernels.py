"""The tensor code that families share, loaded at its first use like torch itself."""

from typing import TYPE_CHECKING

from disentangle.late import Late

if TYPE_CHECKING:
    from disentangle.families import gates, initial
else:
    gates = Late("disentangle.families.gates")
    initial = Late("disentangle.families.initial")

__all__ = ["gates", "initial"]
