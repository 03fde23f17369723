"""A cohort in training: all replicates of a cell, stacked along a leading axis, at some epoch of their training."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from disentangle.families import Found, Frame, GradientFamily, State
from disentangle.families.abilities import Adopts
from disentangle.streams import torch_generator
from disentangle.training.optimiser import Optimiser

Row = dict[str, Tensor]


@dataclass
class Cohort:
    """All that changes during a training, which is what a checkpoint has to hold.

    ``history`` has a row for the start and one for each epoch after it; each value is (replicate,). ``seconds`` is how long the
    training took so far, in all the processes that worked on it.
    """

    state: State
    optimiser: Optimiser | None = None
    epochs: int = 0
    seconds: float = 0.0
    history: list[Row] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        """Where its tensors lie."""
        return next(iter((self.state.trained | self.state.frozen).values())).device

    def rows(self) -> list[dict[str, float]]:
        """The history as a table: a row an epoch and replicate."""
        return [
            {"epoch": epoch, "replicate": replicate} | {name: values[replicate].item() for name, values in row.items()}
            for epoch, row in enumerate(self.history)
            for replicate in range(len(row["train_loss"]))
        ]

    def best_of_test(self) -> list[dict[str, float]]:
        """``best_test_accuracy`` of each replicate over all epochs; empty where no test accuracy was followed."""
        followed = [row["test_accuracy"] for row in self.history[1:] if "test_accuracy" in row]
        if not followed:
            return [{} for _ in self.history[0]["train_loss"]]
        return [{"best_test_accuracy": best} for best in torch.stack(followed).amax(0).tolist()]

    def restart_optimiser(self, family: GradientFamily) -> None:
        """A fresh optimiser over the trained tensors."""
        self.optimiser = Optimiser(family.learning, self.state.trained)


def start_cohort(
    family: GradientFamily, frame: Frame, seeds: Sequence[int], device: torch.device, found: Found | None = None
) -> Cohort:
    """Every replicate starts from its own seed, as it would alone; a family that `Adopts` takes what another cell ``found``."""
    states = [family.start(frame, partial(torch_generator, seed)) for seed in seeds]

    def stack(part: str) -> dict[str, Tensor]:
        return {k: torch.stack([getattr(s, part)[k] for s in states]) for k in getattr(states[0], part)}

    state = State(trained=stack("trained"), frozen=stack("frozen"))
    if found and isinstance(family, Adopts):
        family.adopt(frame, state, found)
    trained = {k: tensor.to(device).requires_grad_() for k, tensor in state.trained.items()}
    return Cohort(State(trained=trained, frozen={k: tensor.to(device) for k, tensor in state.frozen.items()}))
