"""Training loss and validation accuracy by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import extremes, footnote, replicates
from disentangle.figures.log_errors import scale_log_errors
from disentangle.figures.panels import KEY, arrange, keys_of, legend, new_figure, notice, plain_log, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, pd
from disentangle.pipeline.needs import Setting, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Epochs that have a tick and a marker.
ROUND = [digit * 10**power for power in range(5) for digit in (1, 2, 5)]


@paper_style()
def draw(history: pd.DataFrame, epochs: int) -> Figure:
    """Training loss (nats) and validation accuracy (percent) by epoch, a column each dataset and network.

    Lines are means over the replicates, bands reach from the lowest to the highest replicate. A family with densities
    shows the one nearest one half. A family that trains in rounds shows its last: the training of the mask it ends
    with.

    ``history``: the stacked histories of the replicates. ``epochs``: epochs of one round.
    """
    last = history.groupby("family")["epoch"].max()
    rounds = {family: -(-int(last[family]) // epochs) for family in last.index}
    if not any(rounds.values()):
        return notice("No network of this experiment was trained.")
    curves = _last_round(history, epochs)
    looks, panels = family_looks(history["family"]), titles(keys_of(curves))
    rows, columns = arrange(len(panels), 3)
    figure = new_figure(columns, 3.1 * rows + 1.1)
    grid = figure.add_gridspec(2 * rows, columns)
    for i, (pair, title) in enumerate(panels.items()):
        row, column = divmod(i, columns)
        loss = figure.add_subplot(grid[2 * row, column], title=title, yscale="log", xscale="log")
        accuracy = figure.add_subplot(grid[2 * row + 1, column], sharex=loss, xlabel="Epoch")
        _draw_curves(loss, rows_of(curves, pair), "train_loss", 1, looks)
        _draw_curves(accuracy, rows_of(curves, pair), "validation_accuracy", 100, looks)
        scale_log_errors(accuracy.yaxis, 100 * rows_of(curves, pair)["validation_accuracy"].to_numpy())
        ticks = [epoch for epoch in ROUND if epoch <= epochs]
        loss.set_xticks(ticks, [f"{epoch}" for epoch in ticks])
        loss.xaxis.set_minor_locator(mpl.ticker.NullLocator())
        plain_log(loss.yaxis)
        loss.tick_params(labelbottom=False)
        if column == 0:
            loss.set_ylabel("Training cross-entropy (nats)")
            accuracy.set_ylabel("Validation accuracy (%)")
    legend(figure, {family: look for family, look in looks.items() if rounds[family]})
    counts = curves.groupby(KEY)["replicate"].nunique()
    notes = [f"{replicates(counts)}; lines: mean{extremes(counts)}.", nearest_half_note(keys_of(curves), looks)]
    if several := [look.name for family, look in looks.items() if rounds[family] > 1]:
        notes.append(f"Of families that train in rounds, the last round: {', '.join(several)}.")
    if never := [look.name for family, look in looks.items() if not rounds[family]]:
        notes.append(f"Not trained: {', '.join(never)}.")
    notes.append("Accuracies are spaced by the logarithm of the error.")
    footnote(figure, " ".join(filter(None, notes)))
    return figure


def _last_round(history: pd.DataFrame, epochs: int) -> pd.DataFrame:
    """One density a family, the epochs of its last round counted from 1.

    Epoch 0, before training, is left out: it is on record for the first round only.
    """
    kept = pd.DataFrame(nearest_half(keys_of(history)), columns=KEY)
    curves = history.merge(kept, on=KEY)
    before = curves.groupby(KEY)["epoch"].transform("max") - epochs
    curves["epoch"] -= before.clip(lower=0)
    return curves[curves["epoch"] >= 1]


def _draw_curves(axes: Axes, curves: pd.DataFrame, quantity: str, factor: float, looks: Mapping[str, Look]) -> None:
    for family, look in looks.items():
        values = factor * curves[curves["family"] == family].groupby("epoch")[quantity].agg(["mean", "min", "max"])
        marked = [epoch in ROUND for epoch in values.index]
        axes.fill_between(values.index, values["min"], values["max"], color=look.colour, alpha=0.12, linewidth=0)
        axes.plot(
            values.index, values["mean"], marker=look.marker, color=look.colour, linewidth=0.9,
            markersize=2.5, markevery=marked,
        )  # fmt: skip


DRAWING = Drawing(
    draw,
    "Training loss and validation accuracy by epoch. Bands, where there are several replicates, reach from the lowest "
    "to the highest; families that prune in rounds show their last round.",
    history=Table("history"),
    epochs=Setting("training.epochs"),
)
