"""What the figures of studies compare: families that differ in one setting, found in the cells of an experiment.

A study is there only where an experiment has something to compare; what it compares is told by labels, as plain values.
"""

from collections.abc import Sequence
from typing import Any

from disentangle.cells import Cell
from disentangle.statistics import BASELINE

STUDIES = ("hump", "estimators", "ablation", "density_steering")
# Families that select among frozen weights.
SELECTING = ("edge_popup",)
# Families whose best edges are found at a density that the config chooses, beside the weight-free ones.
RIVALS = ("pruned", "edge_popup")


def studies(cells: Sequence[Cell]) -> dict[str, Any]:
    """The studies of these cells, by the name of their figure.

    ``hump``: labels of the families that select among frozen weights at several densities, and of the dense and the random
    family. ``estimators``: groups of weight-free families that differ in nothing but their estimator, each estimator ->
    label. ``ablation``: such groups, where there are several or several networks learn them, each with the label of the
    dense family of the same channels. ``density_steering``: groups that differ in nothing but their edge penalty, each label
    -> penalty; labels of the families with an exact share of edges, and of their rivals; and of the dense family.
    """
    families = {cell.family: cell for cell in cells}
    free = [cell for cell in families.values() if cell.method == "weight_free"]
    groups = [{cell.settings["estimator"]: cell.family for cell in group} for group in _alike(free, "estimator")]
    penalised = [
        {cell.family: cell.settings["edge_penalty"] for cell in sorted(group, key=lambda c: c.settings["edge_penalty"])}
        for group in _alike(free, "edge_penalty")
    ]
    exact = [label for label, cell in families.items() if cell.method == "weight_free_top_share"]
    dense = {cell.settings["on_off"]: label for label, cell in families.items() if cell.method == BASELINE}
    selecting = [label for label, cell in families.items() if cell.method in SELECTING]
    found: dict[str, Any] = {}
    if several := [label for label in selecting if len({cell.density for cell in cells if cell.family == label}) > 1]:
        random = next((label for label, cell in families.items() if cell.method == "random"), None)
        found["hump"] = {"families": several, "dense": dense.get(False), "random": random}
    if groups:
        found["estimators"] = groups
    if len({(cell.network, i) for cell in cells for i, group in enumerate(groups) if cell.family in group.values()}) > 1:
        found["ablation"] = [
            {"estimators": group, "dense": dense.get(families[next(iter(group.values()))].settings["on_off"])}
            for group in groups
        ]
    if penalised or any(len({cell.density for cell in cells if cell.family == label}) > 1 for label in exact):
        rivals = [label for label, cell in families.items() if cell.method in RIVALS]
        found["density_steering"] = {
            "penalties": penalised,
            "exact": exact,
            "rivals": rivals,
            "dense": dense.get(False),
        }
    return found


def _alike(cells: Sequence[Cell], setting: str) -> list[list[Cell]]:
    """Cells whose other settings are the same, where at least two values of ``setting`` are among them."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        others = {name: value for name, value in cell.settings.items() if name != setting}
        groups.setdefault(repr(sorted(others.items())), []).append(cell)
    return [group for group in groups.values() if len({repr(cell.settings[setting]) for cell in group}) > 1]
