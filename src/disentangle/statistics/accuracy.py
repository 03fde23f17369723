"""The table of accuracies: every cell with its interval, and against dense, paired by seed."""

from __future__ import annotations

from typing import Any

from disentangle.config import Statistics
from disentangle.late import np, pd
from disentangle.statistics import BASELINE, KEY
from disentangle.statistics.bits import weight_bits, wiring_bits
from disentangle.statistics.hypotheses import holm, paired_t
from disentangle.statistics.intervals import mean_interval, paired_differences

COLUMNS = (
    *(*KEY, "edges", "effective_edges", "bits", "weight_bits", "replicates", "mean", "low", "high"),
    *("difference", "difference_low", "difference_high", "p", "p_holm"),
)


def accuracy_table(metrics: pd.DataFrame, masks: pd.DataFrame, settings: Statistics) -> pd.DataFrame:
    """Table `accuracy` of docs/files.md, a row a cell in the order in which the cells appear.

    ``metrics`` has a row a cell and replicate: `KEY`, seed, edges, test_accuracy; ``masks`` one a cell, replicate and
    layer: `SIZES` says how the columns of its sizes come about. Accuracies are in [0, 1]. What compares with dense is empty
    where a dataset and network has no dense, and for dense itself.
    """
    sizes = pd.DataFrame({name: size(masks).groupby(list(KEY)).mean() for name, size in SIZES.items()}).to_dict("index")
    cells = dict(list(metrics.groupby(list(KEY), sort=False)))
    dense = {key[:2]: _accuracy(cell) for key, cell in cells.items() if key[2] == BASELINE}
    rows = [
        dict(zip(KEY, key, strict=True)) | sizes[key] | _row(cell, None if key[2] == BASELINE else dense.get(key[:2]), settings)
        for key, cell in cells.items()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["p_holm"] = table.groupby(["dataset", "network"])["p"].transform(holm)
    return table


def effective_edges(masks: pd.DataFrame) -> pd.Series[float]:
    """Edges of every network that act, by `KEY` and replicate; NaN where an archive is older than the column."""
    counted = masks if "effective_edges" in masks else masks.assign(effective_edges=np.nan)
    return counted.groupby([*KEY, "replicate"], sort=False)["effective_edges"].sum(min_count=1)


SIZES = {"bits": wiring_bits, "weight_bits": weight_bits, "effective_edges": effective_edges}


def _row(cell: pd.DataFrame, dense: pd.Series | None, settings: Statistics) -> dict[str, Any]:
    accuracy = _accuracy(cell)
    differences = np.empty(0) if dense is None else paired_differences(accuracy, dense)
    mean = mean_interval(accuracy.to_numpy(), settings)
    difference = mean_interval(differences, settings)
    return {
        "edges": cell["edges"].mean(),
        "replicates": len(cell),
        "mean": mean.value,
        "low": mean.low,
        "high": mean.high,
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "p": paired_t(differences),
    }


def _accuracy(cell: pd.DataFrame) -> pd.Series:
    """Test accuracy of each replicate by its seed."""
    return cell.set_index("seed")["test_accuracy"].astype(np.float64)
