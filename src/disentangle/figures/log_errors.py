"""An axis of accuracies that is logarithmic in the errors: a point below 99% is seen as well as a collapse to chance."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from disentangle.late import mpl, np

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from numpy.typing import NDArray

STEPS = (50, 10, 5, 1, 0.5, 0.1, 0.05, 0.01)  # between ticks, each tried where the ones before it leave a wide void
ABOVE, BESIDE = 0.2, 0.3  # least distance of two ticks, as a share of the axis: room for a number above or beside another
VOID = 1.7  # of these distances, the widest void without a tick
FINEST = 0.2  # the finest step between ticks, as a share of the void that it fills and of the errors there
EDGE = 0.06  # share of a horizontal axis at its start where a number would run into that of the panel before
LEAST = 0.2  # percent of errors below which the axis is linear, since none at all would lie at infinity


def scale_log_errors(axis: Axis, accuracies: NDArray[Any]) -> None:
    """Let an axis hold these accuracies, any array in percent, spaced by the logarithm of 100 less accuracy."""
    axes, along = axis.axes, isinstance(axis, mpl.axis.XAxis)
    (axes.set_xscale if along else axes.set_yscale)("function", functions=(to_place, from_place))
    low, high = to_place(np.array([np.nanmin(accuracies), np.nanmax(accuracies)]))
    margin = max(0.06 * (high - low), 0.05)
    bottom, top = from_place(np.array([low - margin, high + margin]))
    bottom, top = max(float(bottom), 0.0), float(top)  # fewer than none cannot be right
    (axes.set_xlim if along else axes.set_ylim)(bottom, top)
    start = float(from_place(low - margin + EDGE * (high - low + 2 * margin))) if along else bottom
    ticks = ticks_between(start, top, BESIDE if along else ABOVE)
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])


def ticks_between(bottom: float, top: float, gap: float) -> list[float]:
    """Round accuracies, ascending, at least this share of the axis apart; where it can be, no wide part is without one."""
    low, high = to_place(np.array([bottom, top]))
    places: dict[float, float] = {}
    for step in STEPS:
        for tick in (round(i * step, 2) for i in range(ceil(bottom / step), int(min(top, 100) / step) + 1)):
            place = float(to_place(np.array(tick)))
            void = min([top, *(t for t in places if t > tick)]) - max([bottom, *(t for t in places if t < tick)])
            apart = all(abs(place - other) >= gap * (high - low) for other in places.values())
            if apart and step >= FINEST * min(void, 100 - tick):
                places[tick] = place
        if np.diff([low, *sorted(places.values()), high]).max() <= VOID * gap * (high - low):
            break
    return sorted(places)


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
