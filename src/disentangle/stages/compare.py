"""Comparisons: spectral distances among all networks of a dataset × network."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from disentangle import artefacts
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan
from disentangle.spectra.registry import DISTANCES
from disentangle.stages.spectra import Spectra


class Compare(Job):
    """Compare the wirings of all networks of a dataset × network."""

    stage: ClassVar = "compare"
    message: ClassVar = "Compare the wirings of all networks on {dataset} with {network}"
    products: ClassVar = {
        "distances": "spectra/{dataset}/{network}/distances.safetensors",
        "networks": "spectra/{dataset}/{network}/networks.csv",
    }
    beside: ClassVar = "spectra/{dataset}/{network}/distances.meta.json"
    archived: ClassVar = ("distances", "networks")

    dataset: str
    network: str
    cells: list[str]

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a dataset and network."""
        groups: dict[tuple[str, str], list[str]] = {}
        for cell in plan.cells:
            groups.setdefault((cell.dataset, cell.network), []).append(cell.path)
        return [cls(dataset=dataset, network=network, cells=cells) for (dataset, network), cells in groups.items()]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The spectra of the cells."""
        return {product: [Spectra.file(product, cell=cell) for cell in self.cells] for product in ("spectra", "null")}

    @property
    def chosen(self) -> Sequence[str]:
        """All distances."""
        return list(DISTANCES.values())

    @property
    def megabytes(self) -> int:
        """Of some hundred networks."""
        return 4000

    @property
    def minutes(self) -> int:
        """An hour."""
        return 60

    def make(self, run: Run) -> None:
        """Distances, and places in the plane."""
        from disentangle.spectra.comparison import compare
        from disentangle.spectra.storage import load_spectra, save_distances

        read = zip(run.inputs["spectra"], run.inputs["null"], strict=True)
        cells = [load_spectra(spectra) | load_spectra(null) for spectra, null in read]
        found = compare(cells)
        save_distances(run.write("distances"), found.distances, found.floor)
        names = [(*p.split("/")[2:], r) for p, cell in zip(self.cells, cells, strict=True) for r in range(len(cell["edges"]))]
        places = [axis for map_ in found.maps.values() for axis in map_.T.tolist()]
        rows = zip(*zip(*names, strict=True), found.isolated.tolist(), *places, strict=True)
        header = ("family", "density", "replicate", "isolated", *(f"{name}_{axis}" for name in found.maps for axis in "xy"))
        artefacts.write_rows(run.write("networks"), [dict(zip(header, row, strict=True)) for row in rows])
