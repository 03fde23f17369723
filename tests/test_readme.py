"""The README's numbers are those of the committed archive."""

import re

import pandas as pd

from disentangle import artefacts
from disentangle.config import Statistics
from disentangle.statistics.accuracy import accuracy_table
from disentangle.tables.stacking import read_table, stack
from tests.conftest import ROOT

ARCHIVE = ROOT / "archive/paper"
ROW = re.compile(r"^\| [^|]+ \| `(\w+)` \| ([\d.]+|free) \|([^|]+)\|([^|]+)\|$", re.MULTILINE)


def accuracies() -> pd.DataFrame:
    folders = sorted(file.parent for file in (ARCHIVE / "cells").rglob(artefacts.METRICS))
    metrics, masks = (
        stack({folder.relative_to(ARCHIVE / "cells").parts: read_table(folder / name) for folder in folders})
        for name in (artefacts.METRICS, artefacts.MASKS)
    )
    return accuracy_table(metrics, masks, Statistics()).set_index(["dataset", "family", "density"])


def test_accuracies_of_the_paper_preset():
    table = accuracies()
    rows = ROW.findall((ROOT / "README.md").read_text())
    assert len(rows) >= 10
    for family, density, *told in rows:
        for dataset, text in zip(("mnist", "fashion_mnist"), told, strict=True):
            cell = table.loc[dataset, family, density]
            assert cell["replicates"] == 5
            value = "{mean:.1f} [{low:.1f}, {high:.1f}]".format(**{k: 100 * cell[k] for k in ("mean", "low", "high")})
            assert text.strip() == value, (dataset, family, density)
