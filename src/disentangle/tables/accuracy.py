"""The table of accuracies: every cell with its interval, and against dense."""

from __future__ import annotations

from disentangle.late import pd
from disentangle.pipeline.needs import Setting, Table
from disentangle.pipeline.teller import Made
from disentangle.statistics.accuracy import accuracy_table
from disentangle.tables.reading import PERCENT, PLAIN, POINTS, intervals, numbers, short_p, texts


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table `accuracy`: accuracies in percent, differences in percentage points, wirings and weights in kB (1000 bytes)."""
    return pd.DataFrame(
        {
            **texts(table, "dataset", "network", "family", "density"),
            "edges": numbers(table["edges"], "{:.0f}"),
            "effective edges": numbers(table["effective_edges"], "{:.0f}"),
            "wiring, kB": numbers(table["bits"] / 8000, PLAIN),
            "weights, kB": numbers(table["weight_bits"] / 8000, PLAIN),
            "n": numbers(table["replicates"], "{:d}"),
            "test accuracy, %": intervals(100 * table[["mean", "low", "high"]], PERCENT),
            "minus dense, points": intervals(100 * table[["difference", "difference_low", "difference_high"]], POINTS),
            "p (Holm)": table["p_holm"].map(short_p),
        }
    )


TABLE = Made(accuracy_table, shown, metrics=Table("metrics"), masks=Table("masks"), settings=Setting("statistics"))
