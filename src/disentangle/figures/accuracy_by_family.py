"""Test accuracy of every family, on the full scale and enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disentangle.figures.densities import best_on_validation
from disentangle.figures.enlarging import enlarge
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.panels import GREY, KEY, SMALL, arrange, keys_of, new_figure, notice, rows_of, titles
from disentangle.figures.rows import draw_row
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import pd
from disentangle.pipeline.needs import Described, Setting, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@paper_style()
def draw(metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: Mapping[str, float], confidence: float = 0.95) -> Figure:
    """Test accuracy (percent) of every family, a panel each dataset and network: replicates, mean and interval.

    A family with densities shows the one with the highest mean validation accuracy; the density beside each row is
    the mean realised one.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``:
    share of the images that a guess gets right, by dataset. ``confidence``: coverage of the intervals.
    """
    if accuracy.empty:
        return notice("No accuracies to show.")
    best = best_on_validation(metrics)
    shown = accuracy.merge(best[KEY].drop_duplicates(), on=KEY)
    every, panels = family_looks(accuracy["family"]), titles(keys_of(accuracy))
    own = [{f: look for f, look in every.items() if f in set(rows_of(shown, pair)["family"])} for pair in panels]
    rows, columns = arrange(len(panels), 2)
    depths = [max(map(len, own[start : start + columns])) for start in range(0, len(own), columns)]
    heights = [0.75 + 0.24 * depth for depth in depths]
    figure = new_figure(columns, sum(heights) + 0.3)
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[1, 1.6] * columns, height_ratios=heights)
    for i, (pair, title) in enumerate(panels.items()):
        (row, column), looks = divmod(i, columns), own[i]
        named = column == 0 or looks != own[i - 1]
        whole = figure.add_subplot(grid[row, 2 * column])
        closer = figure.add_subplot(grid[row, 2 * column + 1], sharey=whole)
        points, means, guess = rows_of(best, pair), rows_of(shown, pair), 100 * chance[pair[0]]
        for axes in (whole, closer):
            for y, (family, look) in enumerate(looks.items()):
                draw_row(axes, y, means[means["family"] == family], points[points["family"] == family], look)
            axes.axvline(guess, color=GREY, linestyle=":", linewidth=0.8)
        whole.axvspan(*enlarge(closer.xaxis, points, means, chance[pair[0]]), color="#eeeeee", linewidth=0, zorder=0)
        whole.set(xlim=(0, 104), xticks=[0, 50, 100], xlabel="Test accuracy (%)", title=title)
        whole.set(ylim=(depths[row] - 0.5, -0.5), yticks=range(len(looks)))
        whole.set_yticklabels([look.name if named else "" for look in looks.values()])
        closer.set(xlabel="Enlarged (%)", facecolor="#f6f6f6")
        closer.tick_params(labelleft=False, left=False)
        closer.grid(axis="x", color="white")
        _write_densities(closer, points, looks)
    footnote(
        figure,
        f"{replicates(shown['replicates'])} of {budget(best)} (small points); large markers: mean"
        f"{intervals(shown['replicates'], confidence, 'bars')}. Dotted line: always the largest class. "
        "Families that are given a density show the one with the highest mean validation accuracy. Enlarged, accuracies are "
        "spaced by the logarithm of the error.",
    )
    return figure


def _write_densities(axes: Axes, points: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    realised = points.groupby("family")["realised_density"].mean()
    labels = {-0.75: "density"} | {y: f"{realised[x]:.2g}" for y, x in enumerate(looks) if x in realised}
    for y, label in labels.items():
        axes.text(1.03, y, label, transform=axes.get_yaxis_transform(), fontsize=SMALL, color=GREY, va="center")


DRAWING = Drawing(
    draw,
    "Test accuracy of every family: a point for each replicate, the mean and, of several replicates, its interval. A "
    "family that takes a density is shown at the one that was best on the validation split.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    chance=Described("largest_class"),
    confidence=Setting("statistics.confidence"),
)
