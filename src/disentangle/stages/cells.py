"""Stages that make a cell: its data, its training, the summary of its masks, its spectra."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from disentangle import artefacts, jobs
from disentangle.cells import Cell
from disentangle.provenance import recorded


def prepare(dataset: str, results: Path, data_dir: Path | None = None) -> None:
    """Split and standardise a data set, whose files are looked for in ``data_dir`` first; the record names their MD5."""
    from disentangle.datasets import save
    from disentangle.datasets.preparation import finish, read

    job = jobs.prepare_job(results, dataset)
    with recorded(job) as record:
        raw = read(dataset, data_dir)
        record["files"] = dict(raw.files)
        data = finish(dataset, raw)
        save(job.outputs[0], data)
        artefacts.write_json(job.outputs[1], data.describe())


def train(cell: Cell, results: Path, device_name: str, threads: int) -> None:
    """Train a cell's cohort and leave its wiring, metrics and history; go on from its checkpoint if it was interrupted."""
    from disentangle.datasets import load
    from disentangle.masks.extraction import evaluate, extract
    from disentangle.masks.wiring import save_wiring
    from disentangle.networks import Network
    from disentangle.training.checkpoint import resume, save_checkpoint
    from disentangle.training.cohort import Cohort, start_cohort
    from disentangle.training.device import describe_device, prepare_device
    from disentangle.training.loop import Trainer
    from disentangle.training.progress import Progress

    device = prepare_device(device_name, threads)
    job = jobs.train_job(results, cell)
    wiring_path, metrics_path, history_path = job.outputs
    checkpoint = wiring_path.with_name(artefacts.CHECKPOINT)
    with recorded(job) as record:
        record |= {"device": describe_device(device), "seeds": cell.seeds}
        data = load(job.inputs[0]).to(device)
        family = cell.make_family()
        network = Network(cell.kind, cell.make_layout(), data.shape, len(data.classes), family.on_off)
        frame = cell.frame(network.layers)
        trainer = Trainer(network, family, frame, cell.training, data, cell.augment)
        cohort = start_cohort(family, frame, cell.seeds, device)
        decisive = json.dumps([record[k] for k in ("settings", "code", "inputs", "versions")], sort_keys=True)
        fingerprint = hashlib.sha256(decisive.encode()).hexdigest()
        resume(checkpoint, cohort, family, fingerprint)
        start = time.perf_counter()
        with Progress(cell.path, trainer.epochs) as progress:

            def after_epoch(cohort: Cohort) -> None:
                progress.report(cohort)
                if cohort.epochs % cell.training.checkpoint_epochs == 0 and 0 < cohort.epochs < trainer.epochs:
                    save_checkpoint(checkpoint, cohort, fingerprint)

            trainer.fit(cohort, cell.seeds, after_epoch)
        wiring = extract(network, family, frame, cohort.state, data)
        save_wiring(wiring_path, wiring)
        spent = {"epochs": cohort.epochs, "seconds": round((time.perf_counter() - start) / cell.replicates, 3)}
        artefacts.write_rows(metrics_path, [row | spent for row in evaluate(wiring, data, cell.seeds)])
        artefacts.write_rows(history_path, cohort.rows())
    checkpoint.unlink(missing_ok=True)


def masks(path: str, results: Path) -> None:
    """Summarise the masks of a cell."""
    from disentangle.masks.summary import degrees, summarise
    from disentangle.masks.wiring import load_wiring

    job = jobs.masks_job(results, path)
    with recorded(job):
        wiring = load_wiring(job.inputs[0])
        artefacts.write_rows(job.outputs[0], summarise(wiring))
        artefacts.save_arrays(job.outputs[1], degrees(wiring))


def spectra(path: str, results: Path, settings: Any) -> None:
    """Eigenvalues of a cell's networks and of their nulls."""
    from disentangle.masks.wiring import load_wiring
    from disentangle.spectra.cell import cell_spectra

    job = jobs.spectra_job(results, path, settings)
    with recorded(job):
        artefacts.save_arrays(job.outputs[0], cell_spectra(load_wiring(job.inputs[0]), **settings))
