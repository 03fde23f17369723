"""The training loop, one for all families and both devices."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import reduce

import torch
from torch import Tensor

from disentangle.accelerator import send
from disentangle.config import Augment, Training
from disentangle.datasets import Dataset, Split
from disentangle.errors import InputError
from disentangle.families import Family, Frame
from disentangle.families.contract import check_tensors, check_trained
from disentangle.networks import Network
from disentangle.networks.evaluation import accuracies, losses, measure, score
from disentangle.streams import torch_generator
from disentangle.training.cohort import Cohort, Row
from disentangle.training.device import compile_network, lower_precision, without_waiting
from disentangle.training.optimiser import learning_rate


class Trainer:
    """Trains the cohort of one cell.

    Everything random in an epoch is drawn from a stream keyed by the epoch, so a cohort can go on from any epoch.
    """

    def __init__(
        self,
        network: Network,
        family: Family,
        frame: Frame,
        training: Training,
        data: Dataset,
        augment: Augment = "none",
        precision: torch.dtype = torch.float32,
        compiled: bool = False,
    ) -> None:
        self.network, self.family, self.frame = network, family, frame
        self.training, self.data, self.augment = training, data, augment
        self.precision = precision
        self._logits = compile_network(network.training_logits) if compiled else network.training_logits
        data.train.check(augment)

    @property
    def epochs(self) -> int:
        """Epochs of all rounds together."""
        return self.family.rounds(self.frame) * self.training.epochs

    def fit(self, cohort: Cohort, seeds: Sequence[int], after_epoch: Callable[[Cohort], None]) -> None:
        """Train ``cohort`` in place from the epoch it is at; ``after_epoch`` may report it or save it.

        Raises InputError when a loss is not finite, or when the family does not keep to its contract.
        """
        if not cohort.history:
            cohort.history.append(self._untrained(cohort, seeds))
            after_epoch(cohort)
        for epoch in range(cohort.epochs, self.epochs):
            finished, epoch_of_round = divmod(epoch, self.training.epochs)
            if epoch_of_round == 0:
                if finished:
                    with torch.no_grad():
                        self.family.after_round(self.frame, cohort.state, finished)
                cohort.restart_optimiser(self.family)
            row = self._epoch(cohort, seeds, epoch, epoch_of_round)
            self._stop_if_diverged(row["train_loss"], epoch)
            cohort.history.append(row)
            cohort.epochs = epoch + 1
            after_epoch(cohort)

    def _epoch(self, cohort: Cohort, seeds: Sequence[int], epoch: int, epoch_of_round: int) -> Row:
        """One pass over the training split, every replicate in its own order."""
        epochs, train = self.training.epochs, self.data.train
        rate = learning_rate(self.family.learning, epoch_of_round, epochs)
        size = min(self.training.batch_size, len(train))
        order = self._order(train, seeds, epoch, size)
        batches = torch.split(order, size, dim=1)
        labels = torch.split(train.labels[send(order, train.labels.device)], size, dim=1)
        draws = None if self.augment == "none" else torch.split(train.draw(seeds, epoch), size, dim=1)[: len(batches)]
        picked = train.pick(batches, draws)
        steps: list[tuple[Tensor, Tensor]] = []
        with ExitStack() as guard:
            for step, inputs in enumerate(picked):
                if step == 1:  # the first step of a process also loads libraries, compiles and tunes, and may wait for that
                    guard.enter_context(without_waiting(cohort.device))
                progress = (epoch_of_round + step / len(batches)) / epochs
                steps.append(self._step(cohort, inputs, labels[step], progress, rate))
        # Added one after the other: `torch.stack` and `sum` would add in an order that depends on the device.
        loss, accuracy = (reduce(torch.add, values) / len(steps) for values in zip(*steps, strict=True))
        row = {"train_loss": loss, "train_accuracy": accuracy}
        return {
            k: v.detach().double().cpu() for k, v in (row | self._validation(cohort, (epoch_of_round + 1) / epochs)).items()
        }

    def _step(self, cohort: Cohort, inputs: Tensor, labels: Tensor, progress: float, rate: float) -> tuple[Tensor, Tensor]:
        """One update; loss and accuracy (replicate,) of the batch before it.

        Only the way from weights to logits is in the lower precision: masks, loss, gradients and update are in float32.
        """
        assert cohort.optimiser
        weights = self.family.weights(self.frame, cohort.state, progress)
        with lower_precision(cohort.device, self.precision):
            logits = self._logits(weights, inputs)
        loss = losses(logits.float(), labels, self.training.label_smoothing)
        cohort.optimiser.step(torch.autograd.grad(loss.sum(), list(cohort.state.trained.values())), rate)
        with torch.no_grad():
            self.family.after_step(self.frame, cohort.state)
            return loss.detach(), accuracies(logits, labels)

    def _order(self, train: Split, seeds: Sequence[int], epoch: int, size: int) -> Tensor:
        """Rows (replicate, image) of an epoch, on the CPU; the incomplete batch of that size at its end is left out."""
        images = len(train)
        orders = [torch.randperm(images, generator=torch_generator(seed, "order", epoch)) for seed in seeds]
        return torch.stack(orders)[:, : images - images % size]

    def _validation(self, cohort: Cohort, progress: float) -> Row:
        """Validation accuracy and density of the cohort as it stands."""
        with torch.no_grad():
            weights = self.family.weights(self.frame, cohort.state, progress)
            masks = self.family.masks(self.frame, cohort.state)
        statistics = measure(self.network, weights, self.data.train)
        kept = torch.stack([mask.flatten(1).sum(1) for mask in masks.values()]).sum(0)
        edges = sum(layer.edges for layer in self.frame.layers)
        accuracy = score(self.network, weights, statistics, self.data.validation).accuracy
        return {"validation_accuracy": accuracy, "density": kept / edges}

    def _untrained(self, cohort: Cohort, seeds: Sequence[int]) -> Row:
        """Row 0 of the history: the cohort as it starts; the training figures are those of a sample of the images.

        Raises InputError when the family does not keep to its contract.
        """
        weights = self.family.weights(self.frame, cohort.state, 0.0)
        masks = self.family.masks(self.frame, cohort.state)
        check_tensors(self.family, self.frame, weights, masks, len(seeds))
        if self.epochs:
            check_trained(self.family, cohort.state, weights)
        weights = {layer: weight.detach() for layer, weight in weights.items()}
        statistics = measure(self.network, weights, self.data.train)
        some, smoothing = self.data.train.thinned(self.network.layout.measured), self.training.label_smoothing
        train = score(self.network, weights, statistics, some, smoothing)
        row = {"train_loss": train.loss, "train_accuracy": train.accuracy} | self._validation(cohort, 0.0)
        return {k: v.double().cpu() for k, v in row.items()}

    def _stop_if_diverged(self, loss: Tensor, epoch: int) -> None:
        for replicate in (~loss.isfinite()).nonzero().flatten().tolist():
            rate = self.family.learning.learning_rate
            raise InputError(
                f"the loss of replicate {replicate} is {loss[replicate].item()} after epoch {epoch + 1}; "
                f"write a learning.learning_rate below {rate} for this family."
            )
