"""Test accuracy against density, enlarged and on the full scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disentangle.figures.densities import aside, taken, with_realised
from disentangle.figures.enlarging import enlarge
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.panels import GREY, arrange, keys_of, legend, new_figure, notice, plain_log, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import pd
from disentangle.pipeline.needs import Described, Setting, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@paper_style()
def draw(metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: Mapping[str, float], confidence: float = 0.95) -> Figure:
    """Mean test accuracy (percent) and interval against the share of edges kept, a column each dataset and network.

    Families that are given a density are lines, those that settle it themselves are single points at their mean
    realised density, and those that keep every edge are horizontal lines with their interval as a band.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``:
    share of the images that a guess gets right, by dataset. ``confidence``: coverage of the intervals.
    """
    table = with_realised(accuracy, metrics).sort_values("realised_density")
    if not (table["realised_density"] < 1).any():
        return notice("No family of this experiment leaves edges out.")
    looks, panels = family_looks(table["family"]), titles(keys_of(table))
    rows, columns = arrange(len(panels), 3)
    figure = new_figure(columns, 2.7 * rows + 0.8)
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[2.2, 1] * rows)
    for i, (pair, title) in enumerate(panels.items()):
        row, column = divmod(i, columns)
        closer = figure.add_subplot(grid[2 * row, column])
        whole = figure.add_subplot(grid[2 * row + 1, column], sharex=closer)
        means, points = rows_of(table, pair), rows_of(metrics, pair)
        for axes in (closer, whole):
            _draw_families(axes, means, looks)
            axes.axhline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        whole.axhspan(*enlarge(closer.yaxis, points, means, chance[pair[0]]), color="#eeeeee", linewidth=0, zorder=0)
        whole.set(ylim=(0, 104), yticks=[0, 50, 100], xlabel="Density (share of edges kept)")
        closer.set(facecolor="#f6f6f6", title=title)
        closer.tick_params(labelbottom=False)
        closer.grid(axis="y", color="white")
        _scale_densities(
            whole, table.groupby("family").filter(lambda cells: set(cells["density"]) != {"1.0"})["realised_density"]
        )
        if column == 0:
            closer.set_ylabel("Test accuracy (%), enlarged")
            whole.set_ylabel("Full scale (%)")
    legend(figure, looks)
    footnote(
        figure,
        f"{replicates(table['replicates'])} of {budget(metrics)}; markers: mean"
        f"{intervals(table['replicates'], confidence)}; dotted line: always the largest class. "
        "Markers at one density are drawn side by side. Enlarged, accuracies are spaced by the logarithm of the error.",
    )
    return figure


def _draw_families(axes: Axes, means: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    given = [family for family in looks if family in taken(keys_of(means))]
    for family, look in looks.items():
        cells = means[means["family"] == family]
        mean, low, high = (100 * cells[name].to_numpy() for name in ("mean", "low", "high"))
        if set(cells["density"]) == {"1.0"}:
            axes.axhline(mean[0], color=look.colour)
            axes.axhspan(low[0], high[0], color=look.colour, alpha=0.12, linewidth=0)
            continue
        place = aside(axes, given.index(family), len(given)) if family in given else axes.transData
        axes.vlines(cells["realised_density"], low, high, color=look.colour, linewidth=0.8, transform=place)
        axes.plot(cells["realised_density"], mean, marker=look.marker, color=look.colour, transform=place)


def _scale_densities(axes: Axes, realised: pd.Series[float]) -> None:
    low, high = realised.min(), realised.max()
    if high > 10 * low:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.3, high * 1.3)
        plain_log(axes.xaxis)
    else:
        margin = max(0.08 * (high - low), 0.05)
        axes.set_xlim(low - margin, high + margin)


DRAWING = Drawing(
    draw,
    "Test accuracy against the share of edges kept. The dense network is a band; weight-free networks, which settle "
    "their density themselves, are single points.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    chance=Described("largest_class"),
    confidence=Setting("statistics.confidence"),
)
