"""Files: what each is called, and how it is written (whole or not at all) and read (or refused in one sentence)."""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a cell leaves in cells/<dataset>/<network>/<family>/<density>/; docs/files.md says what each holds.
WIRING, METRICS, HISTORY, META = "wiring.safetensors", "metrics.csv", "history.csv", "meta.json"
CHECKPOINT = "checkpoint.safetensors"
SWEEP, GRADIENTS = "sweep.csv", "gradients.csv"
PROFILES, TRANSPLANT, CURVES = "profiles.csv", "transplant.csv", "profiles.safetensors"
MEASURED = {"sweep": (SWEEP,), "gradients": (GRADIENTS,), "profiles": (PROFILES, TRANSPLANT, CURVES)}
MASKS, DEGREES, OVERLAP, HISTOGRAMS = "masks.csv", "degrees.safetensors", "overlap.csv", "histograms.safetensors"
SPECTRA, NULL, DENSITIES = "spectra.safetensors", "null.safetensors", "densities.safetensors"
# What a comparison leaves in spectra/<dataset>/<network>/.
DISTANCES, NETWORKS = "distances.safetensors", "networks.csv"
# What the checks of the theory leave in theory/.
BIAS, CONVERGENCE, ENUMERATION = "bias.csv", "convergence.csv", "enumeration.csv"
# The claims ledger, in the project's root.
CLAIMS = Path("workflow/claims.yaml")
# Notebooks as text, which a stage executes.
NOTEBOOKS = Path("workflow/notebooks")
# Records that are not called after their product: <stem>.meta.json is that of the first file a job makes.
RECORDS = {
    **dict.fromkeys((WIRING, METRICS, HISTORY), META),
    **dict.fromkeys((DEGREES, OVERLAP, HISTOGRAMS), "masks.meta.json"),
    TRANSPLANT: "profiles.meta.json",
    **dict.fromkeys((NULL, DENSITIES), "spectra.meta.json"),
    NETWORKS: "distances.meta.json",
    **dict.fromkeys((CONVERGENCE, ENUMERATION), "bias.meta.json"),
}

STACKED = ("metrics", "history", "masks")
TABLES = ("accuracy", "spectral_tests", "claims")
TABLE_FORMS = ("csv", "md", "tex")
FIGURES = (
    *("accuracy_by_family", "accuracy_by_density", "learning_curves", "spectra", "spectral_distance", "wiring"),
    *("weight_values", "mask_overlap", "shared_weight", "weight_profiles", "value_transplant", "gradient_error", "convergence"),
    *("drift", "hump", "laperm_regimes", "laperm_period", "estimators", "ablation", "density_steering", "controls"),
)


def dataset_path(results: Path, dataset: str) -> Path:
    """The prepared data set."""
    return results / "datasets" / f"{dataset}.safetensors"


def description_path(results: Path, dataset: str) -> Path:
    """What a reader of figures has to know of a data set: classes, shape of an input, sizes of the splits."""
    return results / "datasets" / f"{dataset}.json"


def cell_folder(results: Path, path: str) -> Path:
    """Folder of a cell, from its path dataset/network/family/density."""
    return results / "cells" / path


def by_comparison(paths: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Paths of cells grouped by (dataset, network), whose networks are compared with each other."""
    groups: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        dataset, network = path.split("/")[:2]
        groups.setdefault((dataset, network), []).append(path)
    return groups


def comparison_folders(results: Path, paths: Sequence[str]) -> list[Path]:
    """Folders of the spectral comparisons that these cells are part of."""
    return [results / "spectra" / dataset / network for dataset, network in by_comparison(paths)]


def comparisons(results: Path, paths: Sequence[str]) -> list[Path]:
    """Files of the spectral comparisons that these cells are part of."""
    return [folder / name for folder in comparison_folders(results, paths) for name in (DISTANCES, NETWORKS)]


def theory_paths(results: Path) -> list[Path]:
    """Files of the checks of the theory: bias, convergence, enumeration."""
    return [results / "theory" / name for name in (BIAS, CONVERGENCE, ENUMERATION)]


def table_path(results: Path, name: str, form: str = "csv") -> Path:
    """A table in one of its forms."""
    return results / "tables" / f"{name}.{form}"


def notebook_path(results: Path, name: str) -> Path:
    """An executed notebook."""
    return results / "notebooks" / f"{name}.ipynb"


def record_path(product: Path) -> Path:
    """The provenance record that stands beside a product: that of the first file its job makes."""
    if product.parent.name != "tables" and product.name in RECORDS:
        return product.parent / RECORDS[product.name]
    return product.with_suffix(".meta.json")


def remedy(path: Path) -> str:
    """What to do about a file that is missing or spoilt."""
    return "restore it from git" if "archive" in path.parts[:1] else "delete it and run the workflow again"


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary name in the same folder, renamed to ``path`` when the block ends well and removed when it does not.

    Raises InputError when the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        mode = temporary.stat().st_mode
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; make the folder writable or choose another.") from None
    try:
        yield temporary
        temporary.chmod(mode)  # safetensors makes files that only their owner can read
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values, sorted by key."""
    write_text(path, json.dumps(values, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read plain values.

    Raises InputError when the file is missing or is not JSON.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; {remedy(path)}.") from None
    if not isinstance(values, dict):
        raise InputError(f"cannot read {path}: it holds no names and values; {remedy(path)}.")
    return values


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Write a CSV with these columns, or those of the first row; floats in their shortest exact form."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns or rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def columns(path: Path) -> list[str]:
    """Names of the columns of a CSV; none where there is no such file."""
    with suppress(FileNotFoundError), path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])
    return []


def save_arrays(path: Path, arrays: Mapping[str, "NDArray[Any]"], header: Mapping[str, str] | None = None) -> None:
    """Write named arrays and a header of strings as safetensors."""
    import numpy as np
    from safetensors.numpy import save_file

    with atomic(path) as temporary:
        save_file({k: np.asarray(v, order="C") for k, v in arrays.items()}, temporary, dict(header or {}))
        _sort_header(temporary)


def _sort_header(path: Path) -> None:
    """Sort a safetensors header by name: it is written in a random order, but the same content must be the same bytes.

    Raises RuntimeError when the sorted header is longer than its place, where it would overwrite the arrays.
    """
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(8), "little")
        described = json.loads(file.read(size))
        if "__metadata__" in described:
            described["__metadata__"] = dict(sorted(described["__metadata__"].items()))
            header = json.dumps(described, separators=(",", ":"), ensure_ascii=False).encode().ljust(size)
            if len(header) > size:
                raise RuntimeError(f"the sorted header of {path} has {len(header)} bytes and its place {size}")
            file.seek(8)
            file.write(header)


def load_arrays(path: Path) -> tuple[dict[str, "NDArray[Any]"], dict[str, str]]:
    """Read named arrays and the header.

    Raises InputError when the file is missing, truncated or something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as stored:
            return {name: stored.get_tensor(name) for name in stored.keys()}, stored.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"cannot read {path}: {error}; {remedy(path)}.") from None
