"""What figures compare: families that are alike but for one thing, found in the cells of an experiment, as plain values.

Which families are meant is said by their traits (`disentangle.families.base.Trait`), never by the name of a method.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from disentangle.cells import Cell
from disentangle.families.base import Trait
from disentangle.networks.activation import OnOff

Families = dict[str, Cell]


def families_of(cells: Sequence[Cell]) -> Families:
    """The families by their labels, each with one of its cells."""
    return {cell.family: cell for cell in cells}


def with_trait(cells: Sequence[Cell], trait: Trait) -> Families:
    """The families that have a trait."""
    return {label: cell for label, cell in families_of(cells).items() if trait in cell.traits}


def dense_of(cells: Sequence[Cell]) -> dict[OnOff, str]:
    """The first dense family of each kind of channels, by the setting ``on_off``."""
    found = with_trait(cells, "baseline").values()
    return {cell.settings["on_off"]: cell.family for cell in reversed(found)}


def dense_beside(cells: Sequence[Cell], labels: Iterable[str]) -> str | None:
    """The dense family with the channels of the first of these labels."""
    return dense_of(cells).get(families_of(cells)[next(iter(labels))].settings["on_off"])


def densities_of(cells: Sequence[Cell], label: str) -> int:
    """How many densities a family has."""
    return len({cell.density for cell in cells if cell.family == label})


def by_density(cells: Sequence[Cell], labels: list[str]) -> dict[str, Any] | None:
    """Families to draw against their density, with what stands beside them."""
    random = next(iter(with_trait(cells, "untrained")), None)
    return {"families": labels, "dense": dense_of(cells).get(False), "random": random} if labels else None


def alike(cells: Iterable[Cell], setting: str) -> list[list[Cell]]:
    """Cells of one method whose other settings are the same, where at least two values of ``setting`` are among them."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        others = {name: value for name, value in cell.settings.items() if name != setting}
        if setting in cell.settings:
            groups.setdefault(repr((cell.method, sorted(others.items()))), []).append(cell)
    return [group for group in groups.values() if len({repr(cell.settings[setting]) for cell in group}) > 1]
