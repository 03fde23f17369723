"""Every mask of some small problems tried, and where the masks that a search finds stand among them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from disentangle.errors import InputError
from disentangle.streams import torch_generator
from disentangle.theory.estimators import ESTIMATORS
from disentangle.theory.gate import Array
from disentangle.theory.network import draw_network
from disentangle.theory.problem import Problem, Together
from disentangle.theory.quadratic import draw_quadratic
from disentangle.theory.search import search

PROBLEMS, STARTS = 20, 10  # problems of a kind, starts of the search on each
CHUNK = 2**12  # masks tried at once
MOST = 24  # edges
TOLERANCE = 1e-9  # relative: masks that only swap like units differ by rounding


KINDS: dict[str, Callable[[torch.Generator], Problem]] = {
    "network, outputs fixed": lambda generator: draw_network(5, 3, False, generator),
    "network": lambda generator: draw_network(4, 3, True, generator),
    "quadratic": lambda generator: draw_quadratic(15, 30, generator),
}


def enumeration_rows(seed: int) -> list[dict[str, Any]]:
    """A row a problem, estimator and start; docs/files.md says what the columns are.

    Every estimator has the same starts. The problems are the first of their stream: none is left out.
    """
    return [row for kind in KINDS for row in _rows(seed, kind)]


def _rows(seed: int, kind: str) -> Iterator[dict[str, Any]]:
    stream = 2 + list(KINDS).index(kind)
    problems = [KINDS[kind](torch_generator(seed, "theory", stream, number)) for number in range(PROBLEMS)]
    starts = torch_generator(seed, "theory", 5, stream)
    masks = search(Together(problems, STARTS), ESTIMATORS, PROBLEMS * STARTS, starts)
    by_problem = {name: torch.split(found, STARTS) for name, found in masks.items()}
    for number, problem in enumerate(problems):
        found = {name: of_problem[number] for name, of_problem in by_problem.items()}
        for row in _standing(problem, found):
            yield {"kind": kind, "problem": number} | row


def _standing(problem: Problem, masks: dict[str, Tensor]) -> Iterator[dict[str, Any]]:
    """Where the masks (start, edge) that each estimator found stand among all of a problem."""
    losses = all_losses(problem)
    ordered = np.sort(losses)
    best = masks_of(np.flatnonzero(losses <= _not_above(ordered[0])), problem.edges)
    for name, of_starts in masks.items():
        found = problem.loss(of_starts.to(torch.float64)).numpy()
        distances = (of_starts[:, None] != best).sum(2).amin(1)
        for start, (loss, rank, distance) in enumerate(zip(found, ranks(ordered, found), distances, strict=True)):
            yield {
                "edges": problem.edges,
                "masks": len(losses),
                "optima": len(best),
                "estimator": name,
                "start": start,
                "loss": float(loss),
                "optimum": float(ordered[0]),
                "median": float(ordered[len(ordered) // 2]),
                "rank": int(rank),
                "distance": int(distance),
            }


def masks_of(numbers: ArrayLike, edges: int) -> Tensor:
    """Masks (row, edge), bool, of their numbers: bit i is edge i."""
    return (torch.as_tensor(numbers)[:, None] >> torch.arange(edges) & 1).bool()


def all_losses(problem: Problem) -> Array:
    """Loss of every mask, by its number.

    Raises InputError for a problem with too many edges.
    """
    if problem.edges > MOST:
        raise InputError(f"{problem.edges} edges have too many masks to try all; give a problem of at most {MOST} edges.")
    chunks = torch.split(torch.arange(2**problem.edges), CHUNK)
    losses: Array = torch.cat([problem.loss(masks_of(chunk, problem.edges).to(torch.float64)) for chunk in chunks]).numpy()
    return losses


def ranks(ordered: Array, found: Array) -> NDArray[np.int64]:
    """1 + the number of masks that are strictly better, up to rounding; ``ordered`` has the losses of all masks, ascending."""
    return 1 + np.searchsorted(ordered, found - TOLERANCE * (np.abs(found) + TOLERANCE))


def _not_above(loss: float) -> float:
    return loss + TOLERANCE * (abs(loss) + TOLERANCE)
