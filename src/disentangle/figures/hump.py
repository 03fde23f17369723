"""Test accuracy of networks that are found among frozen weights, against the share of edges that is kept."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from disentangle.figures.densities import aside
from disentangle.figures.log_errors import scale_log_errors
from disentangle.figures.panels import GREY, arrange, footnote, keys_of, legend, new_figure, notice, replicates, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style


@paper_style()
def draw(
    metrics: pd.DataFrame,
    accuracy: pd.DataFrame,
    chance: Mapping[str, float],
    study: Mapping[str, Any],
    confidence: float = 0.95,
) -> Figure:
    """Mean test accuracy (percent) with interval and replicates against density, a panel each dataset and network.

    A line is a family, that is a distribution of the frozen weights, or a regime of LaPerm. The dense family is a horizontal
    line and the untrained random one a line against density, each with its interval as a band. Accuracies are spaced by the
    logarithm of the error, so that a point near dense and a collapse are both seen.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``: share
    of the images that a guess gets right, by dataset. ``study``: labels ``families``; ``dense`` and ``random``, a label
    or None. ``confidence``: coverage of the intervals.
    """
    selecting, beside = study["families"], [study["dense"], study["random"]]
    panels = titles(keys_of(accuracy[accuracy["family"].isin(selecting)]))
    if not panels:
        return notice("No families to show against their density.")
    every = family_looks(accuracy["family"])
    looks = {family: look for family, look in every.items() if family in [*selecting, *beside]}
    lines = {family: look for family, look in looks.items() if family in selecting}
    rows, columns = arrange(len(panels), 3)
    figure = new_figure(columns, 2.3 * rows + 0.8)
    for i, (pair, title) in enumerate(panels.items()):
        axes = figure.add_subplot(rows, columns, i + 1, title=title)
        means = rows_of(accuracy, pair)
        means = means[means["family"].isin(looks)].assign(x=lambda t: t["density"].astype(float)).sort_values("x")
        points = rows_of(metrics, pair)
        points = points[points["family"].isin(lines)].assign(x=lambda t: t["density"].astype(float))
        scale_log_errors(axes, 100 * np.append(means[["mean", "low", "high"]], points["test_accuracy"]))
        for family in filter(None, beside):
            _draw_reference(axes, means[means["family"] == family], looks.get(family))
        _draw_lines(axes, means, points, lines)
        axes.axhline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
        axes.set(xlim=(-0.03, 1.03), xlabel="Density (share of edges kept)")
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.grid(axis="y")
        if i % columns == 0:
            axes.set_ylabel("Test accuracy (%)")
    legend(figure, looks)
    shown = accuracy[accuracy["family"].isin(lines)]["replicates"]
    several = shown.max() > 1
    bars = f" (small points); bars and bands: {confidence:.0%} bootstrap interval of the mean" if several else ""
    footnote(
        figure,
        f"{replicates(shown)}{bars}; markers: mean, side by side at one density; dotted line: always the largest class. "
        "Accuracies are spaced by the logarithm of the error.",
    )
    return figure


def _draw_reference(axes: Axes, means: pd.DataFrame, look: Look | None) -> None:
    """Dense across the whole panel, random from its lowest to its highest density; each with its interval."""
    if look is None or means.empty:
        return
    x = [0, 1] if set(means["density"]) == {"1.0"} else means["x"]
    mean, low, high = (np.broadcast_to(100 * means[name], len(x)) for name in ("mean", "low", "high"))
    axes.fill_between(x, low, high, color=look.colour, alpha=0.12, linewidth=0)
    axes.plot(x, mean, marker=look.marker if len(x) == len(means) else None, color=look.colour)


def _draw_lines(axes: Axes, means: pd.DataFrame, points: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    for i, (family, look) in enumerate(looks.items()):
        cells, own = means[means["family"] == family], points[points["family"] == family]
        place = aside(axes, i, len(looks))
        whole: dict[str, Any] = {"color": look.colour, "clip_on": False}  # at 100% too
        axes.vlines(cells["x"], 100 * cells["low"], 100 * cells["high"], linewidth=0.8, transform=place, **whole)
        axes.plot(cells["x"], 100 * cells["mean"], f"-{look.marker}", transform=place, **whole)
        beside = aside(axes, i + 0.5, len(looks))
        axes.plot(
            own["x"], 100 * own["test_accuracy"], "o",
            markersize=1.8, alpha=0.7, markeredgewidth=0, transform=beside, **whole,
        )  # fmt: skip
