"""Laplacian spectra by family, against their null: the same weights at random places."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.panels import GREY, SMALL, Key, arrange, footnote, new_figure, notice, replicates, titles
from disentangle.figures.style import Look, family_looks, paper_style

Eigenvalues = NDArray[np.float64]

BINS = np.linspace(0, 2, 81)
NEAR = 1e-6  # eigenvalues as near 1 as this are counted as equal to 1


@paper_style()
def draw(spectra: Mapping[Key, Mapping[str, Eigenvalues]]) -> Figure:
    """Density of the Laplacian's eigenvalues on [0, 2], a row each family and a column each dataset and network.

    Filled: the networks, all replicates together. Line: their nulls. The eigenvalue 1 is left out and its share
    written at the right: layers of unequal size force it on any wiring, and its peak would dwarf all else. A family
    with densities shows the one nearest one half.

    ``spectra``: for each cell ``magnitude`` (replicate, node) and ``null`` (replicate, draw, node), padded with NaN.
    """
    if not spectra:
        return notice("No spectra to show.")
    looks, panels = family_looks(key[2] for key in spectra), titles(spectra)
    shown = {key[:3]: key for key in nearest_half(spectra)}
    blocks, columns = arrange(len(panels), 3)
    figure = new_figure(columns, blocks * (0.4 * len(looks) + 0.5) + 0.6)
    grid = figure.add_gridspec(blocks * len(looks), columns)
    for i, (pair, title) in enumerate(panels.items()):
        block, column = divmod(i, columns)
        rows = [figure.add_subplot(grid[block * len(looks) + row, column]) for row in range(len(looks))]
        for axes, (family, look) in zip(rows, looks.items(), strict=True):
            if key := shown.get((*pair, family)):
                _draw_spectra(axes, spectra[key], look)
            axes.set(yticks=[], xlim=(0, 2), xticks=[0, 0.5, 1, 1.5, 2])
            axes.tick_params(labelbottom=axes is rows[-1])
            axes.spines["left"].set_visible(False)
            if column == 0:
                axes.set_ylabel(look.name, rotation=0, ha="right", va="center")
        top = max(axes.get_ylim()[1] for axes in rows)
        for axes in rows:
            axes.set_ylim(0, top)
        rows[0].set_title(title)
        rows[-1].set_xlabel("Laplacian eigenvalue")
    n = replicates(len(spectra[key]["magnitude"]) for key in shown.values())
    footnote(
        figure,
        f"Density of the normalised Laplacian's eigenvalues, one scale in a panel; {n}, pooled. Filled: the networks. "
        "Black line: the same weights at random places. Eigenvalue 1, which layers of unequal size "
        "force on any wiring, is not drawn; its share of all eigenvalues is written at the right. "
        f"{nearest_half_note(shown.values(), looks)}",
    )
    return figure


def _draw_spectra(axes: Axes, spectra: Mapping[str, Eigenvalues], look: Look) -> None:
    heights, ones = _density(spectra["magnitude"])
    null_heights, null_ones = _density(spectra["null"])
    axes.stairs(heights, BINS, fill=True, color=look.colour, alpha=0.45, linewidth=0)
    axes.stairs(null_heights, BINS, color="black", linewidth=0.6)
    shares = f"{ones:.0%} at 1\n(null {null_ones:.0%})"
    axes.text(1, 0.95, shares, transform=axes.transAxes, fontsize=SMALL, color=GREY, ha="right", va="top")


def _density(padded: Eigenvalues) -> tuple[Eigenvalues, float]:
    """Histogram without the eigenvalue 1, as a density over all eigenvalues, and the share that is 1."""
    eigenvalues = padded[~np.isnan(padded)]
    ones = np.abs(eigenvalues - 1) < NEAR
    counts, _ = np.histogram(eigenvalues[~ones].clip(0, 2), BINS)
    return counts / (eigenvalues.size * np.diff(BINS)), float(ones.mean())
