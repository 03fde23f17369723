"""Test accuracy of networks that are found among frozen weights, against the share of edges that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.figures.comparing import by_density, densities_of, with_trait
from disentangle.figures.densities import aside, with_realised
from disentangle.figures.enlarging import enlarge
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.panels import GREY, arrange, keys_of, legend, new_figure, notice, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import np, pd
from disentangle.pipeline.needs import Described, Setting, Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell


@paper_style()
def draw(
    metrics: pd.DataFrame,
    accuracy: pd.DataFrame,
    chance: Mapping[str, float],
    study: Mapping[str, Any],
    confidence: float = 0.95,
) -> Figure:
    """Mean test accuracy (percent), interval and replicates against the share of edges kept, a panel each dataset and network.

    A line is a family that selects edges among frozen weights, or a regime of LaPerm. The dense family is a horizontal
    line and the untrained random one a line against density, each with its interval as a band. Above what lies well above
    chance, below the full scale.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``chance``: share
    of the images that a guess gets right, by dataset. ``study``: labels ``families``; ``dense`` and ``random``, a label
    or None. ``confidence``: coverage of the intervals.
    """
    accuracy = with_realised(accuracy, metrics).sort_values("realised_density")
    selecting, beside = study["families"], [study["dense"], study["random"]]
    panels = titles(keys_of(accuracy[accuracy["family"].isin(selecting)]))
    if not panels:
        return notice("No families to show against their density.")
    every = family_looks(accuracy["family"])
    looks = {family: look for family, look in every.items() if family in [*selecting, *beside]}
    lines = {family: look for family, look in looks.items() if family in selecting}
    rows, columns = arrange(len(panels), 3)
    figure = new_figure(columns, 2.7 * rows + 0.8)
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[2.2, 1] * rows)
    for i, (pair, title) in enumerate(panels.items()):
        row, column = divmod(i, columns)
        closer = figure.add_subplot(grid[2 * row, column], title=title)
        whole = figure.add_subplot(grid[2 * row + 1, column], sharex=closer)
        means = rows_of(accuracy, pair)
        means = means[means["family"].isin(looks)]
        points = rows_of(metrics, pair)
        points = points[points["family"].isin(lines)]
        for axes in (closer, whole):
            for family in filter(None, beside):
                _draw_reference(axes, means[means["family"] == family], looks.get(family))
            _draw_lines(axes, means, points, lines)
            axes.axhline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        whole.axhspan(*enlarge(closer.yaxis, points, means, chance[pair[0]]), color="#eeeeee", linewidth=0, zorder=0)
        whole.set(ylim=(0, 104), yticks=[0, 50, 100], xlabel="Density (share of edges kept)")
        ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
        whole.set_xlim(-0.05, 1.05)  # markers stand aside of their density
        whole.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        closer.set_facecolor("#f6f6f6")
        closer.tick_params(labelbottom=False)
        closer.grid(axis="y", color="white")
        if column == 0:
            closer.set_ylabel("Test accuracy (%), enlarged")
            whole.set_ylabel("Full scale (%)")
    legend(figure, looks)
    shown, trained = (frame[frame["family"].isin(lines)] for frame in (accuracy, metrics))
    footnote(
        figure,
        f"{replicates(shown['replicates'])} of {budget(trained)} (small points)"
        f"{intervals(shown['replicates'], confidence)}; markers: mean, side by side at one density; dotted "
        "line: always the largest class. Enlarged, accuracies are spaced by the logarithm of the error.",
    )
    return figure


def _draw_reference(axes: Axes, means: pd.DataFrame, look: Look | None) -> None:
    """Dense across the whole panel, random from its lowest to its highest density; each with its interval."""
    if look is None or means.empty:
        return
    x = [0, 1] if set(means["density"]) == {"1.0"} else means["realised_density"]
    mean, low, high = (np.broadcast_to(100 * means[name], len(x)) for name in ("mean", "low", "high"))
    axes.fill_between(x, low, high, color=look.colour, alpha=0.12, linewidth=0)
    axes.plot(x, mean, marker=look.marker if len(x) == len(means) else None, color=look.colour)


def _draw_lines(axes: Axes, means: pd.DataFrame, points: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    here = {family: look for family, look in looks.items() if family in set(means["family"])}
    for i, (family, look) in enumerate(here.items()):
        cells, own = means[means["family"] == family], points[points["family"] == family]
        place = aside(axes, i, len(here))
        x, mean, low, high = cells["realised_density"], *(100 * cells[name] for name in ("mean", "low", "high"))
        axes.vlines(x, low, high, color=look.colour, linewidth=0.8, transform=place)
        axes.plot(x, mean, marker=look.marker, color=look.colour, transform=place)
        beside = aside(axes, i + 0.5, len(here))
        axes.plot(
            own["realised_density"], 100 * own["test_accuracy"], "o",
            color=look.colour, markersize=1.8, alpha=0.7, markeredgewidth=0, transform=beside,
        )  # fmt: skip


def compared(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``families`` that select among frozen weights at several densities; labels ``dense`` and ``random``, or None."""
    return by_density(cells, [label for label in with_trait(cells, "selects") if densities_of(cells, label) > 1])


DRAWING = Drawing(
    draw,
    "Test accuracy of the best subnetwork against the share of edges kept, as in figure 3 of Ramanujan et al. 2020: a "
    "line is a family that selects edges among frozen weights. The trained dense network is the horizontal line, "
    "random weights under a random mask, never trained, the line near chance. Above enlarged and spaced by the "
    "logarithm of the error, below the full scale.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    chance=Described("largest_class"),
    study=Study(compared),
    confidence=Setting("statistics.confidence"),
)
