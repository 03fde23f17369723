"""What the stages that try the networks of a cell on its data set have in common, on the device of the training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.pipeline.job import File, Job, Run
from disentangle.stages.prepare import Prepare
from disentangle.stages.train import Train

if TYPE_CHECKING:
    from disentangle.datasets import Dataset
    from disentangle.masks.wiring import Wiring


class OfNetworks(Job):
    """A look at the trained networks of a cell on its data set; device, threads and data folder are as in training."""

    computing: ClassVar = ("make", "look")
    on_device: ClassVar = True

    cell: Cell

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The cell's wiring and its data set."""
        return {
            "wiring": [Train.file("wiring", cell=self.cell.path)],
            "data": [Prepare.file("data", dataset=self.cell.dataset)],
        }

    @property
    def chosen(self) -> Sequence[str]:
        """As of the training."""
        return self.cell.chosen

    @property
    def megabytes(self) -> int:
        """Streamed images take more, beside those of the threads that read them."""
        return 4000 if self.cell.dataset in STREAMED else 3000

    @property
    def minutes(self) -> int:
        """Four hours."""
        return 240

    def make(self, run: Run) -> None:
        """Load the networks and the data set, and `look`."""
        from disentangle.datasets import load
        from disentangle.masks.wiring import load_wiring
        from disentangle.training.device import describe_device, prepare_device

        machine = run.machine
        device = prepare_device(machine.device, 1 if self.cell.dataset in STREAMED else machine.threads)
        run.record["device"] = describe_device(device)
        data = load(run.read("data"), machine.data_dir).to(device, workers=machine.threads - 1)
        self.look(run, load_wiring(run.read("wiring")), data)

    @abstractmethod
    def look(self, run: Run, wiring: Wiring, data: Dataset) -> None:
        """Look, and write what is seen."""
