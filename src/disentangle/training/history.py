"""What a training says about its cohort in the history: a row for the start, and one for each epoch after it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from disentangle.config import Training
from disentangle.datasets import Dataset
from disentangle.families import Frame, GradientFamily
from disentangle.families.abilities import Logs
from disentangle.networks import Network
from disentangle.networks.scoring import score, statistics_of
from disentangle.training.cohort import Cohort, Row


@dataclass(frozen=True)
class Observer:
    """Looks at a cohort between its epochs, and changes nothing."""

    network: Network
    family: GradientFamily
    frame: Frame
    training: Training
    data: Dataset

    def start(self, cohort: Cohort) -> Row:
        """The row before the training; its training loss and accuracy are those of a sample of the images."""
        with torch.no_grad():
            weights = self.family.weights(self.frame, cohort.state)
        statistics = statistics_of(self.network, weights, self.data.train)
        some, smoothing = self.data.train.thinned(self.network.layout.measured), self.training.label_smoothing
        train = score(self.network, weights, statistics, some, smoothing)
        return self.row(cohort, train.loss, train.accuracy, 0.0, self.masks(cohort))

    def row(self, cohort: Cohort, loss: Tensor, accuracy: Tensor, progress: float, before: list[Tensor]) -> Row:
        """The row of an epoch, values (replicate,) in float64 on the CPU.

        Training ``loss`` and ``accuracy`` (replicate,) are those of its steps; validation accuracy (test too, if followed),
        density, and what the family logs are of the cohort as it is now, and ``flipped`` is the share of places whose mask
        differs from the masks ``before`` the epoch. ``progress`` is the share of the round that is over.
        """
        with torch.no_grad():
            weights = self.family.weights(self.frame, cohort.state)
            logged = self.family.log(self.frame, cohort.state, progress) if isinstance(self.family, Logs) else {}
        statistics = statistics_of(self.network, weights, self.data.train)
        splits = {"validation": self.data.validation} | ({"test": self.data.test} if self.training.follow_test else {})
        scored = {f"{k}_accuracy": score(self.network, weights, statistics, v).accuracy for k, v in splits.items()}
        masks, edges = self.masks(cohort), sum(layer.edges for layer in self.frame.layers)
        flips = [now ^ then for now, then in zip(masks, before, strict=True)]
        kept, flipped = (torch.stack([part.flatten(1).sum(1) for part in parts]).sum(0) / edges for parts in (masks, flips))
        values = {"train_loss": loss, "train_accuracy": accuracy, **scored, "density": kept, "flipped": flipped, **logged}
        return {name: value.detach().double().cpu() for name, value in values.items()}

    def masks(self, cohort: Cohort) -> list[Tensor]:
        """Copies of the masks, since the training may change them in place."""
        with torch.no_grad():
            return [mask.clone() for mask in self.family.masks(self.frame, cohort.state).values()]
