"""Checkpoints: a killed training goes on from the last one to the same bits."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.errors import InputError
from disentangle.families import GradientFamily
from disentangle.training.cohort import Cohort


def fingerprint_of(record: Mapping[str, Any]) -> str:
    """One checksum over all that decides the bits of a training; the number of CPU threads does not, if it runs on a GPU."""
    ignored = {"threads"} if record["device"]["type"] == "cuda" else set()
    device = {k: v for k, v in record["device"].items() if k not in ignored}
    decisive = [*(record[k] for k in ("settings", "code", "inputs", "versions")), device]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def save_checkpoint(path: Path, cohort: Cohort, fingerprint: str) -> None:
    """Write the cohort; ``fingerprint`` is that of the training it belongs to."""
    tensors: dict[str, Tensor] = {}
    for part in ("trained", "frozen"):
        tensors |= {f"{part}/{k}": v.detach() for k, v in getattr(cohort.state, part).items()}
    if cohort.optimiser:
        for quantity, memory in cohort.optimiser.memory.items():
            tensors |= {f"optimiser/{quantity}/{index}": tensor for index, tensor in enumerate(memory)}
    columns = list(cohort.history[0])  # the file sorts its names
    tensors |= {f"history/{c}": torch.stack([row[c] for row in cohort.history]) for c in columns}
    arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
    spent = {"epochs": str(cohort.epochs), "seconds": str(cohort.seconds)}
    header = {"fingerprint": fingerprint, **spent, "columns": json.dumps(columns)}
    save_arrays(path, arrays, header)


def resume(path: Path, cohort: Cohort, family: GradientFamily, fingerprint: str) -> bool:
    """Bring a fresh cohort to the state of the checkpoint.

    Returns False, and changes nothing, if there is no checkpoint or if it is of another training, which is told on stderr.
    """
    try:
        arrays, header = load_arrays(path)
    except InputError:  # none, or cut off: start afresh
        return False
    if header.get("fingerprint") != fingerprint:
        print(
            f"{path} is not used and the training starts at epoch 0: it was made with other settings, code, data or versions, "
            "or on another device, in another precision, compiled or not, or with another number of CPU threads.",
            file=sys.stderr,
        )
        return False
    parts: dict[str, dict[str, Tensor]] = {"trained": {}, "frozen": {}, "optimiser": {}, "history": {}}
    for name, array in arrays.items():
        part, key = name.split("/", 1)
        parts[part][key] = torch.from_numpy(array)
    if parts["optimiser"]:
        cohort.restart_optimiser(family)
    with torch.no_grad():
        for part in ("trained", "frozen"):
            for key, tensor in getattr(cohort.state, part).items():
                tensor.copy_(parts[part][key])
        for quantity, memory in (cohort.optimiser.memory if cohort.optimiser else {}).items():
            for index, tensor in enumerate(memory):
                tensor.copy_(parts["optimiser"][f"{quantity}/{index}"])
    cohort.epochs, cohort.seconds = int(header["epochs"]), float(header["seconds"])
    columns = json.loads(header["columns"])
    cohort.history = [{c: parts["history"][c][e] for c in columns} for e in range(cohort.epochs + 1)]
    return True
