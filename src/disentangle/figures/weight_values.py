"""Which weights networks have: histograms of every layer, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import GREY, PAGE, SMALL, Key, notice, spaced, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np
from disentangle.masks.histograms import edges
from disentangle.pipeline.needs import Counts
from disentangle.pipeline.teller import Drawing
from disentangle.stages.masks import Masks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Histograms = Mapping[str, NDArray[Any]]

LAYERS = 4  # side by side; of more layers, as many evenly chosen from the first to the last
HIGHEST = 0.85  # of the distance between two families


@paper_style()
def draw(histograms: Mapping[Key, Histograms]) -> Figure:
    """Non-zero weights in units of their layer's root mean square, and the share of zeros; a row each dataset and network.

    A panel is a layer, and a family a histogram in it, of all replicates and as high as its highest bin. A family with
    densities shows the one nearest one half.

    ``histograms``: for each cell ``<layer>.counts`` (replicate, bin) over the bins of `edges` and ``<layer>.zeros``
    (replicate,), layers in the order of the network.
    """
    if not histograms:
        return notice("No weights to show.")
    looks, panels = family_looks(key[2] for key in histograms), titles(histograms)
    shown = {key[:3]: key for key in nearest_half(histograms)}
    heights = [0.65 + 0.24 * sum((*pair, family) in shown for family in looks) for pair in panels]
    figure = mpl.figure.Figure(figsize=(PAGE, sum(heights) + 0.35))
    grid = figure.add_gridspec(len(panels), 1, height_ratios=heights)
    for i, (pair, title) in enumerate(panels.items()):
        cells = {look: histograms[shown[*pair, family]] for family, look in looks.items() if (*pair, family) in shown}
        layers = [name.removesuffix(".counts") for name in next(iter(cells.values())) if name.endswith(".counts")]
        drawn = spaced(layers, LAYERS)
        row = grid[i].subgridspec(1, len(drawn)).subplots(sharey=True, squeeze=False)[0]
        for axes, layer in zip(row, drawn, strict=True):
            _draw_layer(axes, {look: (of[f"{layer}.counts"], of[f"{layer}.zeros"]) for look, of in cells.items()})
            axes.set_title(layer, fontweight="normal")
            if i == len(panels) - 1:
                axes.set_xlabel("Weight / root mean square")
        row[0].set_title(f"{title}\n{drawn[0]}")
        row[0].set_yticks(np.arange(len(cells)) - HIGHEST / 3, [look.name for look in cells])
        row[0].set_ylim(len(cells) - 0.7, -1.1)
    n = replicates(len(array) for key in shown.values() for array in histograms[key].values())
    footnote(
        figure,
        f"{n}, pooled. Non-zero weights in units of their root mean square in the layer, each histogram as high as its "
        f"highest bin; what lies beyond ±4 is counted at the ends. Zeros: share of places without an edge. "
        f"{nearest_half_note(shown.values(), looks)}",
    )
    return figure


def _draw_layer(axes: Axes, families: Mapping[Look, tuple[NDArray[Any], NDArray[Any]]]) -> None:
    for y, (look, (counts, zeros)) in enumerate(families.items()):
        total, missing = counts.sum(axis=0), zeros.sum()
        heights = HIGHEST * total / max(total.max(), 1)
        axes.stairs(y - heights, edges(), baseline=y, fill=True, color=look.colour, alpha=0.7, linewidth=0)
        axes.axhline(y, color=look.colour, linewidth=0.5)
        share = missing / (missing + total.sum())
        axes.text(4, y - 0.08, f"{share:.0%}", ha="right", va="bottom", fontsize=SMALL, color=GREY)
    axes.text(4, -0.5, "zeros", ha="right", va="bottom", fontsize=SMALL, color=GREY)
    axes.set(xlim=(-4, 4), xticks=[-3, -2, -1, 0, 1, 2, 3])
    axes.tick_params(left=False)
    axes.spines.left.set_visible(False)
    axes.grid(axis="x")


DRAWING = Drawing(
    draw,
    "Which weights the networks have, layer by layer: the non-zero weights in units of their root mean square, and "
    "the share of zeros. Edge-popup on ± constant weights leaves 0, -c and +c, weight-free networks 0 and c; trained "
    "and normal weights are continuous, and pruning takes the small ones out.",
    histograms=Counts(Masks, "histograms"),
)
