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
from disentangle.families import Frame, GradientFamily, Moment
from disentangle.families.abilities import ActsAfterSteps, ActsBetweenRounds, Penalises, Prepares, Substitutes
from disentangle.families.contract import check_tensors, check_trained
from disentangle.families.given import Tensors
from disentangle.networks import Network
from disentangle.networks.scoring import accuracies, losses
from disentangle.streams import torch_generator
from disentangle.training.cohort import Cohort, Row
from disentangle.training.device import compile_network, lower_precision, without_waiting
from disentangle.training.history import Observer
from disentangle.training.optimiser import learning_rate
from disentangle.training.probe import NetworkProbe


class Trainer:
    """Trains the cohort of one cell.

    All random numbers of an epoch come from streams keyed by the epoch, so a training can be continued after any epoch.
    """

    def __init__(
        self,
        network: Network,
        family: GradientFamily,
        frame: Frame,
        training: Training,
        data: Dataset,
        augment: Augment = "none",
        precision: torch.dtype = torch.float32,
        compiled: bool = False,
    ) -> None:
        self.network, self.family, self.frame = network, family, frame
        self.training, self.data, self.augment = training, data, augment
        self.precision, self.observer = precision, Observer(network, family, frame, training, data)
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
            if isinstance(self.family, Prepares):
                self.family.prepare(self.frame, cohort.state, NetworkProbe(self.network, partial(self._first_batch, seeds)))
            self._check(cohort, seeds)
            cohort.history.append(self.observer.start(cohort))
            after_epoch(cohort)
        for epoch in range(cohort.epochs, self.epochs):
            finished, epoch_of_round = divmod(epoch, self.training.epochs)
            if epoch_of_round == 0:
                if finished and isinstance(self.family, ActsBetweenRounds):
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
        train, before = self.data.train, self.observer.masks(cohort)
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
                if step == 1:  # the first step also loads libraries, compiles and tunes, and may wait for that
                    guard.enter_context(without_waiting(cohort.device))
                steps.append(self._step(cohort, inputs, labels[step], moment, rate))
        # Added one after the other: `torch.stack` and `sum` would add in an order that depends on the device.
        loss, accuracy = (reduce(torch.add, values) / len(steps) for values in zip(*steps, strict=True))
        return self.observer.row(cohort, loss, accuracy, (epoch_of_round + 1) / self.training.epochs, before)

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
        weights = self._training_weights(cohort, moment)
        with lower_precision(cohort.device, self.precision):
            logits = self._logits(weights, inputs)
        loss = losses(logits.float(), labels, self.training.label_smoothing)
        penalty = self.family.penalty(self.frame, cohort.state, moment) if isinstance(self.family, Penalises) else 0.0
        cohort.optimiser.step(torch.autograd.grad((loss + penalty).sum(), list(cohort.state.trained.values())), rate)
        with torch.no_grad():
            if isinstance(self.family, ActsAfterSteps):
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

    def _training_weights(self, cohort: Cohort, moment: Moment) -> Tensors:
        """The weights that a step trains."""
        if isinstance(self.family, Substitutes):
            return self.family.training_weights(self.frame, cohort.state, moment)
        return self.family.weights(self.frame, cohort.state)

    def _check(self, cohort: Cohort, seeds: Sequence[int]) -> None:
        """Raise InputError when the family does not keep to its contract at the start of the training."""
        with torch.no_grad():
            weights, masks = self.family.weights(self.frame, cohort.state), self.family.masks(self.frame, cohort.state)
        check_tensors(self.family, self.frame, weights, masks, len(seeds))
        if self.epochs:
            check_trained(self.family, cohort.state, self._training_weights(cohort, self._moment(seeds, 0, 0, 1)))

    def _stop_if_diverged(self, loss: Tensor, epoch: int) -> None:
        for replicate in (~loss.isfinite()).nonzero().flatten().tolist():
            rate = self.family.learning.learning_rate
            raise InputError(
                f"the loss of replicate {replicate} is {loss[replicate].item()} after epoch {epoch + 1}; "
                f"write a learning.learning_rate below {rate} for this family."
            )
