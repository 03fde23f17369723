"""The table of spectral tests: how far the networks of every cell are from those of dense."""

from __future__ import annotations

from disentangle.late import pd
from disentangle.pipeline.needs import Comparisons, Setting
from disentangle.pipeline.teller import Made
from disentangle.statistics.spectral_tests import spectral_table
from disentangle.tables.reading import PLAIN, intervals, numbers, short_p, texts


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table `spectral_tests`: Wasserstein-1 distances of spectra in [0, 2]."""
    return pd.DataFrame(
        {
            **texts(table, "dataset", "network", "family", "density", "version"),
            "n": numbers(table["replicates"], "{:d}"),
            "distance to dense": intervals(table[["distance", "low", "high"]], PLAIN),
            "within": numbers(table["within"], PLAIN),
            "floor": numbers(table["floor"], PLAIN),
            "p (Holm)": table["p_holm"].map(short_p),
        }
    )


TABLE = Made(spectral_table, shown, comparisons=Comparisons(), settings=Setting("statistics"))
