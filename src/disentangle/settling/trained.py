"""The training of a cell: its whole cohort, from the start or from a checkpoint to the files that it leaves."""

import time

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.datasets import load
from disentangle.datasets.registry import STREAMED
from disentangle.evaluation.draws import evaluate_draws
from disentangle.evaluation.metrics import evaluate
from disentangle.families.base import GradientFamily
from disentangle.masks.extraction import extract
from disentangle.masks.wiring import load_wiring, save_wiring
from disentangle.networks import Network
from disentangle.pipeline.job import Run
from disentangle.training.checkpoint import fingerprint_of, resume, save_checkpoint
from disentangle.training.cohort import Cohort, start_cohort
from disentangle.training.device import choose_precision, describe_device, prepare_device
from disentangle.training.loop import Trainer
from disentangle.training.progress import Progress
from disentangle.training.taking import take


def train(cell: Cell, run: Run) -> None:
    """Train, settle the wiring, evaluate it; an interrupted training goes on from its checkpoint."""
    machine, record, family = run.machine, run.record, cell.make_family()
    assert isinstance(family, GradientFamily)
    device = prepare_device(machine.device, 1 if cell.dataset in STREAMED else machine.threads)
    precision = choose_precision(machine.precision, device)
    checkpoint = run.write("wiring").with_name("checkpoint.safetensors")
    record |= {"device": describe_device(device, precision, machine.compile), "seeds": cell.seeds}
    data = load(run.read("data"), machine.data_dir).to(device, workers=machine.threads - 1)
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
