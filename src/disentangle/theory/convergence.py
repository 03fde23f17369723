"""Biased descent on a random quadratic at several hardnesses, and in stages, against the theorem for many numbers of steps."""

from typing import Any

import numpy as np
import torch

from disentangle.streams import torch_generator
from disentangle.theory.descent import Descent, descend
from disentangle.theory.quadratic import draw_quadratic

EDGES, ROWS, STARTS = 50, 100, 20
HARDNESS = (1.0, 10.0, 100.0)
STEPS = 500
STAGES, STAGE_STEPS = (1.0, 3.0, 10.0, 30.0), 100
SHOWN = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)  # numbers of steps on record


def convergence_rows(seed: int) -> list[dict[str, Any]]:
    """A row a run, gradient, hardness and number of steps, over all starts; docs/files.md says what the columns are.

    In the run ``staged`` each hardness starts where the one before ended, and its steps are counted from there.
    """
    generator = torch_generator(seed, "theory", 1)
    quadratic = draw_quadratic(EDGES, ROWS, generator)
    start = torch.randn(STARTS, EDGES, generator=generator, dtype=torch.float64)
    rows = []
    for name in ("hard_forward", "soft"):
        for hardness in HARDNESS:
            done = descend(quadratic, name, start, hardness, STEPS)
            rows += _rows("constant", name, hardness, done)
        latent = start
        for hardness in STAGES:
            done = descend(quadratic, name, latent, hardness, STAGE_STEPS)
            rows += _rows("staged", name, hardness, done)
            latent = done.end
    return rows


def _rows(run: str, name: str, hardness: float, done: Descent) -> list[dict[str, Any]]:
    mean, bound = done.mean(), done.bound(done.biases)
    columns = {
        "smallest": done.smallest(),
        "mean": mean,
        "bound": bound,
        "bound_from_gaps": done.bound(done.allowed),
        "relaxed_loss": done.relaxed,
        "rounded_loss": done.rounded,
        "rounding_gap": np.abs(done.rounded - done.relaxed),
        "rounding_bound": done.rounding,
    }
    return [
        {"run": run, "gradient": name, "hardness": hardness, "step": steps, "starts": STARTS}
        | {column: float(values[steps - 1].mean()) for column, values in columns.items()}
        | {"fullest": float((mean[steps - 1] / bound[steps - 1]).max())}
        for steps in SHOWN
        if steps <= len(mean)
    ]
