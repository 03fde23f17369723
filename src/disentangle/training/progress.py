"""Progress of a training: a bar on a terminal, a line for each epoch in a log."""

import sys
from types import TracebackType

from tqdm import tqdm

from disentangle.training.cohort import Cohort


class Progress:
    """Reports a cohort after each epoch; use it as a context."""

    def __init__(self, title: str, epochs: int) -> None:
        self.title, self.epochs = title, epochs
        self.bar = tqdm(total=epochs, desc=title, unit="epoch", disable=not sys.stderr.isatty())

    def __enter__(self) -> "Progress":
        """Start the report."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the bar."""
        self.bar.close()

    def report(self, cohort: Cohort) -> None:
        """Tell the cohort's last epoch, as means over the replicates."""
        row = {name: values.mean().item() for name, values in cohort.history[-1].items()}
        loss, accuracy = row["train_loss"], row["validation_accuracy"]
        if self.bar.disable:
            text = (
                f"{self.title}: epoch {cohort.epochs}/{self.epochs}, train loss {loss:.4f}, validation accuracy {accuracy:.4f}"
            )
            print(text, file=sys.stderr, flush=True)
        else:
            self.bar.set_postfix(loss=f"{loss:.4f}", validation=f"{accuracy:.4f}", refresh=False)
            self.bar.update(cohort.epochs - self.bar.n)
