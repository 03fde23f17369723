"""The table of accuracies: every cell with its interval, and against dense, paired by seed."""

import numpy as np
import pandas as pd

from disentangle.config import Statistics
from disentangle.statistics import BASELINE, KEY
from disentangle.statistics.hypotheses import holm, paired_t
from disentangle.statistics.intervals import mean_interval, paired_differences

COLUMNS = (
    *KEY,
    *("edges", "replicates", "mean", "low", "high"),
    *("difference", "difference_low", "difference_high", "p", "p_holm"),
)


def accuracy_table(metrics: pd.DataFrame, settings: Statistics) -> pd.DataFrame:
    """Table `accuracy` of docs/files.md, a row a cell in the order in which the cells appear.

    ``metrics`` has a row a cell and replicate: `KEY`, seed, edges, test_accuracy. Accuracies are in [0, 1]. Where a
    dataset and network has no cell of dense, and for dense itself, the columns that compare are empty.
    """
    baselines = {
        (dataset, network): rows.set_index("seed")["test_accuracy"]
        for (dataset, network, family, _), rows in metrics.groupby(list(KEY), sort=False)
        if family == BASELINE
    }
    rows = []
    for (dataset, network, family, density), cell in metrics.groupby(list(KEY), sort=False):
        accuracy = cell.set_index("seed")["test_accuracy"]
        baseline = accuracy.iloc[:0] if family == BASELINE else baselines.get((dataset, network), accuracy.iloc[:0])
        differences = paired_differences(accuracy, baseline)
        rows.append((
            *(dataset, network, family, density),
            *(cell["edges"].mean(), len(cell)),
            *mean_interval(accuracy.to_numpy(dtype=np.float64), settings),
            *mean_interval(differences, settings),
            *(paired_t(differences), np.nan),
        ))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["p_holm"] = table.groupby(["dataset", "network"])["p"].transform(holm)
    return table
