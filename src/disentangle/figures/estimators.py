"""How weight-free networks learn with each estimator of the gradient: accuracy, undecided gates and flips by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from disentangle.config import Statistics
from disentangle.figures.comparing import alike, with_trait
from disentangle.figures.footnotes import footnote, intervals, replicates
from disentangle.figures.log_errors import scale_log_errors
from disentangle.figures.panels import KEY, arrange, keys_of, legend, new_figure, notice, plain_log, rows_of, titles
from disentangle.figures.style import ESTIMATORS, group_name, paper_style
from disentangle.late import np, pd
from disentangle.pipeline.needs import Setting, Study, Table
from disentangle.pipeline.teller import Drawing
from disentangle.statistics.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell

# Columns of the history, as shares; what the axis says; whether it is logarithmic.
ROWS = {
    "validation_accuracy": "Validation accuracy (%)",
    "undecided": "Undecided (%)",
    "flipped": "Flips (%)",
}
LOGARITHMIC = ("undecided", "flipped")


@paper_style()
def draw(history: pd.DataFrame, groups: Sequence[Mapping[str, str]], settings: Statistics) -> Figure:
    """A column each dataset, network and group; all shares in percent, means over the replicates with their intervals.

    Accuracies are spaced by the logarithm of the error. The two lower rows are logarithmic: the share of gates that are
    undecided after an epoch, and the share of places whose edge appeared or disappeared in it. A share of zero is left
    out there.

    ``history``: the stacked histories of the replicates. ``groups``: each estimator -> label of the family with it.
    """
    pairs = titles(keys_of(history))
    trained = history[history["epoch"] > 0]
    panels = [
        (title, group, rows)
        for pair, title in pairs.items()
        for group in groups
        if not (rows := rows_of(trained[trained["family"].isin(group.values())], pair)).empty
    ]
    if not panels:
        return notice("No weight-free families that differ only in their estimator.")
    blocks, columns = arrange(len(panels), 4)
    figure = new_figure(columns, 3.9 * blocks + 0.7)
    grid = figure.add_gridspec(3 * blocks, columns, height_ratios=[1.7, 1, 1] * blocks)
    for i, (title, group, rows) in enumerate(panels):
        block, column = divmod(i, columns)
        stack = [figure.add_subplot(grid[3 * block + j, column]) for j in range(len(ROWS))]
        for below in stack[1:]:
            below.sharex(stack[0])
        for axes, (quantity, said) in zip(stack, ROWS.items(), strict=True):
            _draw_curves(axes, rows, group, quantity, settings)
            axes.tick_params(labelbottom=axes is stack[-1])
            if column == 0:
                axes.set_ylabel(said)
        stack[0].set_title(f"{title}\n{group_name(group)}")
        stack[-1].set_xlabel("Epoch")
    figure.align_ylabels()
    used = {estimator for group in groups for estimator in group}
    legend(figure, {name: look for name, look in ESTIMATORS.items() if name in used})
    counts = [n for _, _, rows in panels for n in rows.groupby(KEY)["replicate"].nunique()]
    footnote(
        figure,
        f"{replicates(counts)}; lines: mean{intervals(counts, settings.confidence, 'bands')}. Undecided: share of soft gates "
        "within 0.4 of 1/2 after the epoch. Flips: share of places whose edge appeared or disappeared in it. Accuracies are "
        "spaced by the logarithm of the error; zeros are left out of the logarithmic scales.",
    )
    return figure


def _draw_curves(axes: Axes, rows: pd.DataFrame, group: Mapping[str, str], quantity: str, settings: Statistics) -> None:
    logarithmic, drawn = quantity in LOGARITHMIC, []
    for estimator, look in ESTIMATORS.items():
        curves = rows[rows["family"] == group.get(estimator)].sort_values("replicate")
        if curves.empty:
            continue
        by_epoch = curves.groupby("epoch")[quantity]
        epochs = np.array(sorted(curves["epoch"].unique()))
        shares = np.array([mean_interval(100 * by_epoch.get_group(epoch).to_numpy(), settings) for epoch in epochs])
        if logarithmic:
            shares[shares == 0] = np.nan
        drawn.append(shares)
        axes.fill_between(epochs, shares[:, 1], shares[:, 2], color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(
            epochs, shares[:, 0], marker=look.marker, color=look.colour, markersize=2.5, markevery=max(len(epochs) // 5, 1)
        )
    if not logarithmic:
        scale_log_errors(axes.yaxis, np.concatenate(drawn))
    elif np.isfinite(np.concatenate(drawn)).any():
        axes.set_yscale("log")
        plain_log(axes.yaxis)


def compared(cells: Sequence[Cell]) -> list[dict[str, str]]:
    """Groups of weight-free families that differ in nothing but their estimator, each estimator -> label."""
    return [
        {cell.settings["estimator"]: cell.family for cell in group}
        for group in alike(with_trait(cells, "gated").values(), "estimator")
    ]


DRAWING = Drawing(
    draw,
    "Weight-free networks that differ only in their estimator of the gradient: validation accuracy by epoch, and "
    "below it the share of gates that are still undecided and the share of places whose edge flipped in the epoch.",
    history=Table("history"),
    groups=Study(compared),
    settings=Setting("statistics"),
)
