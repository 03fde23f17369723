"""Test accuracy of networks that only learn places: all starting values different, some of them 0, or all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disentangle.figures.comparing import by_density, with_trait
from disentangle.figures.hump import draw
from disentangle.pipeline.needs import Described, Setting, Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from disentangle.cells import Cell


def compared(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``families`` that learn places, the first of each kind of starting values and way to learn; the rest as `hump` has it."""
    reconnected = with_trait(cells, "reconnects")
    kinds = {label: repr((c.method, c.settings.get("values"), c.settings["learning"])) for label, c in reconnected.items()}
    first = {kind: label for label, kind in reversed(kinds.items())}
    return by_density(cells, [label for label in reconnected if label in first.values()])


DRAWING = Drawing(
    draw,
    "Test accuracy of LaPerm (Qiu & Suda 2020) against the share of starting values that are not 0: at density 1 "
    "every edge has a value of its own, below it places without an edge are learned too, and with one shared value "
    "nothing else is. Every network is evaluated with the values it started with. The dense network trained by Adam "
    "is the horizontal line, random weights under a random mask, never trained, the line near chance.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    chance=Described("largest_class"),
    study=Study(compared),
    confidence=Setting("statistics.confidence"),
)
