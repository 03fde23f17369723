"""The stages of the pipeline, one function each: read files, call the rooms, write files, leave a record."""

import hashlib
import json
import time
from pathlib import Path

from disentangle import artefacts
from disentangle.cells import Cell
from disentangle.datasets.registry import DATASETS
from disentangle.errors import choose
from disentangle.provenance import recorded


def prepare(dataset: str, out: Path) -> None:
    """Prepare a data set."""
    from disentangle.datasets import save
    from disentangle.datasets.preparation import prepare

    module = DATASETS[choose(dataset, list(DATASETS), "dataset")].split(":")[0]
    with recorded("data", ["disentangle.datasets.preparation", module], {"dataset": dataset}, [], [out]):
        save(out, prepare(dataset))


def train(cell: Cell, dataset: Path, folder: Path, device_name: str, threads: int) -> None:
    """Train a cell's cohort and leave its wiring, metrics and history."""
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
    outputs = [folder / name for name in (artefacts.WIRING, artefacts.METRICS, artefacts.HISTORY)]
    checkpoint = folder / artefacts.CHECKPOINT
    with recorded("train", cell.modules, cell.model_dump(mode="json"), [dataset], outputs) as record:
        record |= {"device": describe_device(device), "seeds": cell.seeds}
        data = load(dataset).to(device)
        family = cell.make_family()
        network = Network(cell.kind, cell.make_layout(), data.shape, len(data.classes), family.on_off)
        frame = cell.frame(network.layers)
        trainer = Trainer(network, family, frame, cell.training, data)
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
        save_wiring(outputs[0], wiring)
        seconds = round((time.perf_counter() - start) / cell.replicates, 3)
        spent = {"epochs": cohort.epochs, "seconds": seconds}
        artefacts.write_rows(outputs[1], [row | spent for row in evaluate(wiring, data, cell.seeds)])
        artefacts.write_rows(outputs[2], [
            {"epoch": epoch, "replicate": replicate} | {name: values[replicate].item() for name, values in row.items()}
            for epoch, row in enumerate(cohort.history)
            for replicate in range(cell.replicates)
        ])
    checkpoint.unlink(missing_ok=True)
