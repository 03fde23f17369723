"""The cells of an experiment: dataset × network × family × density, with every setting that decides their result."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from disentangle.config import Augment, Experiment, Strict, Training
from disentangle.datasets.registry import CLASSES, DATASETS, STREAMED
from disentangle.errors import InputError, choose
from disentangle.families import Family, Frame, family
from disentangle.families.base import Trait
from disentangle.families.registry import FAMILIES
from disentangle.networks import Layer, Layout, layout
from disentangle.networks.registry import KINDS
from disentangle.origins import Parent, family_of, has_cells, origin_of, parent_of


class Cell(Strict):
    """One cell. All its values are plain, so that they travel on a command line and into a record.

    ``network`` and ``family`` are labels; ``kind`` and ``method`` are what they stand for. ``parent`` is the cell that a
    control starts from.
    """

    dataset: str
    augment: Augment
    network: str
    kind: str
    layout: dict[str, Any]
    family: str
    method: str
    settings: dict[str, Any]
    density: str
    seed: int
    replicates: int
    training: Training
    parent: Parent | None = None

    @property
    def path(self) -> str:
        """Folder of the cell below results/<experiment>/cells."""
        return str(PurePosixPath(self.dataset, self.network, self.family, self.density))

    @property
    def seeds(self) -> list[int]:
        """One seed a replicate."""
        return [self.seed + replicate for replicate in range(self.replicates)]

    @property
    def traits(self) -> frozenset[Trait]:
        """What its family is to the studies."""
        return self.make_family().traits

    @property
    def chosen(self) -> list[str]:
        """What the registries name for its data set, network and family, and for a family that draws its starting values."""
        methods = [self.method, *([self.parent.method] if self.parent and self.parent.method else [])]
        return [CLASSES[self.dataset in STREAMED], KINDS[self.kind], *(FAMILIES[method] for method in methods)]

    def __str__(self) -> str:
        return self.path

    def make_family(self) -> Family:
        """The family with its settings."""
        return family(self.method, self.settings, f"families.{self.family}")

    def make_layout(self) -> Layout:
        """The layer layout with its settings."""
        return layout(self.kind, self.layout, f"networks.{self.network}")

    def frame(self, layers: Sequence[Layer]) -> Frame:
        """What the family has to fill."""
        return Frame(tuple(layers), 1.0 if self.density == "free" else float(self.density))


def list_cells(experiment: Experiment) -> list[Cell]:
    """All cells of an experiment, in the order of the config.

    Raises InputError for a dataset, network or family that does not exist, and for a setting it does not have.
    """
    return [
        cell
        for dataset, entry in experiment.datasets.items()
        for network in entry.networks
        for label in _families_of(experiment, dataset, network)
        for cell in _cells_of(experiment, choose(dataset, list(DATASETS), "datasets: dataset"), network, label)
    ]


def _families_of(experiment: Experiment, dataset: str, network: str) -> list[str]:
    """Labels of the families that this network trains."""
    choose(network, list(experiment.networks), f"datasets.{dataset}: network")
    return [label for label in experiment.families if has_cells(experiment, dataset, network, label)]


def _cells_of(experiment: Experiment, dataset: str, network: str, label: str) -> list[Cell]:
    entry, made = experiment.networks[network], family_of(experiment, label)
    kind = entry.network or network
    made_layout = layout(kind, entry.settings, f"networks.{network}")
    try:
        made.check(made_layout)
    except InputError as error:
        raise InputError(f"families.{label} on network {network}: {error}") from None
    return [
        Cell(
            dataset=dataset,
            augment=experiment.datasets[dataset].augment,
            network=network,
            kind=kind,
            layout=made_layout.model_dump(mode="json"),
            family=label,
            method=experiment.families[label].family or label,
            settings=made.model_dump(mode="json"),
            density=density,
            seed=experiment.seed,
            replicates=experiment.replicates,
            training=experiment.training,
            parent=parent_of(experiment, dataset, network, label, density),
        )
        for density in _densities(experiment, label)
    ]


def _densities(experiment: Experiment, label: str) -> list[str]:
    """Densities of a family's cells; those of a control are its source's, or some of them."""
    entry, made, place = experiment.families[label], family_of(experiment, label), f"families.{label}.densities"
    own, general = (
        [format(Decimal(str(density)), "f") for density in of] for of in (entry.densities or [], experiment.densities)
    )
    if origin := origin_of(experiment, label):
        theirs = _densities(experiment, origin.of)
        if absent := [density for density in own if density not in theirs]:
            raise InputError(
                f"{place}: {origin.of} has no masks at density {absent[0]}; "
                f"leave the key out for all it has ({', '.join(theirs)}), or write some of them."
            )
        return own or theirs
    if own and made.density != "chosen":
        method = entry.family or label
        raise InputError(f"{place}: family {method} takes no density ({made.density}); leave the key out.")
    return {"full": ["1.0"], "free": ["free"]}.get(made.density, own or general)
