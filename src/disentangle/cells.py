"""The cells of an experiment: dataset × network × family × density, with every setting that decides their result."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from disentangle.config import Augment, Experiment, Strict, Training
from disentangle.datasets.registry import DATASETS
from disentangle.errors import InputError, choose
from disentangle.families import Family, Frame, family
from disentangle.families.registry import FAMILIES
from disentangle.networks import Layer, Layout, layout
from disentangle.networks.registry import KINDS


class Cell(Strict):
    """One cell. All its values are plain, so that they travel on a command line and into a record.

    ``network`` and ``family`` are labels; ``kind`` and ``method`` are what they stand for.
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

    @property
    def path(self) -> str:
        """Folder of the cell below results/<experiment>/cells."""
        return str(PurePosixPath(self.dataset, self.network, self.family, self.density))

    @property
    def seeds(self) -> list[int]:
        """One seed a replicate."""
        return [self.seed + replicate for replicate in range(self.replicates)]

    @property
    def modules(self) -> list[str]:
        """Modules of the cell's own family and network; no other cell's code decides its result."""
        return [table[name].split(":")[0] for table, name in ((FAMILIES, self.method), (KINDS, self.kind))]

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
    known = list(experiment.networks)
    choose(network, known, f"datasets.{dataset}: network")
    for label, entry in experiment.families.items():
        for named in entry.networks or []:
            choose(named, known, f"families.{label}.networks: network")
    return [label for label, entry in experiment.families.items() if network in (entry.networks or known)]


def _cells_of(experiment: Experiment, dataset: str, network: str, label: str) -> list[Cell]:
    network_entry, entry = experiment.networks[network], experiment.families[label]
    kind, method = network_entry.network or network, entry.family or label
    place = f"families.{label}"
    made, made_layout = family(method, entry.settings, place), layout(kind, network_entry.settings, f"networks.{network}")
    try:
        made_layout.activate(made.on_off)
    except InputError as error:
        raise InputError(f"{place} on network {network}: {error}") from None
    if entry.densities and made.density != "chosen":
        raise InputError(f"{place}.densities: family {method} takes no density ({made.density}); leave the key out.")
    densities = {"full": ["1.0"], "free": ["free"]}.get(made.density) or [
        format(Decimal(str(density)), "f") for density in entry.densities or experiment.densities
    ]
    return [
        Cell(
            dataset=dataset,
            augment=experiment.datasets[dataset].augment,
            network=network,
            kind=kind,
            layout=made_layout.model_dump(mode="json"),
            family=label,
            method=method,
            settings=made.model_dump(mode="json"),
            density=density,
            seed=experiment.seed,
            replicates=experiment.replicates,
            training=experiment.training,
        )
        for density in densities
    ]
