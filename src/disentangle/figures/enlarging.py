"""A second scale for accuracies: on the full one, untrained networks at chance press all others together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.figures.log_errors import scale_log_errors
from disentangle.late import np, pd

if TYPE_CHECKING:
    from matplotlib.axis import Axis

SHARE = 0.75  # of the way from chance to the best mean: what lies above is enlarged


def enlarge(axis: Axis, metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: float) -> tuple[float, float]:
    """Let an axis hold the replicates and intervals of every cell whose mean is well above chance; the limits, in percent.

    It is spaced by the logarithm of the error. ``metrics`` and ``accuracy`` are those of one dataset and network. Where
    nothing is above chance, all cells count.
    """
    best = accuracy["mean"].max()
    well = accuracy[accuracy["mean"] >= chance + SHARE * max(best - chance, 0)]
    shown = well if len(well) else accuracy
    points = metrics.merge(shown[["family", "density"]], on=["family", "density"])["test_accuracy"]
    scale_log_errors(axis, 100 * np.concatenate([shown["mean"], shown["low"], shown["high"], points]))
    low, high = axis.get_view_interval()
    return float(low), float(high)
