"""An axis of accuracies that is logarithmic in the errors: a point below 99% is seen as well as a collapse to chance."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

TICKS = (20, 50, 80, 90, 95, 97, 98, 99, 99.5, 99.9, 100)
BETWEEN = (30, 40, 60, 70, 75, 85, 88, 92, 94, 96, 97.5, 98.5)  # where fewer than three of those are in sight
LEAST = 0.2  # percent of errors below which the axis is linear, since none at all would lie at infinity


def scale_log_errors(axes: Axes, accuracies: NDArray[Any]) -> None:
    """Let the vertical axis hold these accuracies, any array in percent, spaced by the logarithm of 100 less accuracy."""
    axes.set_yscale("function", functions=(to_place, from_place))
    low, high = to_place(np.array([np.nanmin(accuracies), np.nanmax(accuracies)]))
    margin = max(0.06 * (high - low), 0.05)
    axes.set_ylim(*from_place(np.array([low - margin, high + margin])))
    bottom, top = axes.get_ylim()
    ticks = [tick for tick in TICKS if bottom <= tick <= top]
    if len(ticks) < 3:
        ticks = [tick for tick in sorted((*TICKS, *BETWEEN)) if bottom <= tick <= top]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def to_place(accuracy: NDArray[Any]) -> NDArray[Any]:
    """Minus the logarithm of the errors, from accuracies in percent; below ``LEAST``, where it would run off, its tangent."""
    errors = 100 - np.asarray(accuracy, dtype=float)
    place: NDArray[Any] = -np.log(np.maximum(errors, LEAST)) + np.maximum(1 - errors / LEAST, 0)
    return place


def from_place(place: NDArray[Any]) -> NDArray[Any]:
    """Accuracies in percent, where `to_place` puts them."""
    beyond = np.maximum(np.asarray(place, dtype=float) + np.log(LEAST), 0)
    accuracy: NDArray[Any] = 100 - np.where(beyond > 0, LEAST * (1 - beyond), np.exp(-np.asarray(place, dtype=float)))
    return accuracy
