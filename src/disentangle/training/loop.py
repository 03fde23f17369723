"""The training loop, one for all families and both devices."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial, reduce

import torch
from torch import Tensor

from disentangle.accelerator import send
from disentangle.config import Augment, Training
from disentangle.datasets import Dataset, Split
from disentangle.errors import InputError
from disentangle.families import Family, Frame, Moment
from disentangle.families.contract import check_tensors, check_trained
from disentangle.networks import Network
from disentangle.networks.scoring import accuracies, losses, score, statistics_of
from disentangle.streams import torch_generator
from disentangle.training.cohort import Cohort, Row
from disentangle.training.device import compile_network, lower_precision, without_waiting
from disentangle.training.optimiser import learning_rate
from disentangle.training.probe import NetworkProbe


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
            self.family.prepare(self.frame, cohort.state, NetworkProbe(self.network, partial(self._first_batch, seeds)))
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
        train, before = self.data.train, self._masks(cohort)
        rate = learning_rate(self.family.learning, epoch_of_round, self.training.epochs)
        size = min(self.training.batch_size, len(train))
        order = self._order(train, seeds, epoch, size)
        batches = torch.split(order, size, dim=1)
        labels = torch.split(train.labels[send(order, train.labels.device)], size, dim=1)
        draws = None if self.augment == "none" else torch.split(train.draw(seeds, epoch), size, dim=1)[: len(batches)]
        picked = train.pick(batches, draws)
        steps: list[tuple[Tensor, Tensor]] = []
        with ExitStack() as guard:
            for step, inputs in enumerate(picked):
                moment = self._moment(seeds, epoch, step, len(batches))
                if step == 1:  # the first step of a process also loads libraries, compiles and tunes, and may wait for that
                    guard.enter_context(without_waiting(cohort.device))
                steps.append(self._step(cohort, inputs, labels[step], moment, rate))
        # Added one after the other: `torch.stack` and `sum` would add in an order that depends on the device.
        loss, accuracy = (reduce(torch.add, values) / len(steps) for values in zip(*steps, strict=True))
        row = {"train_loss": loss, "train_accuracy": accuracy}
        return _as_row(row | self._state_of(cohort, (epoch_of_round + 1) / self.training.epochs, before))

    def _moment(self, seeds: Sequence[int], epoch: int, step: int, steps: int) -> Moment:
        """A step of an epoch, and the draws it may take."""
        finished, epoch_of_round = divmod(epoch, self.training.epochs)
        return Moment(
            progress=(epoch_of_round + step / steps) / self.training.epochs,
            generators=lambda stream: [torch_generator(seed, stream, epoch, step) for seed in seeds],
            round=finished,
            step=epoch_of_round * steps + step,
            steps=self.training.epochs * steps,
        )

    def _step(self, cohort: Cohort, inputs: Tensor, labels: Tensor, moment: Moment, rate: float) -> tuple[Tensor, Tensor]:
        """One update; loss and accuracy (replicate,) of the batch before it.

        Only the way from weights to logits is in the lower precision: masks, loss, gradients and update are in float32.
        """
        assert cohort.optimiser
        weights = self.family.training_weights(self.frame, cohort.state, moment)
        with lower_precision(cohort.device, self.precision):
            logits = self._logits(weights, inputs)
        loss = losses(logits.float(), labels, self.training.label_smoothing)
        penalised = loss + self.family.penalty(self.frame, cohort.state, moment)
        cohort.optimiser.step(torch.autograd.grad(penalised.sum(), list(cohort.state.trained.values())), rate)
        with torch.no_grad():
            self.family.after_step(self.frame, cohort.state, moment)
            return loss.detach(), accuracies(logits, labels)

    def _order(self, train: Split, seeds: Sequence[int], epoch: int, size: int) -> Tensor:
        """Rows (replicate, image) of an epoch, on the CPU; the incomplete batch of that size at its end is left out."""
        images = len(train)
        orders = [torch.randperm(images, generator=torch_generator(seed, "order", epoch)) for seed in seeds]
        return torch.stack(orders)[:, : images - images % size]

    def _first_batch(self, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Inputs (replicate, image, …) and labels (replicate, image) of the first step, the inputs not augmented."""
        train = self.data.train
        size = min(self.training.batch_size, len(train))
        rows = self._order(train, seeds, 0, size)[:, :size]
        (inputs,) = train.pick([rows])
        return inputs, train.labels[send(rows, train.labels.device)]

    def _masks(self, cohort: Cohort) -> list[Tensor]:
        """The masks as they are, which the training may change in place."""
        with torch.no_grad():
            return [mask.clone() for mask in self.family.masks(self.frame, cohort.state).values()]

    def _state_of(self, cohort: Cohort, progress: float, before: list[Tensor]) -> Row:
        """Validation accuracy (test too, if followed), density, share of places whose mask changed, what the family logs."""
        with torch.no_grad():
            weights = self.family.weights(self.frame, cohort.state)
            logged = self.family.log(self.frame, cohort.state, progress)
        statistics = statistics_of(self.network, weights, self.data.train)
        splits = {"validation": self.data.validation} | ({"test": self.data.test} if self.training.follow_test else {})
        scored = {f"{k}_accuracy": score(self.network, weights, statistics, v).accuracy for k, v in splits.items()}
        masks, edges = self._masks(cohort), sum(layer.edges for layer in self.frame.layers)
        flips = [now ^ then for now, then in zip(masks, before, strict=True)]
        kept, flipped = (torch.stack([part.flatten(1).sum(1) for part in parts]).sum(0) / edges for parts in (masks, flips))
        return scored | {"density": kept, "flipped": flipped} | logged

    def _untrained(self, cohort: Cohort, seeds: Sequence[int]) -> Row:
        """Row 0 of the history: the cohort as it starts; the training figures are those of a sample of the images.

        Raises InputError when the family does not keep to its contract.
        """
        with torch.no_grad():
            weights, masks = self.family.weights(self.frame, cohort.state), self.family.masks(self.frame, cohort.state)
        check_tensors(self.family, self.frame, weights, masks, len(seeds))
        if self.epochs:
            moment = self._moment(seeds, 0, 0, 1)
            check_trained(self.family, cohort.state, self.family.training_weights(self.frame, cohort.state, moment))
        statistics = statistics_of(self.network, weights, self.data.train)
        some, smoothing = self.data.train.thinned(self.network.layout.measured), self.training.label_smoothing
        train = score(self.network, weights, statistics, some, smoothing)
        row = {"train_loss": train.loss, "train_accuracy": train.accuracy}
        return _as_row(row | self._state_of(cohort, 0.0, self._masks(cohort)))

    def _stop_if_diverged(self, loss: Tensor, epoch: int) -> None:
        for replicate in (~loss.isfinite()).nonzero().flatten().tolist():
            rate = self.family.learning.learning_rate
            raise InputError(
                f"the loss of replicate {replicate} is {loss[replicate].item()} after epoch {epoch + 1}; "
                f"write a learning.learning_rate below {rate} for this family."
            )


def _as_row(values: Row) -> Row:
    return {name: value.detach().double().cpu() for name, value in values.items()}
