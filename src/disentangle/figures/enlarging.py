"""Two scales for accuracies: on one alone, untrained networks at chance press all others together."""

import numpy as np
import pandas as pd

SHARE = 0.75  # of the way from chance to the best mean: what lies above is enlarged


def enlarged(metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: float) -> tuple[float, float]:
    """Limits, in percent, that hold the replicates and intervals of every cell whose mean is well above chance.

    ``metrics`` and ``accuracy`` are those of one dataset and network. Where nothing is above chance, all cells count.
    """
    best = accuracy["mean"].max()
    well = accuracy[accuracy["mean"] >= chance + SHARE * max(best - chance, 0)]
    shown = well if len(well) else accuracy
    points = metrics.merge(shown[["family", "density"]], on=["family", "density"])["test_accuracy"]
    values = 100 * np.concatenate([shown["mean"], shown["low"], shown["high"], points])
    low, high = np.nanmin(values), np.nanmax(values)
    margin = max(0.06 * (high - low), 0.3)
    return float(low - margin), float(high + margin)
