"""Test accuracy of every family, on the full scale and enlarged."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from disentangle.figures.densities import best_on_validation
from disentangle.figures.enlarging import enlarged
from disentangle.figures.panels import (
    COLUMN,
    GREY,
    KEY,
    PAGE,
    SMALL,
    footnote,
    notice,
    pairs_of,
    replicates,
    rows_of,
    titles,
)
from disentangle.figures.style import Look, family_looks, paper_style


@paper_style()
def draw(
    metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: Mapping[str, float], confidence: float = 0.95
) -> Figure:
    """Test accuracy (percent) of every family, a panel each dataset and network: replicates, mean and interval.

    A family with densities shows the one with the highest mean validation accuracy; the number beside each row is the
    realised density.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``: share of
    images a guess gets right, by dataset. ``confidence``: coverage of the intervals.
    """
    if accuracy.empty:
        return notice("No accuracies to show.")
    best = best_on_validation(metrics)
    shown = accuracy.merge(best[KEY].drop_duplicates(), on=KEY)
    looks, panels = family_looks(accuracy["family"]), titles(pairs_of(accuracy))
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(PAGE if columns == 2 else COLUMN, rows * (0.7 + 0.24 * len(looks)) + 0.25))
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[1, 1.6] * columns)
    for i, (pair, title) in enumerate(panels.items()):
        row, column = divmod(i, columns)
        whole = figure.add_subplot(grid[row, 2 * column])
        closer = figure.add_subplot(grid[row, 2 * column + 1], sharey=whole)
        points, means = rows_of(best, pair), rows_of(shown, pair)
        for axes in (whole, closer):
            _draw_rows(axes, points, means, looks)
            axes.axvline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        limits = enlarged(points, means, chance[pair[0]])
        whole.axvspan(*limits, color="#eeeeee", zorder=0)
        whole.set(xlim=(0, 104), xticks=[0, 50, 100], xlabel="Test accuracy (%)")
        closer.set(xlim=limits, xlabel="Test accuracy (%), enlarged", facecolor="#f6f6f6")
        whole.set_yticks(range(len(looks)), [look.name for look in looks.values()] if column == 0 else [""] * len(looks))
        whole.set_ylim(len(looks) - 0.5, -0.5)
        whole.set_title(title, loc="left", fontweight="bold")
        closer.tick_params(labelleft=False, left=False)
        closer.grid(axis="x", color="white")
        _write_densities(closer, points, looks)
    n = replicates(accuracy["replicates"])
    bars = f"; bars: {confidence:.0%} bootstrap interval of the mean" if max(accuracy["replicates"]) > 1 else ""
    footnote(
        figure,
        f"{n} (small points); large markers: mean{bars}. Dotted line: chance.\n"
        "Families that take a density show the one with the highest mean validation accuracy.",
    )
    return figure


def _draw_rows(axes: Axes, points: pd.DataFrame, means: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    for y, (family, look) in enumerate(looks.items()):
        accuracies = 100 * points.loc[points["family"] == family, "test_accuracy"].to_numpy()
        # Replicates lie below the mean, spread evenly so that equal values can be told apart.
        spread = y + 0.2 + np.linspace(-0.09, 0.09, len(accuracies)) * (len(accuracies) > 1)
        axes.plot(accuracies, spread, "o", color=look.colour, markersize=2, alpha=0.6, markeredgewidth=0)
        for mean in means[means["family"] == family].itertuples():
            bar = 100 * np.array([[mean.mean - mean.low], [mean.high - mean.mean]])
            axes.errorbar(
                100 * mean.mean, y - 0.12, xerr=bar, fmt=look.marker, color=look.colour, markersize=3.5, elinewidth=1.2
            )


def _write_densities(axes: Axes, points: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    place = {"transform": axes.get_yaxis_transform(), "fontsize": SMALL, "verticalalignment": "center"}
    axes.text(1.03, -0.75, "density", color=GREY, **place)
    for y, family in enumerate(looks):
        realised = points.loc[points["family"] == family, "realised_density"]
        if len(realised):
            axes.text(1.03, y, f"{realised.mean():.2g}", color=GREY, **place)
