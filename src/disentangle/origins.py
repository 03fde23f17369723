"""Controls start from what another cell found: which cell that is, and whether the experiment has it."""

from typing import Any

from pydantic import Field

from disentangle.config import Experiment, Strict
from disentangle.errors import InputError, choose
from disentangle.families import Family, GradientFamily, Origin, family
from disentangle.families.abilities import Adopts


class Parent(Strict):
    """The cell that a control starts from, and, where starting values are drawn again, the family that draws them."""

    path: str
    method: str | None = None
    settings: dict[str, Any] = Field({})

    def make_family(self) -> Family | None:
        """The family that draws starting values again, with its settings; None where they are kept."""
        return family(self.method, self.settings, f"the family of {self.path}") if self.method else None


def family_of(experiment: Experiment, label: str) -> Family:
    """The family of a label, with its settings."""
    entry = experiment.families[label]
    return family(entry.family or label, entry.settings, f"families.{label}")


def origin_of(experiment: Experiment, label: str) -> Origin | None:
    """Whose masks the family of this label takes; None for one that finds its own.

    Raises InputError for a label that does not exist, and for a family whose masks no control can take.
    """
    made, place = family_of(experiment, label), f"families.{label}"
    if not (isinstance(made, Adopts) and isinstance(made, GradientFamily)):
        return None
    origin = made.origin
    theirs = family_of(experiment, choose(origin.of, list(experiment.families), f"{place}.of: family"))
    if isinstance(theirs, Adopts):
        raise InputError(f"{place}.of: {origin.of} is a control itself; write a family that finds masks of its own.")
    if not isinstance(theirs, GradientFamily):
        raise InputError(f"{place}.of: {origin.of} has no layers whose masks could be taken; write a family that has.")
    if theirs.density == "full":
        raise InputError(f"{place}.of: {origin.of} keeps every edge and finds no masks; write a family that does.")
    if theirs.on_off != made.on_off:
        raise InputError(f"{place}: on_off must be that of {origin.of}; write on_off: {str(theirs.on_off).lower()}.")
    return origin


def networks_of(experiment: Experiment, label: str) -> list[str]:
    """Labels of the networks that train a family; a control that names none is trained by those of its source.

    Raises InputError for a network that does not exist, and for one that does not train the source.
    """
    known, place = list(experiment.networks), f"families.{label}"
    own = [choose(name, known, f"{place}.networks: network") for name in experiment.families[label].networks or []]
    if (origin := origin_of(experiment, label)) is None:
        return own or known
    theirs = networks_of(experiment, origin.of)
    if unlearned := [name for name in own if name not in theirs]:
        raise InputError(f"{place}.networks: {unlearned[0]} does not train {origin.of}; write some of {', '.join(theirs)}.")
    return own or theirs


def has_cells(experiment: Experiment, dataset: str, network: str, label: str) -> bool:
    """Whether this network of this dataset trains the family; a mask that is taken to other datasets has none on its own.

    Raises InputError when the dataset that the mask was found on has no such network.
    """
    networks = networks_of(experiment, label)
    if network not in networks:
        return False
    origin = origin_of(experiment, label)
    if origin is None or origin.found_on is None:
        return True
    place = f"families.{label}.found_on"
    others = [entry for name, entry in experiment.datasets.items() if name != origin.found_on]
    if not any(name in networks for entry in others for name in entry.networks):
        raise InputError(f"{place} is {origin.found_on}, and no other data set has a network to take masks to; leave it out.")
    there = experiment.datasets[choose(origin.found_on, list(experiment.datasets), f"{place}: dataset")]
    if network not in there.networks:
        raise InputError(
            f"{place}: network {network} of {dataset} does not learn {origin.found_on}; "
            f"let families.{label}.networks name networks that learn both."
        )
    return dataset != origin.found_on


def parent_of(experiment: Experiment, dataset: str, network: str, label: str, density: str) -> Parent | None:
    """The cell that one of a control starts from; None for a family that finds its own masks."""
    if (origin := origin_of(experiment, label)) is None:
        return None
    path = f"{origin.found_on or dataset}/{network}/{origin.of}/{density}"
    if not origin.redrawn:
        return Parent(path=path)
    method = experiment.families[origin.of].family or origin.of
    return Parent(path=path, method=method, settings=family_of(experiment, origin.of).model_dump(mode="json"))
