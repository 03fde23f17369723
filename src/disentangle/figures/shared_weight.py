"""Test accuracy against the value of the one weight that all edges of a layer share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disentangle.config import Statistics
from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, intervals, replicates
from disentangle.figures.panels import GREY, KEY, arrange, keys_of, legend, new_figure, notice, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import np, pd
from disentangle.pipeline.needs import Described, Rows, Setting
from disentangle.pipeline.teller import Drawing
from disentangle.stages.sweep import Sweep
from disentangle.statistics.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

LINES = {"frozen": ("--", "white"), "remeasured": ("-", None)}  # style, and colour inside the markers
TICKS = (-4, -2, -1, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1, 2, 4)
GAP = 0.2  # decades between 0 and the smallest factor on either side


@paper_style()
def draw(sweeps: pd.DataFrame, chance: Mapping[str, float], settings: Statistics) -> Figure:
    """Mean test accuracy (percent) and interval against the factor of the shared weight, a panel each dataset and network.

    Dashed under the frozen statistics of the normalisation, solid under those taken anew. No line crosses 0, where no edge
    is left. A family with densities shows the one nearest one half.

    ``sweeps``: the stacked sweeps of the cells (factor, statistics, replicate, test_accuracy). ``chance``: share of the
    images that a guess gets right, by dataset. ``settings``: of the intervals.
    """
    if sweeps.empty:
        return notice("No network of this experiment has one weight for all edges.")
    kept = pd.DataFrame(nearest_half(keys_of(sweeps)), columns=KEY)
    table = _means(sweeps.merge(kept, on=KEY), settings)
    table["place"] = _places(table["factor"].to_numpy())
    looks, panels = family_looks(table["family"]), titles(keys_of(table))
    rows, columns = arrange(len(panels), 2)
    figure = new_figure(columns, 2.3 * rows + 0.9)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for i, (pair, title) in enumerate(panels.items()):
        axes = grid.flat[i]
        _draw_families(axes, rows_of(table, pair), looks)
        axes.axhline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        for own in table.loc[table["factor"] == 1, "place"].unique():
            axes.axvline(own, color="#dddddd", linewidth=0.8, zorder=0)
        axes.set(ylim=(-4, 104), title=title)
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("Shared weight / its own value")
        if i % columns == 0:
            axes.set_ylabel("Test accuracy (%)")
    _mark_factors(grid[0, 0], table)
    legend(figure, looks)
    counts = table["replicates"]
    footnote(
        figure,
        "Normalisation: solid, filled: taken anew under the new weight; dashed, open: frozen as for the own value (grey "
        "line). Axis: logarithmic on both sides of 0. "
        f"{replicates(counts)}; markers: mean{intervals(counts, settings.confidence, 'bars')}; dotted line: always the largest "
        "class. "
        f"{nearest_half_note(keys_of(table), looks)}",
    )
    return figure


def _means(sweeps: pd.DataFrame, settings: Statistics) -> pd.DataFrame:
    """Mean, low and high over the replicates, and how many, of each cell, factor and kind of statistics."""
    rows = []
    columns = [*KEY, "statistics", "factor"]
    for key, points in sweeps.sort_values("replicate").groupby(columns):
        interval = mean_interval(points["test_accuracy"].to_numpy(), settings)
        rows.append([*key, len(points), *interval])
    return pd.DataFrame(rows, columns=[*columns, "replicates", "mean", "low", "high"])


def _draw_families(axes: Axes, table: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    for family, look in looks.items():
        for statistics, (line, inside) in LINES.items():
            cells = table[(table["family"] == family) & (table["statistics"] == statistics)]
            for side in (cells[cells["factor"] < 0], cells[cells["factor"] > 0]):
                mean, low, high = (100 * side[name].to_numpy() for name in ("mean", "low", "high"))
                axes.vlines(side["place"], low, high, color=look.colour, linewidth=0.8)
                axes.plot(
                    side["place"], mean, linestyle=line, marker=look.marker, color=look.colour, linewidth=1, markersize=3.2,
                    markerfacecolor=inside or look.colour, markeredgewidth=0.7,
                )  # fmt: skip


def _places(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where factors stand on the axis: logarithmic on each side of 0, from the smallest factor of that side on."""
    size, positive = np.abs(factors), factors > 0
    least = np.where(positive, *(np.min(size[side], initial=np.inf) for side in (positive, ~positive)))
    places: NDArray[np.float64] = np.sign(factors) * (np.log10(size / least) + GAP)
    return places


def _mark_factors(axes: Axes, table: pd.DataFrame) -> None:
    ticks = table[table["factor"].isin(TICKS)] if table["factor"].isin(TICKS).any() else table
    places = dict(zip(ticks["factor"], ticks["place"], strict=True))
    axes.set_xticks(list(places.values()), [f"{factor:g}".replace("-", "\N{MINUS SIGN}") for factor in places])
    axes.set_xlim(table["place"].min() - GAP / 2, table["place"].max() + GAP / 2)


DRAWING = Drawing(
    draw,
    "Test accuracy of the networks whose edges all have one weight a layer, when that weight is multiplied by a "
    "factor. With statistics taken anew, any positive factor is the same network by construction: the normalisation "
    "divides it out, and so a flat line is no finding about weight-agnosticism. A negative factor turns every pre- "
    "activation round and is another network. Under frozen statistics the factor matters wherever these do not scale "
    "with it (means that are taken off, a tanh); without such means, relu lets every positive factor through.",
    sweeps=Rows(Sweep, "sweep"),
    chance=Described("largest_class"),
    settings=Setting("statistics"),
)
