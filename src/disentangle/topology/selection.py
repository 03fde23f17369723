"""Which individuals are kept and which become parents: non-dominated fronts, crowding, elites and tournaments."""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disentangle.topology.genome import Integers

Points = NDArray[np.float64]

BY_EDGES = 0.8  # probability that a generation is ranked by mean reward and number of edges; otherwise by mean and best reward
CULLED, ELITE = 0.2, 0.2  # shares: of all, and of those left


class Chosen(NamedTuple):
    """Individuals by their place in the population, best first."""

    elites: Integers  # kept as they are
    parents: Integers  # of one child each


def objectives(rewards: Points, edges: Integers, generator: np.random.Generator) -> Points:
    """What a generation is ranked by (individual, 2), larger is better; one draw settles which two.

    ``rewards`` (individual, value of the shared weight); a network without edges counts as one with a single edge.
    """
    second = 1 / np.maximum(edges, 1) if generator.random() < BY_EDGES else rewards.max(axis=1)
    return np.stack([rewards.mean(axis=1), second], axis=1)


def fronts(points: Points) -> Integers:
    """Number of the front of each point (point, 2), from 0: 1 + the last of those that hold a point which dominates it.

    A point dominates another when it is at least as good in both objectives and better in one.
    """
    losses, places = np.unique(-points, axis=0, return_inverse=True)
    # Best in the first objective first: then a front dominates a point exactly when the front's last, which is its best in the
    # second objective, is as good in that.
    ends: list[float] = []  # second loss of the last point of each front, ascending
    numbers = np.empty(len(losses), np.int64)
    for k, loss in enumerate(losses[:, 1].tolist()):
        numbers[k] = front = bisect_right(ends, loss)
        ends[front : front + 1] = [loss]
    return numbers[places.ravel()]


def crowding(points: Points, numbers: Integers) -> Points:
    """Distance of a point from one neighbour in its front to the other, in shares of the span, summed; infinite at the ends.

    Deb et al. 2002. The released search scales by 1 / max - min, which is read as a slip.
    """
    distances = np.zeros(len(points))
    for values in points.T:
        order = np.lexsort((values, numbers))
        ordered, front = values[order], numbers[order]
        begins = np.flatnonzero(np.diff(front, prepend=-1))
        ends = np.append(begins[1:], len(front)) - 1
        spans = (ordered[ends] - ordered[begins])[front]
        gaps = np.zeros(len(front))
        gaps[1:-1] = ordered[2:] - ordered[:-2]
        distances[order] += np.divide(gaps, spans, out=np.zeros(len(front)), where=spans > 0)
        distances[order[begins]] = distances[order[ends]] = np.inf
    return distances


def ranked(points: Points) -> tuple[Integers, Integers]:
    """Individuals from best to worst: by front, then the less crowded, then their place; and the front of each."""
    numbers = fronts(points)
    return np.lexsort((-crowding(points, numbers), numbers)), numbers


def choose(order: Integers, tournament: int, generator: np.random.Generator) -> Chosen:
    """Elites, and the parent of each child: the best of two tournaments of that many among those who are not culled.

    ``order`` is that of `ranked`. Parents are sorted, so that siblings stand side by side.
    """
    left = order[: len(order) - int(CULLED * len(order))]
    elites = left[: int(ELITE * len(left))]
    entrants = generator.integers(len(left), size=(len(order) - len(elites), 2 * tournament))
    return Chosen(elites, left[np.sort(entrants.min(axis=1))])
