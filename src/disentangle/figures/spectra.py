"""Laplacian spectra by family, against their null: the same weights at random places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import GREY, SMALL, Key, arrange, new_figure, notice, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import np
from disentangle.pipeline.needs import Arrays
from disentangle.pipeline.teller import Drawing
from disentangle.spectra.density import bins
from disentangle.stages.spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Densities = Mapping[str, NDArray[np.float64]]


@paper_style()
def draw(densities: Mapping[Key, Densities]) -> Figure:
    """Density of the Laplacian's eigenvalues on [0, 2], a row each family and a column each dataset and network.

    Filled: the networks, all replicates together. Line: their nulls. The eigenvalue 1 is left out and its share
    written at the right: layers of unequal size force it on any wiring, and its peak would dwarf all else. A family
    with densities shows the one nearest one half. Panels side by side share their rows.

    ``densities``: for each cell those of its ``magnitude`` and its ``null`` (bin,) with the shares ``magnitude.ones`` and
    ``null.ones``, as `disentangle.spectra.density` gives them, and the number of ``replicates``.
    """
    if not densities:
        return notice("No spectra to show.")
    looks, panels = family_looks(key[2] for key in densities), titles(densities)
    chosen = list(nearest_half(densities))
    shown = {key[:3]: densities[key] for key in chosen}
    blocks, columns = arrange(len(panels), 3)
    pairs = list(panels)
    lines = [pairs[block * columns : (block + 1) * columns] for block in range(blocks)]
    families = [[family for family in looks if any((*pair, family) in shown for pair in line)] for line in lines]
    figure = new_figure(columns, 0.4 * sum(map(len, families)) + 0.5 * blocks + 0.6)
    grid = figure.add_gridspec(blocks, 1, height_ratios=[0.4 * len(own) + 0.5 for own in families])
    for block, (line, own) in enumerate(zip(lines, families, strict=True)):
        rows = grid[block].subgridspec(len(own), columns)
        for column, pair in enumerate(line):
            panel = [figure.add_subplot(rows[row, column]) for row in range(len(own))]
            panel[0].set_title(panels[pair])
            _draw_panel(panel, [shown.get((*pair, family)) for family in own], [looks[f] for f in own])
            if column == 0:
                for axes, family in zip(panel, own, strict=True):
                    axes.set_ylabel(looks[family].name, rotation=0, ha="right", va="center")
    n = replicates(int(of["replicates"]) for of in shown.values())
    footnote(
        figure,
        f"Density of the normalised Laplacian's eigenvalues, one scale in a panel; {n}, pooled. Filled: the networks. "
        "Black line: the same weights at random places. Eigenvalue 1, which layers of unequal size "
        "force on any wiring, is not drawn; its share of all eigenvalues is written at the right. "
        f"{nearest_half_note(chosen, looks)}",
    )
    return figure


def _draw_panel(rows: Sequence[Axes], densities: Sequence[Densities | None], looks: Sequence[Look]) -> None:
    """One scale for all families; the row of one that is not there stays empty."""
    for axes, of, look in zip(rows, densities, looks, strict=True):
        if of:
            _draw_densities(axes, of, look)
        last = axes is rows[-1]
        axes.set(yticks=[], xlim=(0, 2), xticks=[0, 0.5, 1, 1.5, 2])
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(last or of is not None)
        axes.tick_params(bottom=last or of is not None, labelbottom=last)
    top = max(axes.get_ylim()[1] for axes in rows)
    for axes in rows:
        axes.set_ylim(0, top)
    rows[-1].set_xlabel("Laplacian eigenvalue")


def _draw_densities(axes: Axes, densities: Densities, look: Look) -> None:
    axes.stairs(densities["magnitude"], bins(), fill=True, color=look.colour, alpha=0.45, linewidth=0)
    axes.stairs(densities["null"], bins(), color="black", linewidth=0.6)
    shares = f"{float(densities['magnitude.ones']):.0%} at 1\n(null {float(densities['null.ones']):.0%})"
    axes.text(1, 0.95, shares, transform=axes.transAxes, fontsize=SMALL, color=GREY, ha="right", va="top")


DRAWING = Drawing(
    draw,
    "Eigenvalues of the normalised Laplacian of the wirings (filled), and of their null, the same weights at random "
    "places (line).",
    densities=Arrays(Spectra, "densities"),
)
