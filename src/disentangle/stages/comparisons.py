"""Reading back what the stage `compare` left."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from disentangle import artefacts

if TYPE_CHECKING:
    from disentangle.statistics.spectral_tests import Distances


def load_comparisons(source: Path, paths: Sequence[str]) -> "dict[tuple[str, str], Distances]":
    """Spectral comparisons that these cells are part of, by dataset and network."""
    from disentangle.spectra.storage import load_distances
    from disentangle.statistics.spectral_tests import Distances
    from disentangle.tables.stacking import read_table

    return {
        pair: Distances(read_table(folder / artefacts.NETWORKS), load_distances(folder / artefacts.DISTANCES))
        for pair, folder in zip(artefacts.by_comparison(paths), artefacts.comparison_folders(source, paths), strict=True)
    }
