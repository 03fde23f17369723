"""How far the search among frozen weights moves: the mask from the one it began with, and the scores from their start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.families.abilities import Drifts
from disentangle.figures.comparing import families_of
from disentangle.figures.footnotes import extremes, footnote, replicates
from disentangle.figures.panels import KEY, arrange, keys_of, new_figure, notice, plain_log, rows_of, titles
from disentangle.figures.style import family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from disentangle.cells import Cell

# Columns of the history; what the axis says; by what they are multiplied.
ROWS = {
    "mask_moved": ("Kept edges not kept\nat the start (%)", 100),
    "score_moved": ("Distance of scores\n/ norm at the start", 1),
    "flipped": ("Mask changed in\nthe epoch (% of places)", 100),
}
LOGARITHMIC = ("score_moved", "flipped")
COLOURS, DARKEST, LIGHTEST = "viridis", 0.0, 0.85  # of the highest and of the lowest density


@paper_style()
def draw(history: pd.DataFrame, families: Sequence[str]) -> Figure:
    """A column each dataset, network and family, a line each density: means over the replicates by epoch, from the start.

    Above the share of the kept edges that the first mask did not keep (percent), dotted that of a mask at random places, 1 -
    density; below it, on logarithmic scales that leave zeros out, the distance of the scores from their start over the norm of
    the start, and where the histories tell it the share of places whose edge appeared or disappeared in the epoch. What
    stays zero on a logarithmic scale has no row.

    ``history``: the stacked histories of the replicates. ``families``: labels of those whose histories tell it.
    """
    own = history[history["family"].isin(families)]
    told = [name for name in ROWS if name in own and (own[name] > 0 if name in LOGARITHMIC else own[name].notna()).any()]
    if "mask_moved" not in told:
        return notice("No history tells how far masks moved.")
    panels = [
        (f"{title}\n{look.name}", rows)
        for pair, title in titles(keys_of(own)).items()
        for family, look in family_looks(history["family"]).items()
        if not (rows := rows_of(own[own["family"] == family], pair)).empty
    ]
    densities = sorted(own["density"].unique(), key=float)
    colours = dict(zip(densities, mpl.colormaps[COLOURS](np.linspace(LIGHTEST, DARKEST, len(densities))), strict=True))
    blocks, columns = arrange(len(panels), min(own["family"].nunique(), 4))
    figure = new_figure(columns, 1.4 * len(told) * blocks + 0.9)
    grid = figure.add_gridspec(len(told) * blocks, columns)
    first: dict[str, Axes] = {}
    for i, (title, rows) in enumerate(panels):
        block, column = divmod(i, columns)
        top = None
        for j, name in enumerate(told):
            axes = figure.add_subplot(grid[len(told) * block + j, column], sharex=top, sharey=first.get(name))
            top = top or axes
            first.setdefault(name, axes)
            said, factor = ROWS[name]
            _draw_curves(axes, rows, name, factor, colours)
            axes.tick_params(labelbottom=j == len(told) - 1, labelleft=column == 0)
            if column == 0:
                axes.set_ylabel(said)
            if j == 0:
                axes.set_title(title)
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
    # The panels of a quantity share their axis, which only now has all of them.
    for name, axes in first.items():
        if name in LOGARITHMIC:
            axes.set_yscale("log")
            plain_log(axes.yaxis)
        else:
            axes.set_ylim(bottom=0)
    figure.align_ylabels()
    handles = [mpl.lines.Line2D([], [], color=colour, label=f"density {density}") for density, colour in colours.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=3 if columns == 1 else 6)
    counts = own.groupby(KEY)["replicate"].nunique()
    footnote(
        figure,
        f"{replicates(counts)}; lines: mean{extremes(counts)}. Dotted: a mask of the same density at random places. "
        "Zeros are left out of logarithmic scales.",
    )
    return figure


def _draw_curves(axes: Axes, rows: pd.DataFrame, name: str, factor: float, colours: Mapping[str, NDArray[Any]]) -> None:
    for density, colour in colours.items():
        of_density = rows[rows["density"] == density]
        values = factor * of_density.groupby("epoch")[name].agg(["mean", "min", "max"]).dropna()
        if name in LOGARITHMIC:
            values = values[values["mean"] > 0]
        elif name == "mask_moved" and len(values):
            axes.axhline(factor * (1 - float(density)), color=colour, linestyle=":", linewidth=0.6)
        axes.fill_between(values.index, values["min"], values["max"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(values.index, values["mean"], color=colour)
    axes.margins(x=0.02)


def compared(cells: Sequence[Cell]) -> list[str]:
    """Families whose histories tell how far mask and scores moved."""
    return [label for label, cell in families_of(cells).items() if isinstance(cell.make_family(), Drifts)]


DRAWING = Drawing(
    draw,
    "How far the search among frozen weights moves, by epoch: the share of the kept edges that the mask of the start "
    "did not keep, the distance of the scores from their start over the norm of the start, and the share of places "
    "whose edge appeared or disappeared in the epoch. Where so few edges are kept that a unit has none, its scores "
    "are thrown far away at once (docs/methods.md): jumps of the distance at low densities are that.",
    history=Table("history"),
    families=Study(compared),
)
