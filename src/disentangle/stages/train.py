"""The stage that trains a cell."""

import time
from pathlib import Path

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.datasets.registry import STREAMED
from disentangle.provenance import recorded


def train(
    cell: Cell,
    results: Path,
    device_name: str,
    threads: int,
    precision_name: str = "auto",
    compiled: bool = False,
    data_dir: Path | None = None,
) -> None:
    """Train a cell's cohort and leave its wiring, metrics and history; go on from its checkpoint if it was interrupted.

    Streamed images are looked for in ``data_dir`` first. Of their threads one computes; the others are processes that read.
    """
    from disentangle.datasets import load
    from disentangle.evaluation.draws import evaluate_draws
    from disentangle.evaluation.metrics import evaluate
    from disentangle.masks.extraction import extract
    from disentangle.masks.wiring import load_wiring, save_wiring
    from disentangle.networks import Network
    from disentangle.training.checkpoint import fingerprint_of, resume, save_checkpoint
    from disentangle.training.cohort import Cohort, start_cohort
    from disentangle.training.device import choose_precision, describe_device, prepare_device
    from disentangle.training.loop import Trainer
    from disentangle.training.progress import Progress
    from disentangle.training.taking import take

    device = prepare_device(device_name, 1 if cell.dataset in STREAMED else threads)
    precision = choose_precision(precision_name, device)
    job = jobs.train_job(results, cell)
    wiring_path, metrics_path, history_path = job.outputs
    checkpoint = wiring_path.with_name(artefacts.CHECKPOINT)
    with recorded(job) as record:
        record |= {"device": describe_device(device, precision, compiled), "seeds": cell.seeds}
        data = load(job.inputs[0], data_dir).to(device, workers=threads - 1)
        family = cell.make_family()
        network = Network(cell.kind, cell.make_layout(), data.shape, len(data.classes), family.on_off)
        frame = cell.frame(network.layers)
        trainer = Trainer(network, family, frame, cell.training, data, cell.augment, precision, compiled)
        found = take(cell, frame, load_wiring(job.inputs[1])) if cell.source else None
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
        save_wiring(wiring_path, wiring)
        spent = {"epochs": cohort.epochs, "seconds": round(cohort.seconds / cell.replicates, 3)}
        rows = evaluate(wiring, data, cell.seeds)
        drawn = evaluate_draws(network, family, frame, cohort.state, data, cell.seeds, cohort.epochs)
        more = zip(rows, drawn, cohort.best_of_test(), strict=True)
        artefacts.write_rows(metrics_path, [row | drawn | best | spent for row, drawn, best in more])
        artefacts.write_rows(history_path, cohort.rows())
    checkpoint.unlink(missing_ok=True)
