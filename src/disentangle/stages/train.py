"""Training: one job a cell, all its replicates in one cohort."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan
from disentangle.stages.prepare import Prepare

if TYPE_CHECKING:
    from disentangle.training.cohort import Cohort


class Train(Job):
    """Train a cell's cohort; an interrupted training goes on from its checkpoint. A control starts from another cell's wiring.

    Of the threads of streamed images one computes; the others are processes that read.
    """

    stage: ClassVar = "train"
    message: ClassVar = "Train {cell}"
    products: ClassVar = {
        "wiring": "cells/{cell}/wiring.safetensors",
        "metrics": "cells/{cell}/metrics.csv",
        "history": "cells/{cell}/history.csv",
    }
    beside: ClassVar = "cells/{cell}/meta.json"
    archived: ClassVar = ("metrics", "history")
    on_device: ClassVar = True

    cell: Cell

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a cell; controls come after all that they start from."""
        return [cls(cell=cell) for cell in sorted(plan.cells, key=lambda cell: cell.parent is not None)]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The data set, and of a control the wiring that it starts from."""
        parent = self.cell.parent
        return {
            "data": [Prepare.file("data", dataset=self.cell.dataset)],
            "parent": [self.file("wiring", cell=parent.path)] if parent else [],
        }

    @property
    def chosen(self) -> Sequence[str]:
        """The cell's network and family, and a family that draws its starting values."""
        return self.cell.chosen

    @property
    def megabytes(self) -> int:
        """Streamed images take more, beside those of the threads that read them."""
        return 4000 if self.cell.dataset in STREAMED else 2000

    @property
    def minutes(self) -> int:
        """Two days of streamed images; four hours."""
        return 2880 if self.cell.dataset in STREAMED else 240

    def make(self, run: Run) -> None:
        """Train, settle the wiring, evaluate it."""
        from disentangle.datasets import load
        from disentangle.evaluation.draws import evaluate_draws
        from disentangle.evaluation.metrics import evaluate
        from disentangle.masks.extraction import extract
        from disentangle.masks.wiring import load_wiring, save_wiring
        from disentangle.networks import Network
        from disentangle.training.checkpoint import fingerprint_of, resume, save_checkpoint
        from disentangle.training.cohort import start_cohort
        from disentangle.training.device import choose_precision, describe_device, prepare_device
        from disentangle.training.loop import Trainer
        from disentangle.training.progress import Progress
        from disentangle.training.taking import take

        cell, machine, record = self.cell, run.machine, run.record
        device = prepare_device(machine.device, 1 if cell.dataset in STREAMED else machine.threads)
        precision = choose_precision(machine.precision, device)
        checkpoint = run.write("wiring").with_name("checkpoint.safetensors")
        record |= {"device": describe_device(device, precision, machine.compile), "seeds": cell.seeds}
        data = load(run.read("data"), machine.data_dir).to(device, workers=machine.threads - 1)
        family = cell.make_family()
        network = Network(cell.kind, cell.make_layout(), data.shape, len(data.classes), family.on_off)
        frame = cell.frame(network.layers)
        trainer = Trainer(network, family, frame, cell.training, data, cell.augment, precision, machine.compile)
        found = take(cell, frame, load_wiring(run.read("parent"))) if cell.parent else None
        cohort = start_cohort(family, frame, cell.seeds, device, found)
        fingerprint = fingerprint_of(record)
        resume(checkpoint, cohort, family, fingerprint)
        start = time.perf_counter() - cohort.seconds
        with Progress(cell.path, trainer.epochs) as progress:

            def after_epoch(cohort: Cohort) -> None:
                progress.report(cohort)
                cohort.seconds = time.perf_counter() - start
                if cohort.epochs % cell.training.checkpoint_epochs == 0 and 0 < cohort.epochs < trainer.epochs:
                    save_checkpoint(checkpoint, cohort, fingerprint)

            trainer.fit(cohort, cell.seeds, after_epoch)
        wiring = extract(network, family, frame, cohort.state, data)
        save_wiring(run.write("wiring"), wiring)
        spent = {"epochs": cohort.epochs, "seconds": round(cohort.seconds / cell.replicates, 3)}
        rows = evaluate(wiring, data, cell.seeds)
        drawn = evaluate_draws(network, family, frame, cohort.state, data, cell.seeds, cohort.epochs)
        more = zip(rows, drawn, cohort.best_of_test(), strict=True)
        artefacts.write_rows(run.write("metrics"), [row | drawn | best | spent for row, drawn, best in more])
        artefacts.write_rows(run.write("history"), cohort.rows())
        checkpoint.unlink(missing_ok=True)
