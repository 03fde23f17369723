"""Distances between the spectra of all networks, and maps of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import Pair, arrange, legend, new_figure, notice, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Comparisons
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Distances = NDArray[np.float64]

VERSIONS = {"raw": "Raw", "matched": "Null taken off"}


@paper_style()
def draw(comparisons: Mapping[Pair, tuple[pd.DataFrame, Mapping[str, Distances]]]) -> Figure:
    """Wasserstein-1 distances of the spectra of all networks, in units of the eigenvalues, and maps of them.

    A row for the raw distances and one for those with the nulls taken off; a matrix and a map each dataset and
    network. The mean distance of two draws of a null is marked on the scale: what is nearer than that is noise.

    ``comparisons``: for each dataset and network the table of its networks (family, density, replicate, raw_x, raw_y,
    matched_x, matched_y) and the arrays ``raw`` and ``matched`` (network, network) and ``floor`` (network,), in its
    order.
    """
    if not comparisons:
        return notice("No spectra to compare.")
    looks, panels = family_looks(pd.concat([table for table, _ in comparisons.values()])["family"]), titles(comparisons)
    blocks, columns = arrange(len(panels), 2)
    figure = new_figure(columns, 4.3 * blocks + 0.9)
    grid = figure.add_gridspec(2 * blocks, 2 * columns, width_ratios=[1, 1.05] * columns)
    for i, (pair, title) in enumerate(panels.items()):
        block, column = divmod(i, columns)
        table, distances = comparisons[pair]
        order = _order(table, list(looks))
        networks, floor = table.iloc[order], distances["floor"].mean()
        for row, (version, name) in enumerate(VERSIONS.items()):
            matrix = figure.add_subplot(grid[2 * block + row, 2 * column], title=title)
            ordered = distances[version][np.ix_(order, order)]
            image = matrix.imshow(ordered, cmap="magma_r", vmin=0, vmax=max(ordered.max(), floor) or 1)
            _mark_families(matrix, networks["family"], looks)
            scale = figure.colorbar(image, ax=matrix, location="bottom", pad=0.01, aspect=30, ticks=mpl.ticker.MaxNLocator(3))
            scale.set_label(f"Distance, {name.lower()}\n(eigenvalue units)")
            scale.outline.set_visible(False)
            scale.ax.axvline(floor, color="black", linewidth=1)
            chart = figure.add_subplot(grid[2 * block + row, 2 * column + 1])
            chart.set_title(name, fontweight="normal")
            _draw_map(chart, networks, version, looks)
    legend(figure, looks)
    counts = [n for table, _ in comparisons.values() for n in table.groupby(["family", "density"]).size()]
    footnote(
        figure,
        "Wasserstein-1 distance of the Laplacian spectra of any two networks, and its map by classical scaling; "
        f"{replicates(counts)} of each cell. Strips: families, within them by density, then replicate; on the maps, "
        "larger markers are denser. Null taken off: after the spectrum of the same weights at random places "
        "is subtracted from each spectrum's quantiles. Black mark: mean distance of two such random wirings.",
    )
    return figure


def _order(networks: pd.DataFrame, families: list[str]) -> NDArray[np.intp]:
    """Positions of the networks, by family, density and replicate."""
    density = pd.to_numeric(networks["density"], errors="coerce")
    return np.lexsort((networks["replicate"], density, networks["family"].map(families.index)))


def _mark_families(axes: Axes, families: pd.Series[str], looks: Mapping[str, Look]) -> None:
    """A strip of the family's colour at the left and below each block, and lines between the blocks."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    for family, look in looks.items():
        inside = np.flatnonzero(families == family)
        if not len(inside):
            continue
        first, last = inside[0] - 0.5, inside[-1] + 0.5
        for place, transform in (
            (([-0.03, -0.03], [first, last]), axes.get_yaxis_transform()),
            (([first, last], [-0.03, -0.03]), axes.get_xaxis_transform()),
        ):
            strip = axes.plot(*place, transform=transform, color=look.colour, linewidth=3, clip_on=False)
            strip[0].set_solid_capstyle("butt")
        axes.axhline(last, color="white", linewidth=0.6)
        axes.axvline(last, color="white", linewidth=0.6)


def _draw_map(axes: Axes, networks: pd.DataFrame, version: str, looks: Mapping[str, Look]) -> None:
    sizes = 2 + 3 * pd.to_numeric(networks["density"], errors="coerce").fillna(0.5)
    for family, look in looks.items():
        for size in sorted(set(sizes)):
            own = networks[(networks["family"] == family) & (sizes == size)]
            x, y = own[f"{version}_x"], own[f"{version}_y"]
            axes.plot(x, y, marker=look.marker, linestyle="", color=look.colour, markersize=size, alpha=0.7, markeredgewidth=0)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(3))
    axes.set(xlabel="Axis 1 (eigenvalue units)", ylabel="Axis 2")


DRAWING = Drawing(
    draw,
    "Wasserstein distances between the spectra of all networks, raw and after each network's null is taken off, and "
    "maps of them. The raw version also sees density and the spread of the weights; the matched one only where the "
    "weights lie.",
    comparisons=Comparisons(),
)
