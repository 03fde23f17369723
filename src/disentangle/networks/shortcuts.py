"""What some networks have besides a chain of layers: shortcuts, which lead past layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disentangle.networks.layout import Layer

INPUTS = "inputs"
"""The source of what reads the inputs; all other sources and targets are names of layers, for their units."""


@dataclass(frozen=True)
class Shortcut:
    """What the units of ``target`` add, before their activation, of those of ``source``, a layer before it.

    Through the weights of ``layer``, or, without one, unit by unit as it is.
    """

    source: str
    target: str
    layer: str | None = None


class Bypasses(ABC):
    """An ability of a layout: its network has shortcuts.

    Every other layer reads the one before it. Who asks for shortcuts does so by ``isinstance``.
    """

    @abstractmethod
    def shortcuts(self, layers: Sequence[Layer]) -> tuple[Shortcut, ...]:
        """All of them; ``layers`` is the network's table, in which those of shortcuts are marked ``shortcut``."""
