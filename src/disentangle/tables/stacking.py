"""The cells' CSV files stacked into one table, and tables read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from disentangle.artefacts import remedy
from disentangle.errors import InputError
from disentangle.late import pd
from disentangle.statistics import KEY


def stack(frames: Mapping[tuple[str, ...], pd.DataFrame]) -> pd.DataFrame:
    """Rows of the cells' files below each other in the order given; the columns `KEY`, by which they are given, lead.

    A cell's own ``density`` is the realised one and becomes ``realised_density``; ``density`` is the key's.

    Raises InputError without any cell.
    """
    keyed = []
    for key, frame in frames.items():
        rows = frame.rename(columns={"density": "realised_density"})
        keyed.append(pd.concat([pd.DataFrame([key] * len(rows), columns=list(KEY), index=rows.index), rows], axis=1))
    if not keyed:
        raise InputError("there are no cells to stack; name at least one family and one data set in the config.")
    return pd.concat(keyed, ignore_index=True)


def read_table(path: Path) -> pd.DataFrame:
    """A CSV as it was written: every digit of its floats, and ``density`` as text.

    Raises InputError when the file is missing or is not a table.
    """
    try:
        # Only an empty field is missing: a label may be called NA or null.
        return pd.read_csv(path, dtype=dict.fromkeys(KEY, str), keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; {remedy(path)}.") from None
