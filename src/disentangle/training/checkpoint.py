"""Checkpoints: a killed training goes on from the last one to the same bits."""

from pathlib import Path

import torch
from torch import Tensor

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.errors import InputError
from disentangle.families import Family
from disentangle.training.cohort import Cohort


def save_checkpoint(path: Path, cohort: Cohort, fingerprint: str) -> None:
    """Write the cohort; ``fingerprint`` names the cell, data and code it belongs to."""
    tensors: dict[str, Tensor] = {}
    for part in ("trained", "frozen"):
        tensors |= {f"{part}/{k}": v.detach() for k, v in getattr(cohort.state, part).items()}
    if cohort.optimiser:
        for quantity, memory in cohort.optimiser.memory.items():
            tensors |= {f"optimiser/{quantity}/{index}": tensor for index, tensor in enumerate(memory)}
    columns = cohort.history[0]
    tensors |= {f"history/{c}": torch.stack([row[c] for row in cohort.history]) for c in columns}
    arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
    save_arrays(path, arrays, {"fingerprint": fingerprint, "epochs": str(cohort.epochs)})


def resume(path: Path, cohort: Cohort, family: Family, fingerprint: str) -> bool:
    """Bring a fresh cohort to where the checkpoint was; False if there is none that belongs to this cell, data and code."""
    try:
        arrays, header = load_arrays(path)
    except InputError:  # none, or cut off: start afresh
        return False
    if header.get("fingerprint") != fingerprint:
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
    cohort.epochs = int(header["epochs"])
    cohort.history = [{c: column[e] for c, column in parts["history"].items()} for e in range(cohort.epochs + 1)]
    return True
