"""Training loss and validation accuracy by epoch."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.panels import (
    COLUMN,
    KEY,
    PAGE,
    footnote,
    keys_of,
    legend,
    notice,
    pairs_of,
    replicates,
    rows_of,
    titles,
)
from disentangle.figures.style import Look, family_looks, paper_style


@paper_style()
def draw(history: pd.DataFrame, epochs: int) -> Figure:
    """Training loss (nats per image) and validation accuracy (percent) by epoch, a column each dataset and network.

    Lines are means over the replicates, bands reach from the lowest to the highest replicate. A family with densities shows
    the one nearest one half; a family that trains in rounds shows its last round, which trains the mask it ends with. Networks
    that are never trained are left out.

    ``history``: the stacked histories of the replicates. ``epochs``: epochs of one round.
    """
    looks, panels = family_looks(history["family"]), titles(pairs_of(history))
    kept = set(nearest_half(keys_of(history)))
    curves = history[[key in kept for key in history[KEY].itertuples(index=False, name=None)]]
    last = curves.groupby(KEY)["epoch"].transform("max")
    curves = curves.assign(epoch=curves["epoch"] - (last - epochs).clip(lower=0))
    curves = curves[(curves["epoch"] >= 1) & (last > 0)]
    if curves.empty:
        return notice("No family of this experiment was trained.")
    trained = {family: look for family, look in looks.items() if family in set(curves["family"])}
    columns = len(panels)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, 4.2))
    grid = figure.subplots(2, columns, squeeze=False, sharex="col")
    for column, (pair, title) in enumerate(panels.items()):
        loss, accuracy = grid[:, column]
        _draw_curves(loss, rows_of(curves, pair), "train_loss", 1, trained)
        _draw_curves(accuracy, rows_of(curves, pair), "validation_accuracy", 100, trained)
        loss.set_yscale("log")
        loss.set_title(title, loc="left", fontweight="bold")
        accuracy.set_xlabel("Epoch (of the last round)")
    grid[0, 0].set_ylabel("Training loss (nats per image)")
    grid[1, 0].set_ylabel("Validation accuracy (%)")
    legend(figure, trained, columns=4 if columns > 1 else 2)
    footnote(figure, "x")
    return figure


def _draw_curves(
    axes: Axes, curves: pd.DataFrame, quantity: str, factor: float, looks: Mapping[str, Look]
) -> None:
    for family, look in looks.items():
        epochs = factor * curves[curves["family"] == family].groupby("epoch")[quantity].agg(["mean", "min", "max"])
        axes.plot(epochs.index, epochs["mean"], color=look.colour, linewidth=0.9)
        axes.fill_between(epochs.index, epochs["min"], epochs["max"], color=look.colour, alpha=0.12, linewidth=0)
