"""How much the masks of two replicates have in common, layer by layer, against what chance would let them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from disentangle.cells import Cell
from disentangle.figures.densities import aside
from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import GREY, KEY, PAGE, keys_of, notice, rows_of, spaced, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Rows
from disentangle.pipeline.teller import Drawing
from disentangle.stages.masks import Masks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAYERS = 4  # side by side; of more layers, as many evenly chosen from the first to the last
LEAST = 0.1  # correlation that the axis reaches at least, so that noise does not fill a panel
CHANCE: dict[str, Any] = {"linestyle": "--", "marker": "_", "markersize": 7, "linewidth": 0.7}


@paper_style()
def draw(overlaps: pd.DataFrame) -> Figure:
    """Correlation of the masks of two replicates against density, a row each dataset and network and a column each layer.

    A point is the mean over the pairs of replicates of one cell, at its density in that layer. The correlation is 0 for
    two masks with as many edges at random places, and 1 for equal masks: of the edges of one mask the other keeps the share
    density + (1 - density) · correlation. Dashed lines are masks that also have the degrees of the real ones.

    ``overlaps``: the stacked overlap.csv of the cells, the layers of each in the order of the network.
    """
    if overlaps.empty:
        return notice("No family leaves edges out in several replicates.")
    looks, panels = family_looks(overlaps["family"]), titles(keys_of(overlaps))
    pairs = _correlations(overlaps)
    layers = {pair: spaced(list(dict.fromkeys(rows_of(pairs, pair)["layer"])), LAYERS) for pair in panels}
    figure = mpl.figure.Figure(figsize=(PAGE, 1.8 * len(panels) + 0.75 + 0.13 * (len(looks) // 4)))
    grid = figure.add_gridspec(len(panels), max(map(len, layers.values())))
    for row, (pair, title) in enumerate(panels.items()):
        here = rows_of(pairs, pair)
        extent = here[here["layer"].isin(layers[pair])][["real", "by_degrees"]].to_numpy()
        low, high = np.nanmin(extent, initial=-LEAST / 5), np.nanmax(extent, initial=LEAST)
        first = None
        for column, layer in enumerate(layers[pair]):
            axes = figure.add_subplot(grid[row, column], sharey=first)
            first = first or axes
            _draw_layer(axes, here[here["layer"] == layer], looks)
            axes.set_title(layer if column else f"{title}\n{layer}", fontweight="normal" if column else "bold")
            axes.tick_params(labelleft=column == 0)
            if row == len(panels) - 1:
                axes.set_xlabel("Density of the layer")
        if first:
            first.set(ylabel="Correlation of two masks", ylim=(low - 0.05 * (high - low), high + 0.05 * (high - low)))
    _legend(figure, looks)
    counts = overlaps.groupby(KEY)["second"].max() + 1
    footnote(
        figure,
        f"{replicates(counts)}; markers: mean over their pairs, side by side; bars: lowest to highest pair. 0: as many edges "
        "at random places; 1: equal masks. Dashed: masks redrawn with the same in- and out-degrees; what lies above is not "
        "owed to inputs or units that all replicates favour or leave out.",
    )
    return figure


def _correlations(overlaps: pd.DataFrame) -> pd.DataFrame:
    """A row a pair of replicates and layer: `KEY`, layer, place (mean density), real and by_degrees (correlations)."""
    first, second = (overlaps[f"kept_{which}"] / overlaps["possible"] for which in ("first", "second"))
    # A layer that keeps every edge, or none, has no correlation.
    spread = (first * (1 - first) * second * (1 - second)).replace(0, np.nan) ** 0.5 * overlaps["possible"]
    return overlaps[[*KEY, "layer"]].assign(
        place=(first + second) / 2,
        real=(overlaps["shared"] - overlaps["chance"]) / spread,
        by_degrees=(overlaps["chance_by_degrees"] - overlaps["chance"]) / spread,
    )


def _draw_layer(axes: Axes, pairs: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    axes.axhline(0, color=GREY, linestyle=":", linewidth=0.8)
    for i, (family, look) in enumerate(looks.items()):
        cells = pairs[pairs["family"] == family].groupby("density")[["place", "real", "by_degrees"]]
        mean, low, high = (getattr(cells, name)().sort_values("place") for name in ("mean", "min", "max"))
        place = aside(axes, i, len(looks))
        axes.plot(mean["place"], mean["by_degrees"], color=look.colour, transform=place, **CHANCE)
        axes.vlines(mean["place"], low["real"], high["real"], color=look.colour, linewidth=0.8, transform=place)
        axes.plot(mean["place"], mean["real"], marker=look.marker, color=look.colour, transform=place)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])


def _legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    handles = [mpl.lines.Line2D([], [], color=look.colour, marker=look.marker, label=look.name) for look in looks.values()]
    handles.append(mpl.lines.Line2D([], [], color=GREY, label="Chance, same degrees", **CHANCE | {"marker": None}))
    handles.append(mpl.lines.Line2D([], [], color=GREY, linestyle=":", linewidth=0.8, label="Chance, same density"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4)


def _partial(cell: Cell) -> bool:
    """Whether replicates can share some of their edges and not others."""
    return cell.density != "1.0" and cell.replicates > 1


DRAWING = Drawing(
    draw,
    "What the masks of two replicates have in common, which differ in their starting weights and in the order of the "
    "data: the correlation of the masks, by layer and density. Masks of one density at random places have 0. Dashed "
    "lines are masks redrawn with the degrees of the real ones, of largest entropy (Squartini & Garlaschelli 2011): "
    "where they reach the markers, replicates agree only on which inputs and units keep many edges, as dead pixels "
    "keep none.",
    overlaps=Rows(Masks, "overlap", of=_partial),
)
