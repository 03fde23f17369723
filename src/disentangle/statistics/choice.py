"""Which density of a family is taken where only one can be: chosen on the validation split, never on the test split."""

from __future__ import annotations

from disentangle.late import pd


def best_density(metrics: pd.DataFrame) -> str:
    """The density with the highest mean validation accuracy; of equally good ones the first in the experiment.

    ``metrics`` are the rows of one family on one dataset and network, of the stacked table.
    """
    # Equal accuracies may differ by rounding in their mean.
    means = metrics.groupby("density", sort=False)["validation_accuracy"].mean().round(12)
    return str(means.idxmax())
