"""What each part of a weight-free network is worth: estimator, normalisation and activation, ON/OFF channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.figures.comparing import dense_beside
from disentangle.figures.estimators import compared as by_estimator
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.panels import COLUMN, GREY, PAGE, SMALL, keys_of, notice, rows_of, titles
from disentangle.figures.rows import draw_row
from disentangle.figures.style import ESTIMATORS, LOOKS, group_name, paper_style
from disentangle.late import mpl, pd
from disentangle.pipeline.needs import Setting, Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell


@paper_style()
def draw(
    metrics: pd.DataFrame, accuracy: pd.DataFrame, groups: Sequence[Mapping[str, Any]], confidence: float = 0.95
) -> Figure:
    """Test accuracy (percent) of the last epoch: a row each dataset and network, a column each group, a line each estimator.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``groups``:
    ``estimators``, each -> label of the family with it, and ``dense``, the label of the dense family with the same
    channels or None. ``confidence``: coverage of the intervals.
    """
    pairs = {
        pair: title
        for pair, title in titles(keys_of(accuracy)).items()
        if any(rows_of(accuracy, pair)["family"].isin(group["estimators"].values()).any() for group in groups)
    }
    if not pairs:
        return notice("No weight-free families that differ only in their estimator.")
    figure = mpl.figure.Figure(figsize=(COLUMN if len(groups) == 1 else PAGE, 1.05 * len(pairs) + 0.75))
    grid = figure.subplots(len(pairs), len(groups), squeeze=False, sharey=True)
    shown = [name for name in ESTIMATORS if any(name in group["estimators"] for group in groups)]
    for row, (pair, title) in enumerate(pairs.items()):
        for column, group in enumerate(groups):
            axes = grid[row, column]
            points, means = rows_of(metrics, pair), rows_of(accuracy, pair)
            _draw_estimators(axes, points, means, group, shown)
            axes.set_title(f"{title}: {group_name(group['estimators'])}")
            axes.set(ylim=(len(shown) - 0.4, -0.6), yticks=range(len(shown)))
            axes.set_yticklabels([ESTIMATORS[name].name for name in shown])
            axes.grid(axis="x")
            if row == len(pairs) - 1:
                axes.set_xlabel("Test accuracy (%)")
    drawn = {label for group in groups for label in (*group["estimators"].values(), group["dense"])}
    counts, trained = accuracy.loc[accuracy["family"].isin(drawn), "replicates"], metrics[metrics["family"].isin(drawn)]
    footnote(
        figure,
        f"{replicates(counts)} of {budget(trained)} (small points), the last epoch; large markers: mean"
        f"{intervals(counts, confidence)}. Vertical line: the dense network of the same kind, where the experiment has one. "
        "Every panel has its own scale.",
    )
    return figure


def _draw_estimators(
    axes: Axes, points: pd.DataFrame, means: pd.DataFrame, group: Mapping[str, Any], shown: Sequence[str]
) -> None:
    for dense in means[means["family"] == group["dense"]].itertuples():
        axes.axvline(100 * dense.mean, color=LOOKS["dense"].colour)
        axes.axvspan(100 * dense.low, 100 * dense.high, color=LOOKS["dense"].colour, alpha=0.12, linewidth=0)
    for y, estimator in enumerate(shown):
        label = group["estimators"].get(estimator)
        draw_row(axes, y, means[means["family"] == label], points[points["family"] == label], ESTIMATORS[estimator])
    if not means["family"].isin(group["estimators"].values()).any():
        axes.text(0.5, 0.5, "not in this experiment", transform=axes.transAxes, ha="center", color=GREY, fontsize=SMALL)
        axes.set_xticks([])


def compared(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The groups that `estimators` compares, with the ``dense`` of their channels.

    None where there is one such group on one network.
    """
    groups = by_estimator(cells)
    if len({(cell.network, i) for cell in cells for i, group in enumerate(groups) if cell.family in group.values()}) < 2:
        return []
    return [{"estimators": group, "dense": dense_beside(cells, group.values())} for group in groups]


DRAWING = Drawing(
    draw,
    "Test accuracy of weight-free networks by estimator, network (normalisation and activation) and channels: a point "
    "for each replicate, the mean and, of several replicates, its interval, and the dense network of the same kind as "
    "a line.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    groups=Study(compared),
    confidence=Setting("statistics.confidence"),
)
