"""Laplacian spectra by family, against random wirings of the same effective density."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.panels import COLUMN, GREY, PAGE, SMALL, Key, footnote, notice, replicates, titles
from disentangle.figures.style import Look, family_looks, paper_style

Array = NDArray[np.float64]

BINS = np.linspace(0, 2, 81)
ATOM = 1e-6  # eigenvalues this near 1 are counted as equal to 1


@paper_style()
def draw(spectra: Mapping[Key, Mapping[str, Array]]) -> Figure:
    """Density of the eigenvalues in [0, 2], a row each family and a column each dataset and network.

    Filled: the networks, all replicates together. Line: their nulls. The eigenvalue 1, whose multiplicity follows from the
    sizes of the layers alone and would dwarf all others, is left out and its share written beside the row. A family with
    densities shows the one nearest one half.

    ``spectra``: for each cell the arrays ``magnitude`` (replicate, node) and ``null`` (replicate, draw, node), padded with NaN.
    """
    if not spectra:
        return notice("No spectra to show.")
    looks, panels = family_looks(key[2] for key in spectra), titles(key[:2] for key in spectra)
    keys = nearest_half(spectra)
    columns = min(3, len(panels))
    blocks = -(-len(panels) // columns)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, blocks * (0.4 * len(looks) + 0.5) + 0.6))
    grid = figure.add_gridspec(blocks * len(looks), columns)
    for i, (pair, title) in enumerate(panels.items()):
        block, column = divmod(i, columns)
        rows = [figure.add_subplot(grid[block * len(looks) + row, column]) for row in range(len(looks))]
        for axes, (family, look) in zip(rows, looks.items(), strict=True):
            for key in keys:
                if key[:3] == (*pair, family):
                    _draw_spectra(axes, spectra[key]["magnitude"], spectra[key]["null"], look)
            axes.set(yticks=[], xlim=(0, 2), xticks=[0, 0.5, 1, 1.5, 2])
            axes.tick_params(labelbottom=axes is rows[-1])
            axes.spines["left"].set_visible(False)
            if column == 0:
                axes.set_ylabel(look.name, rotation=0, horizontalalignment="right", verticalalignment="center")
        top = max(axes.get_ylim()[1] for axes in rows)
        for axes in rows:
            axes.set_ylim(0, top)
        rows[0].set_title(title, loc="left", fontweight="bold")
        rows[-1].set_xlabel("Eigenvalue of the normalised Laplacian")
    n = replicates(len(spectra[key]["magnitude"]) for key in keys)
    footnote(
        figure,
        f"Density of the eigenvalues, one scale in a panel; {n}, pooled. Filled: the networks. Black line: random wirings of "
        "each layer's effective density. Eigenvalue 1, frequent because the layers differ in size, is not drawn; its share of "
        f"all eigenvalues is written at the right. {nearest_half_note(keys, looks)}",
    )
    return figure


def _draw_spectra(axes: Axes, magnitude: Array, null: Array, look: Look) -> None:
    heights, share = _density(magnitude)
    null_heights, null_share = _density(null)
    axes.stairs(heights, BINS, fill=True, color=look.colour, alpha=0.45, linewidth=0)
    axes.stairs(null_heights, BINS, color="black", linewidth=0.6)
    shares = f"{share:.0%} at 1\n(null {null_share:.0%})"
    axes.text(1, 0.95, shares, transform=axes.transAxes, fontsize=SMALL, color=GREY, ha="right", va="top")


def _density(eigenvalues: Array) -> tuple[Array, float]:
    """Histogram without the eigenvalue 1, as a density over all eigenvalues, and the share that is 1."""
    present = eigenvalues[~np.isnan(eigenvalues)]
    ones = np.abs(present - 1) < ATOM
    counts, _ = np.histogram(present[~ones], BINS)
    return counts / (len(present) * np.diff(BINS)), float(ones.mean())
