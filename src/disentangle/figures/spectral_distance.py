"""Distances between the spectra of all networks, and a map of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from disentangle.figures.panels import (
    COLUMN,
    PAGE,
    Pair,
    footnote,
    legend,
    notice,
    replicates,
    titles,
)
from disentangle.figures.style import Look, family_looks, paper_style

Array = NDArray[np.float64]

VERSIONS = {"raw": "Raw", "matched": "Null taken off"}


@paper_style()
def draw(comparisons: Mapping[Pair, tuple[pd.DataFrame, Mapping[str, Array]]]) -> Figure:
    """Wasserstein-1 distances (in units of the eigenvalues, which lie in [0, 2]) of all networks, and a map of them.

    ``comparisons``: for each dataset and network its table of networks (family, density, replicate, raw_x, raw_y, matched_x,
    matched_y) and the arrays ``raw`` and ``matched`` (network, network) and ``floor`` (network,).
    """
    if not comparisons:
        return notice("No spectra to compare.")
    looks = family_looks(pd.concat([networks for networks, _ in comparisons.values()])["family"])
    panels = titles(comparisons)
    columns = min(2, len(panels))
    blocks = -(-len(panels) // columns)
    figure = Figure(figsize=(PAGE if columns == 2 else COLUMN, 4.3 * blocks + 0.9))
    grid = figure.add_gridspec(2 * blocks, 2 * columns, width_ratios=[1, 1.05] * columns)
    for i, (pair, title) in enumerate(panels.items()):
        block, column = divmod(i, columns)
        networks, distances = comparisons[pair]
        networks, order = _ordered(networks, list(looks))
        floor = float(distances["floor"].mean())
        for row, (version, name) in enumerate(VERSIONS.items()):
            matrix = figure.add_subplot(grid[2 * block + row, 2 * column])
            chart = figure.add_subplot(grid[2 * block + row, 2 * column + 1])
            image = _draw_matrix(matrix, distances[version][np.ix_(order, order)], networks["family"], looks)
            bar = figure.colorbar(image, ax=matrix, location="bottom", pad=0.01, aspect=30)
            bar.ax.axvline(floor, color="black", linewidth=1)
            bar.set_label("Distance (eigenvalue units)")
            bar.outline.set_visible(False)
            _draw_map(chart, networks, version, looks)
            matrix.set_title(title, loc="left", fontweight="bold")
            chart.set_title(name, loc="left")
    legend(figure, looks, columns=4 if columns == 2 else 2)
    counts = [count for networks, _ in comparisons.values() for count in networks.groupby(["family", "density"]).size()]
    footnote(
        figure,
        "Wasserstein-1 distance of the Laplacian spectra of any two networks, and a map of them by classical scaling. "
        f"{replicates(counts)} of each cell. Strips: families, within them by density, then replicate; on the map larger "
        "markers are denser. Black mark: mean distance of two random wirings of equal effective density. "
        "Null taken off: after each spectrum's own such null is subtracted from its quantiles.",
    )
    return figure


def _ordered(networks: pd.DataFrame, families: list[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The networks by family, density and replicate, and where each stood before."""
    place = networks["family"].map(families.index)
    density = pd.to_numeric(networks["density"], errors="coerce")
    order = np.lexsort((networks["replicate"], density, place))
    return networks.iloc[order], order


def _draw_matrix(axes: Axes, distances: Array, families: pd.Series, looks: Mapping[str, Look]) -> AxesImage:
    image = axes.imshow(distances, cmap="magma_r", vmin=0)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    strip = {"linewidth": 3, "solid_capstyle": "butt", "clip_on": False}
    for family, look in looks.items():
        inside = np.flatnonzero(families == family)
        if not len(inside):
            continue
        ends, aside = [inside[0] - 0.5, inside[-1] + 0.5], [-0.03, -0.03]
        axes.plot(aside, ends, transform=axes.get_yaxis_transform(), color=look.colour, **strip)
        axes.plot(ends, aside, transform=axes.get_xaxis_transform(), color=look.colour, **strip)
        axes.axhline(ends[1], color="white", linewidth=0.6)
        axes.axvline(ends[1], color="white", linewidth=0.6)
    return image


def _draw_map(axes: Axes, networks: pd.DataFrame, version: str, looks: Mapping[str, Look]) -> None:
    sizes = 2 + 3 * pd.to_numeric(networks["density"], errors="coerce").fillna(0.5)
    for (family, size), own in networks.groupby(["family", sizes]):
        x, y = own[f"{version}_x"], own[f"{version}_y"]
        look = looks[family]
        axes.plot(x, y, look.marker, color=look.colour, markersize=size, alpha=0.7, markeredgewidth=0)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    axes.set(xlabel="Map axis 1 (eigenvalue units)", ylabel="Map axis 2")
