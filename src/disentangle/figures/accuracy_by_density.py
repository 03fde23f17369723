"""Test accuracy against density, enlarged and on the full scale."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from disentangle.figures.densities import taken
from disentangle.figures.enlarging import enlarged
from disentangle.figures.panels import (
    COLUMN,
    GREY,
    KEY,
    PAGE,
    footnote,
    legend,
    notice,
    pairs_of,
    replicates,
    rows_of,
    titles,
)
from disentangle.figures.style import Look, family_looks, paper_style

DODGE = 2.5  # points between the markers of two families at one density


@paper_style()
def draw(
    metrics: pd.DataFrame, accuracy: pd.DataFrame, chance: Mapping[str, float], confidence: float = 0.95
) -> Figure:
    """Mean test accuracy (percent) and interval against the share of edges kept, a column each dataset and network.

    Families that take a density are lines, those that settle it are single points at their realised density, and families
    that keep every edge are horizontal lines with their interval as a band.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``: share of
    images a guess gets right, by dataset. ``confidence``: coverage of the intervals.
    """
    realised = metrics.groupby(KEY, as_index=False)["realised_density"].mean()
    table = accuracy.merge(realised, on=KEY).sort_values("realised_density", kind="stable")
    if not (table["realised_density"] < 1).any():
        return notice("No family of this experiment has a density other than 1.")
    looks, panels = family_looks(table["family"]), titles(pairs_of(table))
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, 2.8 * rows + 0.6))
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[2.2, 1] * rows)
    for i, (pair, title) in enumerate(panels.items()):
        row, column = divmod(i, columns)
        closer = figure.add_subplot(grid[2 * row, column])
        whole = figure.add_subplot(grid[2 * row + 1, column], sharex=closer)
        means = rows_of(table, pair)
        for axes in (closer, whole):
            _draw_families(axes, means, looks)
            axes.axhline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        limits = enlarged(rows_of(metrics, pair), means, chance[pair[0]])
        whole.axhspan(*limits, color="#eeeeee", zorder=0)
        closer.set(ylim=limits, facecolor="#f6f6f6")
        closer.set_title(title, loc="left", fontweight="bold")
        closer.tick_params(labelbottom=False)
        closer.grid(axis="y", color="white")
        whole.set(ylim=(0, 102), yticks=[0, 50, 100], xlabel="Density (share of edges kept)")
        _scale_densities(whole, means["realised_density"])
        if column == 0:
            closer.set_ylabel("Test accuracy (%), enlarged")
            whole.set_ylabel("Full scale (%)")
    legend(figure, looks, columns=4 if columns > 1 else 2)
    bars = f"bars and bands: {confidence:.0%} bootstrap interval of the mean; " if max(table["replicates"]) > 1 else ""
    footnote(
        figure,
        f"{replicates(table['replicates'])}; markers: mean; {bars}dotted line: chance.\n"
        "Markers at one density stand side by side to be seen.",
    )
    return figure


def _draw_families(axes: Axes, means: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    lines = taken(means[KEY].itertuples(index=False))
    for family, look in looks.items():
        cells = means[means["family"] == family]
        mean, low, high = (100 * cells[name].to_numpy() for name in ("mean", "low", "high"))
        if set(cells["density"]) == {"1.0"}:
            axes.axhline(mean[0], color=look.colour)
            axes.axhspan(*np.nan_to_num([low[0], high[0]], nan=mean[0]), color=look.colour, alpha=0.12, linewidth=0)
            continue
        shift = DODGE * (list(lines).index(family) - (len(lines) - 1) / 2) if family in lines else 0.0
        aside = ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)
        axes.errorbar(
            cells["realised_density"], mean, yerr=[mean - low, high - mean], fmt=f"-{look.marker}", color=look.colour,
            markersize=3.5, elinewidth=0.8, transform=axes.transData + aside,
        )  # fmt: skip


def _scale_densities(axes: Axes, realised: pd.Series) -> None:
    partial = realised[realised < 1]
    low, high = partial.min(), partial.max()
    if high > 10 * low:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.3, min(high * 1.3, 1.05))
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        margin = max(0.08 * (high - low), 0.05)
        axes.set_xlim(max(low - margin, 0), min(high + margin, 1.02))
