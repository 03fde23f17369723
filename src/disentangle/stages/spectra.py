"""Spectra: Laplacian eigenvalues of a cell's networks and of their nulls."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from disentangle import artefacts, config
from disentangle.errors import choose
from disentangle.pipeline.job import Run
from disentangle.pipeline.plan import Plan
from disentangle.spectra.registry import NULLS
from disentangle.stages.of_wiring import OfWiring


class Spectra(OfWiring):
    """Eigenvalues of a cell's networks and of their nulls."""

    stage: ClassVar = "spectra"
    message: ClassVar = "Compute the spectra of {cell}"
    products: ClassVar = {
        "spectra": "cells/{cell}/spectra.safetensors",
        "null": "cells/{cell}/null.safetensors",
        "densities": "cells/{cell}/densities.safetensors",
    }
    beside: ClassVar = "cells/{cell}/spectra.meta.json"
    archived: ClassVar = ("densities",)

    seeds: list[int]
    given: config.Spectra

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell.

        Raises InputError for a null that does not exist.
        """
        choose(plan.experiment.spectra.null_kind, list(NULLS), "config.spectra.null_kind")
        return [cls(cell=cell.path, kind=cell.kind, seeds=cell.seeds, given=plan.experiment.spectra) for cell in plan.cells]

    @property
    def chosen(self) -> Sequence[str]:
        """The network that the wiring is of, and the null."""
        return [*super().chosen, NULLS[self.given.null_kind]]

    @property
    def megabytes(self) -> int:
        """The matrix of resnet50's graph has 12,288 x 11,432 entries; its singular values take as much again, and more."""
        return 6000

    @property
    def minutes(self) -> int:
        """Two hours."""
        return 120

    def make(self, run: Run) -> None:
        """Compute, and sort into bins for the figure."""
        import numpy as np

        from disentangle.masks.graphs import graphs_of
        from disentangle.masks.wiring import load_wiring
        from disentangle.spectra.cell import cell_spectra
        from disentangle.spectra.density import densities
        from disentangle.spectra.storage import save_spectra

        graphs = graphs_of(load_wiring(run.read("wiring")))
        found = cell_spectra(graphs, self.seeds, self.given.null_draws, self.given.null_kind)
        save_spectra(run.write("spectra"), {name: found[name] for name in ("magnitude", "edges")})
        save_spectra(run.write("null"), {"null": found["null"]})
        replicates = {"replicates": np.array(len(found["magnitude"]))}
        artefacts.save_arrays(
            run.write("densities"), densities({name: found[name] for name in ("magnitude", "null")}) | replicates
        )
