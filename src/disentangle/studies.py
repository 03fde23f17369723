"""What the figures of studies compare: families that differ in one setting, found in the cells of an experiment.

A study is there only where an experiment has something to compare; it names families by their labels, as plain values. Which
families a study may compare is said by their traits (`disentangle.families.base.Trait`), never by the name of a method.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from disentangle.cells import Cell
from disentangle.families.base import Trait

Families = dict[str, Cell]  # label: one of its cells


def studies(cells: Sequence[Cell]) -> dict[str, Any]:
    """The studies of these cells, by the name of their figure; `STUDIES` says what each holds."""
    return {name: found for name, study in STUDIES.items() if (found := study(cells))}


def hump(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``families`` that select among frozen weights at several densities; labels ``dense`` and ``random``, or None."""
    return _by_density(cells, [label for label in _with(cells, "selects") if _densities(cells, label) > 1])


def laperm_regimes(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``families`` that learn places, the first of each kind of starting values and way to learn; as `hump` for the rest."""
    reconnected = _with(cells, "reconnects")
    kinds = {label: repr((c.method, c.settings.get("values"), c.settings["learning"])) for label, c in reconnected.items()}
    first = {kind: label for label, kind in reversed(kinds.items())}
    return _by_density(cells, [label for label in reconnected if label in first.values()])


def laperm_period(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Groups that differ in nothing but a constant period: ``periods``, label -> period, and label ``dense``, or None."""
    constant = [c for c in _with(cells, "reconnects").values() if isinstance(c.settings.get("period"), int)]
    groups = [{cell.family: cell for cell in group} for group in _alike(constant, "period")]
    return [
        {"periods": {k: c.settings["period"] for k, c in group.items()}, "dense": _beside(cells, group)} for group in groups
    ]


def estimators(cells: Sequence[Cell]) -> list[dict[str, str]]:
    """Groups of weight-free families that differ in nothing but their estimator, each estimator -> label."""
    return [
        {cell.settings["estimator"]: cell.family for cell in group}
        for group in _alike(_with(cells, "gated").values(), "estimator")
    ]


def ablation(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The groups of `estimators`, if there are several or several networks learn them, with the ``dense`` of their channels."""
    groups = estimators(cells)
    if len({(cell.network, i) for cell in cells for i, group in enumerate(groups) if cell.family in group.values()}) < 2:
        return []
    return [{"estimators": group, "dense": _beside(cells, group.values())} for group in groups]


def density_steering(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``penalties``: groups that differ in nothing but their edge penalty, each label -> penalty.

    Labels of the families with an ``exact`` share of edges, of their ``rivals``, and ``dense``, or None.
    """
    penalties = [
        {cell.family: cell.settings["edge_penalty"] for cell in sorted(group, key=lambda c: c.settings["edge_penalty"])}
        for group in _alike(_with(cells, "gated").values(), "edge_penalty")
    ]
    exact = [*_with(cells, "exact_share")]
    if not penalties and all(_densities(cells, label) < 2 for label in exact):
        return None
    return {"penalties": penalties, "exact": exact, "rivals": [*_with(cells, "rival")], "dense": _dense(cells).get(False)}


def controls(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Controls by the family ``of`` whose masks they take: its ``dense``, and each label -> found_on, mask, values, trained."""
    groups: dict[str, dict[str, Any]] = {}
    what = ("found_on", "mask", "values", "trained")
    for cell in _families(cells).values():
        if cell.source and {"of", *what} <= cell.settings.keys():
            of = cell.settings["of"]
            group = groups.setdefault(of, {"of": of, "dense": _dense(cells).get(cell.settings["on_off"]), "controls": {}})
            group["controls"][cell.family] = {name: cell.settings[name] for name in what}
    return list(groups.values())


STUDIES: dict[str, Callable[[Sequence[Cell]], Any]] = {
    "hump": hump,
    "laperm_regimes": laperm_regimes,
    "laperm_period": laperm_period,
    "estimators": estimators,
    "ablation": ablation,
    "density_steering": density_steering,
    "controls": controls,
}


def _families(cells: Sequence[Cell]) -> Families:
    return {cell.family: cell for cell in cells}


def _with(cells: Sequence[Cell], trait: Trait) -> Families:
    """The families that have a trait."""
    return {label: cell for label, cell in _families(cells).items() if trait in cell.traits}


def _dense(cells: Sequence[Cell]) -> dict[bool, str]:
    """The first dense family without and with ON and OFF channels."""
    found = _with(cells, "baseline").values()
    return {cell.settings["on_off"]: cell.family for cell in reversed(found)}


def _beside(cells: Sequence[Cell], labels: Iterable[str]) -> str | None:
    """The dense family with the channels of the first of these labels."""
    return _dense(cells).get(_families(cells)[next(iter(labels))].settings["on_off"])


def _densities(cells: Sequence[Cell], label: str) -> int:
    return len({cell.density for cell in cells if cell.family == label})


def _by_density(cells: Sequence[Cell], labels: list[str]) -> dict[str, Any] | None:
    """Families to draw against their density, with what stands beside them."""
    random = next(iter(_with(cells, "untrained")), None)
    return {"families": labels, "dense": _dense(cells).get(False), "random": random} if labels else None


def _alike(cells: Iterable[Cell], setting: str) -> list[list[Cell]]:
    """Cells of one method whose other settings are the same, where at least two values of ``setting`` are among them."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        others = {name: value for name, value in cell.settings.items() if name != setting}
        if setting in cell.settings:
            groups.setdefault(repr((cell.method, sorted(others.items()))), []).append(cell)
    return [group for group in groups.values() if len({repr(cell.settings[setting]) for cell in group}) > 1]
