"""The tensor code that families share, loaded at its first use like torch itself."""

from typing import TYPE_CHECKING

from disentangle.late import Late

if TYPE_CHECKING:
    from disentangle.families import gates, initial, reconnection, shuffles, top_share
else:
    gates = Late("disentangle.families.gates")
    initial = Late("disentangle.families.initial")
    reconnection = Late("disentangle.families.reconnection")
    shuffles = Late("disentangle.families.shuffles")
    top_share = Late("disentangle.families.top_share")

__all__ = ["gates", "initial", "reconnection", "shuffles", "top_share"]
