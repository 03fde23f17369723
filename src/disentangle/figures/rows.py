"""A row of a panel: the mean accuracy of a family with its interval, and below it the replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.figures.style import Look
from disentangle.late import np, pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABOVE, BELOW, SPREAD = 0.12, 0.2, 0.09  # of the mean and of the replicates, from the middle of the row; between these


def draw_row(axes: Axes, y: float, means: pd.DataFrame, points: pd.DataFrame, look: Look) -> None:
    """Draw a family at height ``y``, in percent; replicates lie evenly apart so that equal ones can be told from one.

    ``means``: its rows in the table `accuracy`. ``points``: its rows in the stacked metrics.
    """
    middle = np.full(len(means), y - ABOVE)
    axes.hlines(middle, 100 * means["low"], 100 * means["high"], color=look.colour, linewidth=1.2)
    axes.plot(100 * means["mean"], middle, marker=look.marker, linestyle="", color=look.colour)
    own = 100 * points.sort_values("replicate")["test_accuracy"]
    below = np.broadcast_to(y + BELOW + (np.linspace(-SPREAD, SPREAD, len(own)) if len(own) > 1 else 0), len(own))
    axes.plot(own, below, "o", color=look.colour, markersize=2, alpha=0.6, markeredgewidth=0)
